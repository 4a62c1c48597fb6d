#ifndef CHAT_DELIVERY_CHAT_SERVER_H_
#define CHAT_DELIVERY_CHAT_SERVER_H_

// The chat: clients become sessions, what they send becomes operations by their profile's grammar,
// and what comes of those goes back through the delivery.
//
//   ChatServer server(gateway, limits);    // and the gateway's events go to it
//   gateway.Listen(address, server.ListenerFor({.profile = &FriendlyProfile()}, LagPolicy::kSkip));
//
// A line's way: News::Kind::kSpoke -> Grammar::Parse -> ChatSession::Handle -> the room's operation ->
// Delivery::Happened -> Renderer::Render -> Gateway::Announce.
//
// Ownership: owns the sessions and the rooms. The gateway outlives it, and has no client left that
// could tell it anything when it is destroyed. Thread: the main thread.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "chat/delivery/bounded_log.h"
#include "chat/delivery/delivery.h"
#include "chat/delivery/profile.h"
#include "chat/rooms/chat.h"
#include "chat/rooms/chat_session.h"
#include "chat/transport/gateway.h"
#include "chat/transport/limits.h"
#include "reactor/base/slot_table.h"

namespace parley::chat {

// How people come in who connect to one listener.
struct Entrance {
  const Profile* profile = nullptr;
  std::string room;  // where they are after login, a checked name; empty: the lobby

  friend bool operator==(const Entrance&, const Entrance&) = default;
};

class ChatServer final : public Gateway::Events {
 public:
  ChatServer(Gateway& gateway, const Limits& limits)
      : ChatServer(gateway, limits, [](EventSink& delivery) -> EventSink& { return delivery; }) {}
  // The rooms tell `between(delivery)`, which passes on what it is told: for who has to see the
  // events, or to give them overrides. It outlives the server.
  ChatServer(Gateway& gateway, const Limits& limits,
             absl::FunctionRef<EventSink&(EventSink& delivery)> between);

  // What the gateway has to know of a listener that is this entrance.
  ListenerOptions ListenerFor(const Entrance& entrance, LagPolicy lag_policy);
  const Profile& ProfileOf(EntranceId entrance) const {
    return *entrances_[entrance].entrance.profile;
  }

  void OnNews(const News& news) override;

  // Says goodbye to everybody and hangs up when it is sent.
  void SayGoodbye();

  size_t sessions() const { return session_count_; }
  const Chat& chat() const { return chat_; }

 private:
  // What people of this profile are told who may not come in.
  std::string RefusalText(const Profile& profile, const Outcome& outcome) const;
  ChatSession* Find(ClientId client);
  void Arrived(const News& news);
  void Spoke(ChatSession& session, absl::string_view message);
  // Its framing, or what it said, shows how it wants to be spoken to.
  void Learned(ChatSession& session, const Capability& capability);
  void Learned(ChatSession& session, uint32_t capabilities);
  void IdleTooLong(ChatSession& session, IdlePolicy policy);
  void FellBehind(const ChatSession& session, absl::string_view how);
  void Gone(ChatSession& session);
  // Ends the session's part in the chat and hangs up when everything owed is sent.
  void End(ChatSession& session);
  void HangUpIfEnded(const ChatSession& session);

  Gateway& gateway_;
  const Limits& limits_;
  struct OpenEntrance {
    Entrance entrance;
    RefusalTexts refusals;
  };
  std::deque<OpenEntrance> entrances_;  // by id; they stay where they are
  Delivery delivery_;
  Chat chat_;
  BoundedLog log_;
  // By I/O thread and connection slot; in place, which saves a pointer and an allocation for each.
  std::vector<SlotArray<std::optional<ChatSession>>> sessions_;
  size_t session_count_ = 0;
  std::string buffer_;  // of the grammar, for one message
};

}  // namespace parley::chat

#endif  // CHAT_DELIVERY_CHAT_SERVER_H_
