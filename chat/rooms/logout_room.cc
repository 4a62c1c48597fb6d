#include "chat/rooms/logout_room.h"

#include "chat/rooms/chat_session.h"
#include "chat/rooms/house.h"

namespace parley::chat {

void LogoutRoom::Entered(House& house, ChatSession& session) {
  session.GiveBackName();
  house.gateway.HangUp(session.client());
}

}  // namespace parley::chat
