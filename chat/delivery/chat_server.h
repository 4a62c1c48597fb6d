#ifndef CHAT_DELIVERY_CHAT_SERVER_H_
#define CHAT_DELIVERY_CHAT_SERVER_H_

// The chat: clients become sessions, what they send becomes operations by their profile's grammar,
// and what comes of those goes back through the delivery.
//
//   ChatServer server(gateway, limits, AllProfiles());   // and the gateway's events go to it
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
#include "chat/wire/gateway.h"
#include "chat/wire/limits.h"
#include "reactor/base/slot_table.h"

namespace parley::chat {

class ChatServer final : public Gateway::Events {
 public:
  // `profiles`: what listeners may speak, each by its place among them (ListenerOptions::profile).
  ChatServer(Gateway& gateway, const Limits& limits, std::vector<const Profile*> profiles);

  void ClientArrived(ClientId client, ProfileId profile, absl::string_view address) override;
  void ClientSpoke(ClientId client, absl::string_view line) override;
  void ClientSpokeTooLong(ClientId client) override;
  void ClientBrokeProtocol(ClientId client, absl::string_view why) override;
  void ClientFinished(ClientId client) override;
  void ClientOutOfPatience(ClientId client, Patience patience) override;
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
  void HangUpIfEnded(const ChatSession& session);

  Gateway& gateway_;
  const Limits& limits_;
  const std::vector<const Profile*> profiles_;
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
