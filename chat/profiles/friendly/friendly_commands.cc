#include "chat/profiles/friendly/friendly_commands.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "chat/text/suggest.h"

namespace parley::chat {
namespace {

using Takes = FriendlyCommand::Takes;

constexpr FriendlyCommand kBeforeLogin[] = {
    {"login", "", "NAME", "come in under this name",
     "The name is yours until you leave; upper and lower case count as the same.",
     OperationKind::kLogin, Takes::kName},
    {"who", "", "", "who is on the server", "", OperationKind::kWho, Takes::kNothing},
    {"help", "?", "[COMMAND]", "this list, or more about one command", "", OperationKind::kHelp,
     Takes::kOptionalWord},
    {"logout", "quit", "", "leave the server", "", OperationKind::kLogout, Takes::kNothing},
};

constexpr FriendlyCommand kInRoom[] = {
    {"say", "", "TEXT", "speak to the room", "A line that is no command is spoken without it.",
     OperationKind::kSpeak, Takes::kText},
    {"look", "", "[ROOM]", "who is in this room, or in another", "", OperationKind::kLook,
     Takes::kOptionalName},
    {"who", "", "", "who is on the server, where, and how long idle", "", OperationKind::kWho,
     Takes::kNothing},
    {"rooms", "", "", "which rooms there are", "", OperationKind::kListRooms, Takes::kNothing},
    {"join", "", "ROOM", "go to a room; a new one is made for you",
     "A room other than the lobby is gone when the last person leaves it.", OperationKind::kJoin,
     Takes::kName},
    {"leave", "", "", "go back to the lobby", "", OperationKind::kLeave, Takes::kNothing},
    {"topic", "", "[TEXT]", "show or set what this room is about", "", OperationKind::kSetTopic,
     Takes::kOptionalText},
    {"tell", "", "NAME TEXT", "say something to one person, wherever they are", "",
     OperationKind::kTell, Takes::kNameAndText},
    {"me", "", "ACTION", "do something: \"me waves\" shows \"* NAME waves\"", "",
     OperationKind::kAct, Takes::kText},
    {"help", "?", "[COMMAND]", "this list, or more about one command", "", OperationKind::kHelp,
     Takes::kOptionalWord},
    {"login", "", "NAME", "how to change your name", "", OperationKind::kLogin, Takes::kName},
    {"logout", "quit", "", "leave the server", "", OperationKind::kLogout, Takes::kNothing},
};

}  // namespace

std::span<const FriendlyCommand> FriendlyCommands(bool before_login) {
  if (before_login) return kBeforeLogin;
  return kInRoom;
}

const FriendlyCommand* FindFriendlyCommand(absl::string_view word, bool before_login) {
  if (word.empty()) return nullptr;
  // Every line is looked up, and few are commands: nearly all rows are passed by their first letter.
  const char first = absl::ascii_tolower(static_cast<unsigned char>(word[0]));
  for (const FriendlyCommand& command : FriendlyCommands(before_login)) {
    if (command.name[0] == first && absl::EqualsIgnoreCase(word, command.name)) return &command;
    if (!command.alias.empty() && command.alias[0] == first &&
        absl::EqualsIgnoreCase(word, command.alias)) {
      return &command;
    }
  }
  return nullptr;
}

std::optional<absl::string_view> ClosestFriendlyCommand(absl::string_view word, bool before_login) {
  std::vector<absl::string_view> known;
  for (const FriendlyCommand& command : FriendlyCommands(before_login)) {
    known.push_back(command.name);
    if (command.alias.size() > 1) known.push_back(command.alias);  // nobody mistypes "?"
  }
  return ClosestWord(word, known);
}

}  // namespace parley::chat
