// Who is in a room, and what is published. Its operations are in chat_room_operations.cc.

#include "chat/rooms/chat_room.h"

#include <algorithm>
#include <utility>

#include "chat/rooms/chat.h"
#include "chat/rooms/chat_session.h"
#include "chat/text/names.h"
#include "reactor/base/check.h"

namespace parley::chat {
namespace {

constexpr size_t kFewHoles = 16;  // not worth closing

}  // namespace

ChatRoom::ChatRoom(RoomId id, uint32_t epoch, std::string name)
    : Room(id, std::move(name)), epoch_(epoch), folded_name_(FoldName(this->name())) {}

void ChatRoom::Publish(Chat& chat, RoomEvent::Kind kind, TimePoint time, const ChatSession& actor,
                       absl::string_view text, std::span<const EventOverride> overrides) {
  const RoomEvent event{.kind = kind,
                        .room = id(),
                        .epoch = epoch_,
                        .seq = ++last_seq_,
                        .time = time,
                        .actor = actor.AsActor(),
                        .text = text,
                        .people = static_cast<uint32_t>(people())};
  chat.history.Add(event);
  chat.sink.Happened(event, actor, overrides);
}

void ChatRoom::Entered(Chat& chat, ChatSession& session) {
  session.MembershipIn(id())->place = static_cast<uint32_t>(people_.size());
  people_.push_back(&session);
  chat.sink.Joined(id(), session);
  Publish(chat, RoomEvent::Kind::kEntered, chat.Now(), session, "");
}

void ChatRoom::Left(Chat& chat, ChatSession& session) {
  const uint32_t place = session.MembershipIn(id())->place;
  PARLEY_CHECK(place < people_.size() && people_[place] == &session, place, people_.size());
  people_[place] = nullptr;
  ++holes_;
  CloseHoles();
  chat.sink.Left(id(), session);
  Publish(chat, RoomEvent::Kind::kLeft, chat.Now(), session, "");
  chat.rooms.RemoveIfEmpty(*this);  // destroys this room
}

void ChatRoom::CloseHoles() {
  if (holes_ < kFewHoles || holes_ * 2 < people_.size()) return;
  std::erase(people_, nullptr);
  holes_ = 0;
  for (uint32_t place = 0; place < people_.size(); ++place) {
    people_[place]->MembershipIn(id())->place = place;
  }
}

void ChatRoom::Describe(Outcome& outcome, size_t most) const {
  outcome.room = name();
  outcome.text = topic_;
  outcome.count = people();
  ForEachPerson([&](const ChatSession& person) {
    outcome.names.push_back(person.name());
    return outcome.names.size() < most;
  });
}

}  // namespace parley::chat
