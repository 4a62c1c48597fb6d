#include "chat/rooms/chat_session.h"

#include <utility>

#include "chat/rooms/chat.h"
#include "chat/rooms/room.h"
#include "chat/text/names.h"

namespace parley::chat {

ChatSession::ChatSession(Chat& chat, ClientId client, const Profile& profile)
    : chat_(chat),
      client_(client),
      profile_(profile),
      room_(&chat.login_room),
      last_line_(chat.Now()) {}

Actor ChatSession::AsActor() const { return {name_, &profile_, host()}; }

Outcome ChatSession::Handle(const Operation& operation) {
  last_line_ = chat_.Now();
  return room_->Handle({chat_, *this, operation});
}

void ChatSession::Enter(Room& room) {
  if (&room == room_) return;
  Room& last = *std::exchange(room_, &room);
  last.Left(chat_, *this);
  room.Entered(chat_, *this);
}

bool ChatSession::TakeName(std::string name) {
  std::string folded = FoldName(name);
  if (folded != name) rare().folded_name = std::move(folded);
  name_ = std::move(name);
  if (chat_.users.Add(*this)) return true;
  name_.clear();
  if (rare_ != nullptr) rare_->folded_name.clear();
  return false;
}

void ChatSession::GiveBackName() {
  if (logged_in()) chat_.users.Remove(*this);
}

}  // namespace parley::chat
