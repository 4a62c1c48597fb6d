#ifndef CHAT_DELIVERY_DELIVERY_H_
#define CHAT_DELIVERY_DELIVERY_H_

// Brings what happens in the rooms to the people who are there. A room has one audience of the
// transport, and so one log, for each rendering that is present in it; an event is rendered once
// for each of them and announced there, and no recipient is touched but those for whom it is
// something else.
//
//   Delivery delivery(gateway);
//   Chat chat(delivery, clock);         // which tells it what happens
//   delivery.Tell(session, outcome);
//
// Limits: in a room that has kMaxRenderings, who comes with a further one hears the room in its
// base (rendering.h). Ownership: the gateway outlives it. Thread: the main thread.

#include <cstddef>
#include <span>
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
  // Says what became of a session's own operation: to it, or (Outcome::aloud_in) to all in a
  // room who have the same profile, which is charged to it: bytes times recipients.
  void Answer(ChatSession& session, const Outcome& outcome);

  // EventSink
  void RoomOpened(RoomId room) override;
  void RoomClosed(RoomId room) override;
  void Joined(RoomId room, ChatSession& session) override;
  void Left(RoomId room, ChatSession& session) override;
  void Happened(const RoomEvent& event, const ChatSession& actor,
                std::span<const EventOverride> overrides) override;
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
  // Makes overrides_ of those for people who hear the room in this rendering.
  void RenderOverrides(RoomId room, RenderingId rendering,
                       std::span<const EventOverride> overrides);
  bool HasOverride(ClientId client) const;
  void Render(const ChatSession& session, const Outcome& outcome, std::string& out) const;
  void SayAloud(const ChatSession& session, const Outcome& outcome);

  Gateway& gateway_;
  RenderingTable renderings_;
  std::vector<RoomListeners> rooms_;  // by room id
  // Their memory is used again.
  std::string text_;
  std::vector<Override> overrides_;
};

}  // namespace parley::chat

#endif  // CHAT_DELIVERY_DELIVERY_H_
