#ifndef CHAT_SERVER_CHAT_SERVER_H_
#define CHAT_SERVER_CHAT_SERVER_H_

// The chat: what the wire tells becomes sessions, and sessions live in the house's rooms.
//
//   ChatServer server(gateway, limits);   // and the gateway's events go to it
//
// Ownership: owns the sessions and the house. The gateway outlives it, and has no client left that
// could tell it anything when it is destroyed. Thread: the main thread.

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "chat/rooms/chat_session.h"
#include "chat/rooms/house.h"
#include "chat/server/bounded_log.h"
#include "chat/wire/gateway.h"
#include "chat/wire/limits.h"
#include "reactor/base/slot_table.h"

namespace parley::chat {

class ChatServer final : public Gateway::Events {
 public:
  ChatServer(Gateway& gateway, const Limits& limits) : house_(gateway, limits) {}

  void ClientArrived(ClientId client, absl::string_view address) override;
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
  const House& house() const { return house_; }

 private:
  ChatSession* Find(ClientId client);

  House house_;
  BoundedLog log_;
  // By I/O thread and connection slot; in place, which saves a pointer and an allocation for each.
  std::vector<SlotArray<std::optional<ChatSession>>> sessions_;
  size_t session_count_ = 0;
};

}  // namespace parley::chat

#endif  // CHAT_SERVER_CHAT_SERVER_H_
