#ifndef CHAT_DELIVERY_DELIVERY_H_
#define CHAT_DELIVERY_DELIVERY_H_

// Brings what happens in the rooms to the people who are there. A room has one audience of the
// transport, and so one log, for each rendering that is present in it; an event is rendered once
// for each of them and announced there, and no recipient is touched.
//
//   Delivery delivery(gateway);
//   Chat chat(delivery, clock);         // which tells it what happens
//   delivery.Tell(session, outcome);
//
// Limits: in a room that has kMaxRenderings, who comes with a further one hears the room in its
// base (rendering.h). Ownership: the gateway outlives it. Thread: the main thread.

#include <cstddef>
#include <string>
#include <vector>

#include "chat/delivery/rendering.h"
#include "chat/rooms/chat_session.h"
#include "chat/rooms/event_sink.h"
#include "chat/transport/gateway.h"

namespace parley::chat {

class Delivery final : public EventSink {
 public:
  static constexpr size_t kMaxRenderings = 32;

  explicit Delivery(Gateway& gateway) : gateway_(gateway) {}

  // Decides how a session sees things; once before it joins a room, and again at any time.
  void SetRendering(ChatSession& session, const Rendering& rendering);
  const Rendering& RenderingOf(const ChatSession& session) const {
    return renderings_.At(session.rendering());
  }
  // Says what became of a session's own operation: to it, or (Outcome::aloud) to all in its room
  // who have the same profile.
  void Answer(ChatSession& session, const Outcome& outcome);

  // EventSink
  void RoomOpened(RoomId room) override;
  void RoomClosed(RoomId room) override;
  void Joined(RoomId room, ChatSession& session) override;
  void Left(RoomId room, ChatSession& session) override;
  void Happened(const RoomEvent& event, const ChatSession& actor) override;
  void Tell(ChatSession& session, const Outcome& outcome) override;
  void LoggedIn(ChatSession& session) override;

 private:
  // Those in one room who have one rendering.
  struct Listeners {
    RenderingId rendering;
    AudienceId audience;
    uint32_t members;
  };
  using RoomListeners = std::vector<Listeners>;

  Listeners& ListenersFor(RoomListeners& room, RenderingId rendering);
  void SayAloud(const ChatSession& session, const Outcome& outcome);

  Gateway& gateway_;
  RenderingTable renderings_;
  std::vector<RoomListeners> rooms_;  // by room id
  std::string text_;                  // its memory is used again
};

}  // namespace parley::chat

#endif  // CHAT_DELIVERY_DELIVERY_H_
