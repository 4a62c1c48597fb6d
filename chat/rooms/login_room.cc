#include "chat/rooms/login_room.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chat/rooms/chat.h"
#include "chat/rooms/chat_session.h"
#include "chat/rooms/shared_operations.h"
#include "chat/text/names.h"

namespace parley::chat {
namespace {

constexpr absl::string_view kGuest = "guest";
// ann, ann2 ... ann9: beyond that one is a guest, so that a login costs a bounded number of looks.
constexpr int kMostOfOneName = 9;

}  // namespace

Outcome LoginRoom::Login(const Call& call) {
  ChatSession& session = call.session;
  if (call.operation.name.empty()) {
    return {.code = Outcome::Code::kMissing, .wanted = OperationKind::kLogin};
  }
  CheckedName checked = CheckName(call.operation.name);
  if (!checked.ok()) {
    return {.code = Outcome::Code::kNameIllegal,
            .name = call.operation.name,
            .problem = checked.problem};
  }
  if (!session.TakeName(checked.name)) {
    Outcome outcome{.code = Outcome::Code::kNameTaken};
    outcome.kept = std::make_unique<const std::string>(std::move(checked.name));
    outcome.name = *outcome.kept;
    return outcome;
  }
  return ComeIn(call);
}

Outcome LoginRoom::LoginAs(const Call& call) {
  const CheckedName wanted = CheckName(call.operation.name);
  bool named = wanted.ok() && call.session.TakeName(wanted.name);
  for (int number = 2; !named && wanted.ok() && number <= kMostOfOneName; ++number) {
    CheckedName similar = CheckName(absl::StrCat(wanted.name, number));
    named = similar.ok() && call.session.TakeName(std::move(similar.name));
  }
  while (!named) named = call.session.TakeName(absl::StrCat(kGuest, ++last_guest_));
  Outcome outcome = ComeIn(call);
  outcome.word = call.operation.name;
  return outcome;
}

Outcome LoginRoom::ComeIn(const Call& call) {
  ChatSession& session = call.session;
  call.chat.sink.LoggedIn(session);
  RoomDirectory& rooms = call.chat.rooms;
  const absl::string_view first = session.first_room();
  Outcome outcome =
      EnterRoom(call, first.empty() ? rooms.lobby() : rooms.FindOrMake(std::string(first)));
  outcome.code = Outcome::Code::kLoggedIn;
  outcome.name = session.name();
  outcome.host = session.host();
  return outcome;
}

Outcome LoginRoom::Logout(const Call& call) { return LeaveServer(call); }

Outcome LoginRoom::Who(const Call& call) { return ListPeople(call); }

Outcome LoginRoom::Help(const Call& call) {
  return {.code = Outcome::Code::kHelp, .before_login = true, .word = call.operation.word};
}

Outcome LoginRoom::Incomplete(const Call& call) {
  if (call.operation.wanted != OperationKind::kLogin) return Unknown(call);
  return {.code = Outcome::Code::kMissing, .wanted = OperationKind::kLogin};
}

Outcome LoginRoom::Unknown(const Call& call) {
  return {.code = call.operation.kind == OperationKind::kUnknown ? Outcome::Code::kUnknownCommand
                                                                 : Outcome::Code::kLogInFirst,
          .before_login = true,
          .word = call.operation.word};
}

}  // namespace parley::chat
