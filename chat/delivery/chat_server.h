#ifndef CHAT_DELIVERY_CHAT_SERVER_H_
#define CHAT_DELIVERY_CHAT_SERVER_H_

// The chat: clients become sessions, what they send becomes operations by their profile's grammar,
// and what comes of those goes back through the delivery.
//
//   ChatServer server(gateway, limits);    // and the gateway's events go to it
//   gateway.Listen(address, server.ListenerFor({.profile = &FriendlyProfile()}, LagPolicy::kSkip));
//
// A line's way: ClientSpoke -> Grammar::Parse -> ChatSession::Handle -> the room's operation ->
// Delivery::Happened -> Renderer::Render -> Gateway::Announce.
//
// Ownership: owns the sessions and the rooms. The gateway outlives it, and has no client left that
// could tell it anything when it is destroyed. Thread: the main thread.

#include <optional>
#include <string>
#include <vector>

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
  ChatServer(Gateway& gateway, const Limits& limits);

  // What the gateway has to know of a listener that is this entrance.
  ListenerOptions ListenerFor(const Entrance& entrance, LagPolicy lag_policy);
  const Profile& ProfileOf(EntranceId entrance) const { return *entrances_[entrance].profile; }

  void ClientArrived(ClientId client, EntranceId entrance, absl::string_view address) override;
  void ClientSpoke(ClientId client, absl::string_view message) override;
  void ClientSpokeTooLong(ClientId client) override;
  void ClientLearned(ClientId client, const Capability& capability) override;
  void ClientBrokeProtocol(ClientId client, absl::string_view why) override;
  void ClientFinished(ClientId client) override;
  void ClientIdleTooLong(ClientId client, IdlePolicy policy) override;
  void ClientFellBehind(ClientId client, absl::string_view how) override;
  void ClientGone(ClientId client, absl::string_view reason) override;

  // Says goodbye to everybody and hangs up when it is sent.
  void SayGoodbye();

  size_t sessions() const { return session_count_; }
  const Chat& chat() const { return chat_; }

 private:
  ChatSession* Find(ClientId client);
  // Ends the session's part in the chat and hangs up when everything owed is sent.
  void End(ChatSession& session);
  // Its client has shown these Rendering::capabilities.
  void Learn(ChatSession& session, uint32_t capabilities);
  void HangUpIfEnded(const ChatSession& session);

  Gateway& gateway_;
  const Limits& limits_;
  std::vector<Entrance> entrances_;  // by id
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
