#ifndef CHAT_ROOMS_EVENT_SINK_H_
#define CHAT_ROOMS_EVENT_SINK_H_

// Through this the rooms tell what happens; whoever implements it brings it to people (delivery.h).
// Calls come in the order in which things happen, and what one person is told keeps that order.
// Thread: the main thread. Errors: none.

#include <span>

#include "chat/rooms/outcome.h"
#include "chat/rooms/room_event.h"

namespace parley::chat {

class ChatSession;

// For whom an event is something else: who ignores the actor, is meant by it, or is told more. Named
// once at the most; who is not in the room is passed over.
struct EventOverride {
  const ChatSession* person = nullptr;
  const Outcome* instead = nullptr;  // what this person is told; null: nothing
};

class EventSink {
 public:
  // Pair each RoomOpened with exactly one RoomClosed.
  virtual void RoomOpened(RoomId room) = 0;
  virtual void RoomClosed(RoomId room) = 0;
  // From here on the session hears what happens in the room; or no longer.
  virtual void Joined(RoomId room, ChatSession& session) = 0;
  virtual void Left(RoomId room, ChatSession& session) = 0;
  // `actor` is in the room, or is leaving it (Left has been told, and its membership is still there).
  // What is told in place of the event is as much of the room as the event: who reads too slowly may
  // have it skipped.
  virtual void Happened(const RoomEvent& event, const ChatSession& actor,
                        std::span<const EventOverride> overrides) = 0;
  // Says something to one person that is not the outcome of this person's own operation.
  virtual void Tell(ChatSession& session, const Outcome& outcome) = 0;
  // The session has a name now: another idle policy holds.
  virtual void LoggedIn(ChatSession& session) = 0;

 protected:
  ~EventSink() = default;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_EVENT_SINK_H_
