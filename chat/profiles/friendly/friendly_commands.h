#ifndef CHAT_PROFILES_FRIENDLY_FRIENDLY_COMMANDS_H_
#define CHAT_PROFILES_FRIENDLY_FRIENDLY_COMMANDS_H_

// The commands of the friendly profile: the grammar finds them, `help` lists them, and "did you
// mean" offers them, all from this one table.

#include <optional>
#include <span>

#include "absl/strings/string_view.h"
#include "chat/rooms/operation.h"

namespace parley::chat {

struct FriendlyCommand {
  // What stands behind the command word.
  enum class Takes : uint8_t {
    kNothing,
    kName,  // all of it, as it was typed
    kOptionalName,
    kText,
    kOptionalText,
    kNameAndText,
    kOptionalWord,
  };

  absl::string_view name;
  absl::string_view alias;      // another name, or ""
  absl::string_view arguments;  // as help shows them: "NAME TEXT"
  absl::string_view summary;    // one short sentence
  absl::string_view details;    // more, for `help COMMAND`; or ""
  OperationKind kind;
  Takes takes;
};

// Those that work before login, or in a chat room; in the order in which help lists them.
std::span<const FriendlyCommand> FriendlyCommands(bool before_login);

// The command called `word`, in any case; null when there is none.
const FriendlyCommand* FindFriendlyCommand(absl::string_view word, bool before_login);

// The command that `word` may have been meant for.
std::optional<absl::string_view> ClosestFriendlyCommand(absl::string_view word, bool before_login);

}  // namespace parley::chat

#endif  // CHAT_PROFILES_FRIENDLY_FRIENDLY_COMMANDS_H_
