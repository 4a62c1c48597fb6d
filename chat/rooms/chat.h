#ifndef CHAT_ROOMS_CHAT_H_
#define CHAT_ROOMS_CHAT_H_

// What everybody in the chat shares: the names in use, the rooms, what happened in them, and the
// way to those who are told. Thread: the main thread.

#include <functional>
#include <utility>

#include "chat/rooms/event_sink.h"
#include "chat/rooms/history.h"
#include "chat/rooms/login_room.h"
#include "chat/rooms/logout_room.h"
#include "chat/rooms/room_directory.h"
#include "chat/rooms/user_table.h"
#include "reactor/base/clock.h"

namespace parley::chat {

struct Chat {
  // `the_sink` outlives the chat. `clock` says what time it is (the reactor's time).
  Chat(EventSink& the_sink, std::function<TimePoint()> clock)
      : sink(the_sink), rooms(the_sink, history), clock_(std::move(clock)) {}

  TimePoint Now() const { return clock_(); }

  EventSink& sink;
  UserTable users;
  History history;
  LoginRoom login_room;
  LogoutRoom logout_room;
  RoomDirectory rooms;

 private:
  std::function<TimePoint()> clock_;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_CHAT_H_
