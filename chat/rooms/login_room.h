#ifndef CHAT_ROOMS_LOGIN_ROOM_H_
#define CHAT_ROOMS_LOGIN_ROOM_H_

// Where a session is before it has a name. Whatever it says here that is no command gets the hint
// how to log in; nobody else hears it.

#include "chat/rooms/room.h"

namespace parley::chat {

class LoginRoom final : public Room {
 public:
  std::span<const Command> commands() const override;
  bool has_ears() const override { return false; }
  void Entered(House& house, ChatSession& session) override;
  void Left(House&, ChatSession&) override {}

 protected:
  void HandleSpeech(House& house, ChatSession& session, absl::string_view text) override;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_LOGIN_ROOM_H_
