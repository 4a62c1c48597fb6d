#ifndef CHAT_ROOMS_CHAT_SESSION_H_
#define CHAT_ROOMS_CHAT_SESSION_H_

// One person's presence, from the connection to its end: who they are and which room they are in.
//
//   arrives -> login room -> (chat room)* -> logout room -> gone
//
// In the logout room no line means anything any more, so whatever follows `logout` in the same
// segment is ignored, and logging out twice does nothing. Ownership: the ChatServer owns it, from
// ClientArrived to ClientGone. Thread: the main thread.

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "chat/wire/gateway.h"

namespace parley::chat {

class Room;
struct House;

class ChatSession {
 public:
  ChatSession(House& house, ClientId client);
  ChatSession(const ChatSession&) = delete;
  ChatSession& operator=(const ChatSession&) = delete;

  ClientId client() const { return client_; }
  Room& room() const { return *room_; }
  // Empty before login.
  const std::string& name() const { return name_; }
  const std::string& folded_name() const { return folded_name_ == nullptr ? name_ : *folded_name_; }
  bool logged_in() const { return !name_.empty(); }
  Duration IdleTime(TimePoint now) const { return now - last_line_; }

  void HandleLine(absl::string_view line);
  void Enter(Room& room);
  // Takes a checked name, unless somebody has it.
  bool TakeName(std::string name);
  void GiveBackName();
  // To this client only; `text` ends its lines with CR LF.
  void Reply(absl::string_view text);

 private:
  House& house_;
  const ClientId client_;
  Room* room_;
  std::string name_;
  std::unique_ptr<const std::string> folded_name_;  // null when it is the name, as it mostly is
  TimePoint last_line_;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_CHAT_SESSION_H_
