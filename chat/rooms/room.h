#ifndef CHAT_ROOMS_ROOM_H_
#define CHAT_ROOMS_ROOM_H_

// Where a session is, and therefore what it can do. A session is always in a room, and only of chat
// rooms in more than one; ChatSession pairs Entered and Left.

#include "chat/rooms/command_handler.h"

namespace parley::chat {

class ChatRoom;

class Room : public CommandHandler {
 public:
  virtual void Entered(Chat& chat, ChatSession& session) = 0;
  virtual void Left(Chat& chat, ChatSession& session) = 0;
  // This room, where it is one in which people talk; else null.
  virtual ChatRoom* AsChatRoom() { return nullptr; }
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_ROOM_H_
