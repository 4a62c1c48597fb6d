#ifndef CHAT_ROOMS_HOUSE_H_
#define CHAT_ROOMS_HOUSE_H_

// What everybody in the chat shares: the way to the wire, the names in use, the rooms.
// Thread: the main thread.

#include "chat/rooms/login_room.h"
#include "chat/rooms/logout_room.h"
#include "chat/rooms/room_directory.h"
#include "chat/rooms/user_table.h"
#include "chat/wire/gateway.h"
#include "chat/wire/limits.h"

namespace parley::chat {

struct House {
  House(Gateway& the_gateway, const Limits& the_limits)
      : gateway(the_gateway), limits(the_limits), rooms(the_gateway) {}

  Gateway& gateway;
  const Limits& limits;
  UserTable users;
  LoginRoom login_room;
  LogoutRoom logout_room;
  RoomDirectory rooms;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_HOUSE_H_
