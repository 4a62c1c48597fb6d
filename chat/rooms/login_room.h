#ifndef CHAT_ROOMS_LOGIN_ROOM_H_
#define CHAT_ROOMS_LOGIN_ROOM_H_

// Where a session is before it has a name. It can log in, see who is there, ask for help, and
// leave; what else it tries is answered with how to log in, and nobody else hears it.

#include <cstdint>

#include "chat/rooms/room.h"

namespace parley::chat {

class LoginRoom final : public Room {
 public:
  bool accepts_speech() const override { return false; }
  void Entered(Chat&, ChatSession&) override {}
  void Left(Chat&, ChatSession&) override {}

 protected:
  Outcome Login(const Call& call) override;
  Outcome LoginAs(const Call& call) override;
  Outcome Logout(const Call& call) override;
  Outcome Who(const Call& call) override;
  Outcome Help(const Call& call) override;
  Outcome Incomplete(const Call& call) override;
  Outcome Unknown(const Call& call) override;

 private:
  // Whose name is taken already comes in.
  static Outcome ComeIn(const Call& call);

  uint64_t last_guest_ = 0;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_LOGIN_ROOM_H_
