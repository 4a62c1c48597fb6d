#ifndef CHAT_ROOMS_ROOM_H_
#define CHAT_ROOMS_ROOM_H_

// Where a session is, and therefore what its lines mean. A session is always in exactly one room;
// it enters the next by leaving the last (ChatSession::Enter).

#include "chat/rooms/command_handler.h"

namespace parley::chat {

class Room : public CommandHandler {
 public:
  // Called by ChatSession::Enter only.
  virtual void Entered(House& house, ChatSession& session) = 0;
  virtual void Left(House& house, ChatSession& session) = 0;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_ROOM_H_
