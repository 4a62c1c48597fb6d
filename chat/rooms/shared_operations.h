#ifndef CHAT_ROOMS_SHARED_OPERATIONS_H_
#define CHAT_ROOMS_SHARED_OPERATIONS_H_

// Operations that more than one kind of room offers, and the parts that they share.

#include "chat/rooms/chat_room.h"
#include "chat/rooms/command_handler.h"

namespace parley::chat {

// Takes the session to `room`, out of every other or (`further`, from a chat room) beside them; the
// outcome is kJoined.
Outcome EnterRoom(const Call& call, ChatRoom& room, bool further = false);
// Ends the session's part in the chat; the outcome is kGoodbye.
Outcome LeaveServer(const Call& call);
// kPeople: everybody who is logged in.
Outcome ListPeople(const Call& call);

}  // namespace parley::chat

#endif  // CHAT_ROOMS_SHARED_OPERATIONS_H_
