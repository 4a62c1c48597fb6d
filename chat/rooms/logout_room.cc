#include "chat/rooms/logout_room.h"

#include "chat/rooms/chat_session.h"

namespace parley::chat {

void LogoutRoom::Entered(Chat&, ChatSession& session) { session.GiveBackName(); }

}  // namespace parley::chat
