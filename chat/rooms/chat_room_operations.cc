// What can be done in a chat room.

#include <cstdint>
#include <string>
#include <utility>

#include "chat/rooms/chat.h"
#include "chat/rooms/chat_room.h"
#include "chat/rooms/chat_session.h"
#include "chat/rooms/shared_operations.h"
#include "chat/text/names.h"

namespace parley::chat {

using Code = Outcome::Code;

Outcome ChatRoom::Login(const Call& call) {
  return {.code = Code::kLoggedInAlready, .name = call.session.name()};
}

Outcome ChatRoom::Logout(const Call& call) { return LeaveServer(call); }

Outcome ChatRoom::Speak(const Call& call) {
  Publish(call.chat, RoomEvent::Kind::kSaid, call.session.last_line(), call.session,
          call.operation.text);
  return {};
}

Outcome ChatRoom::Act(const Call& call) {
  Publish(call.chat, RoomEvent::Kind::kActed, call.session.last_line(), call.session,
          call.operation.text);
  return {};
}

Outcome ChatRoom::Tell(const Call& call) {
  ChatSession* other = call.chat.users.Find(call.operation.name);
  if (other == nullptr) return {.code = Code::kNobody, .name = call.operation.name};
  call.chat.sink.Tell(
      *other, {.code = Code::kToldBy, .name = call.session.name(), .text = call.operation.text});
  if (other == &call.session) return {};
  return {.code = Code::kYouTold, .name = other->name(), .text = call.operation.text};
}

Outcome ChatRoom::Look(const Call& call) {
  const ChatRoom* room =
      call.operation.name.empty() ? this : call.chat.rooms.Find(call.operation.name);
  if (room == nullptr) return {.code = Code::kNoRoom, .name = call.operation.name};
  Outcome outcome;
  outcome.code = Code::kRoom;
  room->Describe(outcome, call.operation.names_all ? SIZE_MAX : kMaxListed);
  return outcome;
}

Outcome ChatRoom::LookAloud(const Call& call) {
  Outcome outcome = Look(call);
  if (outcome.code == Code::kRoom) outcome.aloud_in = id();
  return outcome;
}

Outcome ChatRoom::Who(const Call& call) { return ListPeople(call); }

Outcome ChatRoom::ListRooms(const Call& call) {
  Outcome outcome;
  outcome.code = Code::kRooms;
  const auto rooms = call.chat.rooms.Sorted();
  outcome.count = rooms.size();
  for (const ChatRoom* room : rooms) {
    if (outcome.rooms.size() == kMaxListed) break;
    outcome.rooms.push_back({room->name(), room->topic(), room->people()});
  }
  return outcome;
}

Outcome ChatRoom::Join(const Call& call) {
  if (call.operation.name.empty()) return {.code = Code::kMissing, .wanted = OperationKind::kJoin};
  CheckedName checked = CheckName(call.operation.name);
  if (!checked.ok()) {
    return {
        .code = Code::kRoomNameIllegal, .name = call.operation.name, .problem = checked.problem};
  }
  ChatSession& session = call.session;
  ChatRoom* const found = call.chat.rooms.Find(checked.name);
  if (found != nullptr && session.MembershipIn(found->id()) != nullptr) {
    session.EnterFurther(*found);
    if (!call.operation.further) session.Enter(*found);
    return {.code = Code::kInRoomAlready, .room = found->name()};
  }
  if (call.operation.further && session.rooms() >= kMaxRoomsOfOne) {
    return {.code = Code::kTooManyRooms, .limit = kMaxRoomsOfOne};
  }
  return EnterRoom(call, call.chat.rooms.FindOrMake(std::move(checked.name)),
                   call.operation.further);
}

Outcome ChatRoom::Leave(const Call& call) {
  if (call.session.rooms() > 1) {
    Outcome outcome{.code = Code::kLeftRoom};
    outcome.kept = std::make_unique<const std::string>(name());
    outcome.room = *outcome.kept;
    call.session.Leave(*this);  // may destroy this room
    return outcome;
  }
  ChatRoom& lobby = call.chat.rooms.lobby();
  if (&lobby == this) return {.code = Code::kInLobbyAlready};
  return EnterRoom(call, lobby);
}

Outcome ChatRoom::ShowTopic(const Call&) { return {.code = Code::kTopic, .text = topic_}; }

Outcome ChatRoom::SetTopic(const Call& call) {
  const absl::string_view topic = call.operation.text;
  if (topic.size() > kMaxTopicBytes) {
    return {.code = Code::kTopicTooLong, .number = topic.size(), .limit = kMaxTopicBytes};
  }
  topic_ = std::string(topic);
  Publish(call.chat, RoomEvent::Kind::kTopicSet, call.session.last_line(), call.session, topic_);
  return {};
}

Outcome ChatRoom::Help(const Call& call) {
  return {.code = Code::kHelp, .word = call.operation.word};
}

Outcome ChatRoom::Incomplete(const Call& call) {
  return {.code = Code::kMissing, .wanted = call.operation.wanted};
}

Outcome ChatRoom::MayBeSpeech(const Call& call) {
  return {.code = Code::kMayBeSpeech, .word = call.operation.word};
}

Outcome ChatRoom::Unknown(const Call& call) {
  return {.code = Code::kUnknownCommand, .word = call.operation.word};
}

}  // namespace parley::chat
