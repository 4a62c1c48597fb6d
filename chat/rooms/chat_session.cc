#include "chat/rooms/chat_session.h"

#include <utility>

#include "chat/rooms/house.h"
#include "chat/rooms/room.h"
#include "chat/text/names.h"

namespace parley::chat {

ChatSession::ChatSession(House& house, ClientId client)
    : house_(house), client_(client), room_(&house.login_room), last_line_(house.gateway.Now()) {}

void ChatSession::HandleLine(absl::string_view line) {
  last_line_ = house_.gateway.Now();
  room_->HandleLine(house_, *this, line);
}

void ChatSession::Enter(Room& room) {
  if (&room == room_) return;
  Room& last = *std::exchange(room_, &room);
  last.Left(house_, *this);
  room.Entered(house_, *this);
}

bool ChatSession::TakeName(std::string name) {
  std::string folded = FoldName(name);
  if (folded != name) folded_name_ = std::make_unique<const std::string>(std::move(folded));
  name_ = std::move(name);
  if (house_.users.Add(*this)) return true;
  name_.clear();
  folded_name_.reset();
  return false;
}

void ChatSession::GiveBackName() {
  if (logged_in()) house_.users.Remove(*this);
}

void ChatSession::Reply(absl::string_view text) { house_.gateway.Reply(client_, text); }

}  // namespace parley::chat
