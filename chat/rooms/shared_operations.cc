#include "chat/rooms/shared_operations.h"

#include "chat/rooms/chat.h"
#include "chat/rooms/chat_session.h"

namespace parley::chat {

Outcome EnterRoom(const Call& call, ChatRoom& room, bool further) {
  Outcome outcome;
  // Before the session is one of them.
  room.Describe(outcome);
  outcome.code = Outcome::Code::kJoined;
  if (further) {
    call.session.EnterFurther(room);
  } else {
    call.session.Enter(room);
  }
  return outcome;
}

Outcome LeaveServer(const Call& call) {
  call.session.Enter(call.chat.logout_room);
  return {.code = Outcome::Code::kGoodbye};
}

Outcome ListPeople(const Call& call) {
  Outcome outcome;
  outcome.code = Outcome::Code::kPeople;
  const UserTable& users = call.chat.users;
  outcome.count = users.size();
  const TimePoint now = call.chat.Now();
  for (const ChatSession* user : users.Sorted(kMaxListed)) {
    // Who has a name is in a chat room.
    outcome.people.push_back({user->name(), user->room().name(), user->IdleTime(now)});
  }
  return outcome;
}

}  // namespace parley::chat
