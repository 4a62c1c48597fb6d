#ifndef CHAT_ROOMS_OPERATION_H_
#define CHAT_ROOMS_OPERATION_H_

// What a person asks for, without the words in which it was asked: a profile's grammar makes
// operations of what a client sends (grammar.h), and the room in which the person is carries them
// out (command_handler.h).
//
// Lifetime: the views point into what the client sent and into the grammar's buffer, and are good
// during the call. Text and word are safe to show (sanitise.h); a name is as it was typed, because
// what is wrong with it has to be seen. Units: UTF-8 bytes.

#include <cstdint>

#include "absl/strings/string_view.h"

namespace parley::chat {

enum class OperationKind : uint8_t {
  kNone,       // nothing was asked: a blank line
  kLogin,      // name
  kLoginAs,    // name, or one like it where it is illegal or taken: nobody is refused
  kLogout,     //
  kSpeak,      // text, to the room
  kAct,        // text: what the person does
  kTell,       // name, text: to one person
  kLook,       // name of a room, or empty: the one in which the person is
  kLookAloud,  // who is here, told to everybody here who has the same profile
  kWho,        // everybody on the server
  kListRooms,  //
  kJoin,       // name of a room
  kLeave,      // to the lobby, or one of several rooms
  kShowTopic,  //
  kSetTopic,   // text
  kHelp,       // word, or empty: about everything
  // A command of the profile that lacks what it needs; `wanted` says which.
  kIncomplete,
  // A command that takes nothing, in a line that may be speech ("leave me alone"); word.
  kMayBeSpeech,
  kUnknown,  // word: not a command of this profile
};

struct Operation {
  OperationKind kind = OperationKind::kNone;
  OperationKind wanted = OperationKind::kNone;  // of kIncomplete
  bool names_all = false;                       // of kLook: a list of everybody, not of the first
  bool further = false;                         // of kJoin: every other room is kept
  uint32_t learned = 0;    // what it shows of its client: Rendering::capabilities
  absl::string_view room;  // one that the person is in, for which it is; empty: ChatSession::room
  absl::string_view word;  // as typed, without a slash
  absl::string_view name;
  absl::string_view text;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_OPERATION_H_
