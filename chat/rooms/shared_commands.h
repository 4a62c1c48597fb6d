#ifndef CHAT_ROOMS_SHARED_COMMANDS_H_
#define CHAT_ROOMS_SHARED_COMMANDS_H_

// Commands that more than one kind of room offers.

#include "chat/rooms/command_handler.h"

namespace parley::chat {

void Who(const CommandCall& call);
void Logout(const CommandCall& call);

}  // namespace parley::chat

#endif  // CHAT_ROOMS_SHARED_COMMANDS_H_
