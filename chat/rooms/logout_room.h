#ifndef CHAT_ROOMS_LOGOUT_ROOM_H_
#define CHAT_ROOMS_LOGOUT_ROOM_H_

// Where a session is when it has said goodbye or its connection is lost: entering gives the name
// back. Nothing that is asked here is carried out.

#include "chat/rooms/room.h"

namespace parley::chat {

class LogoutRoom final : public Room {
 public:
  bool accepts_speech() const override { return false; }
  void Entered(Chat& chat, ChatSession& session) override;
  void Left(Chat&, ChatSession&) override {}

 protected:
  Outcome Unknown(const Call&) override { return {}; }
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_LOGOUT_ROOM_H_
