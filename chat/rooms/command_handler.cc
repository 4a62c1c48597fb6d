#include "chat/rooms/command_handler.h"

namespace parley::chat {

Outcome CommandHandler::Handle(const Call& call) {
  switch (call.operation.kind) {
    case OperationKind::kNone:
      return {};
    case OperationKind::kLogin:
      return Login(call);
    case OperationKind::kLoginAs:
      return LoginAs(call);
    case OperationKind::kLogout:
      return Logout(call);
    case OperationKind::kSpeak:
      return Speak(call);
    case OperationKind::kAct:
      return Act(call);
    case OperationKind::kTell:
      return Tell(call);
    case OperationKind::kLook:
      return Look(call);
    case OperationKind::kLookAloud:
      return LookAloud(call);
    case OperationKind::kWho:
      return Who(call);
    case OperationKind::kListRooms:
      return ListRooms(call);
    case OperationKind::kJoin:
      return Join(call);
    case OperationKind::kLeave:
      return Leave(call);
    case OperationKind::kShowTopic:
      return ShowTopic(call);
    case OperationKind::kSetTopic:
      return SetTopic(call);
    case OperationKind::kHelp:
      return Help(call);
    case OperationKind::kIncomplete:
      return Incomplete(call);
    case OperationKind::kMayBeSpeech:
      return MayBeSpeech(call);
    case OperationKind::kUnknown:
      return Unknown(call);
  }
  return {};
}

}  // namespace parley::chat
