#ifndef CHAT_ROOMS_LOGOUT_ROOM_H_
#define CHAT_ROOMS_LOGOUT_ROOM_H_

// Where a session is when it has said goodbye or its connection is lost: entering gives the name
// back and hangs up. Nothing that is said here is heard.

#include "chat/rooms/room.h"

namespace parley::chat {

class LogoutRoom final : public Room {
 public:
  std::span<const Command> commands() const override { return {}; }
  bool has_ears() const override { return false; }
  void Entered(House& house, ChatSession& session) override;
  void Left(House&, ChatSession&) override {}

 protected:
  void HandleSpeech(House&, ChatSession&, absl::string_view) override {}
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_LOGOUT_ROOM_H_
