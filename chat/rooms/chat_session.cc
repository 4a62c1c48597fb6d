#include "chat/rooms/chat_session.h"

#include <algorithm>
#include <utility>

#include "chat/rooms/chat.h"
#include "chat/rooms/chat_room.h"
#include "chat/text/names.h"
#include "reactor/base/check.h"

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
  if (operation.room.empty() || room_->id() == 0) {
    return room_->Handle({chat_, *this, operation});
  }
  ChatRoom* const room = chat_.rooms.Find(operation.room);
  if (room == nullptr || MembershipIn(room->id()) == nullptr) {
    return {.code = Outcome::Code::kNotInRoom, .name = operation.room};
  }
  return room->Handle({chat_, *this, operation});
}

size_t ChatSession::rooms() const {
  if (room_->id() == 0) return 0;
  return 1 + (has_further() ? rare_->further.size() : 0);
}

void ChatSession::ForEachRoom(absl::FunctionRef<void(RoomId)> visit) const {
  if (room_->id() != 0) visit(room_->id());
  if (!has_further()) return;
  for (const Further& each : rare_->further) visit(each.room->id());
}

ChatSession::Further* ChatSession::FindFurther(RoomId room) {
  if (!has_further()) return nullptr;
  const auto found = std::find_if(rare_->further.begin(), rare_->further.end(),
                                  [room](const Further& each) { return each.room->id() == room; });
  return found == rare_->further.end() ? nullptr : &*found;
}

Membership* ChatSession::MembershipIn(RoomId room) {
  if (room_->id() == room) return &membership_;
  Further* const further = FindFurther(room);
  return further == nullptr ? nullptr : &further->membership;
}

void ChatSession::Enter(Room& room) {
  PARLEY_CHECK(FindFurther(room.id()) == nullptr, room.id());
  while (has_further()) Leave(*rare_->further.back().room);
  if (&room == room_) return;
  room_->Left(chat_, *this);
  room_ = &room;
  membership_ = {};
  room.Entered(chat_, *this);
}

void ChatSession::EnterFurther(ChatRoom& room) {
  PARLEY_CHECK(room_->id() != 0);
  if (room_ == &room) return;
  if (Further* const further = FindFurther(room.id())) return TurnTo(*further);
  rare().further.push_back({room_, membership_});
  room_ = &room;
  membership_ = {};
  room.Entered(chat_, *this);
}

void ChatSession::TurnTo(Further& further) {
  const Further from{room_, membership_};
  room_ = further.room;
  membership_ = further.membership;
  // The one that was turned from last is last.
  rare_->further.erase(rare_->further.begin() + (&further - rare_->further.data()));
  rare_->further.push_back(from);
}

void ChatSession::Leave(Room& room) {
  PARLEY_CHECK(has_further());
  if (&room == room_) TurnTo(rare_->further.back());
  const Further* const left = FindFurther(room.id());
  PARLEY_CHECK(left != nullptr, room.id());
  const auto place = left - rare_->further.data();
  room.Left(chat_, *this);
  rare_->further.erase(rare_->further.begin() + place);
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
