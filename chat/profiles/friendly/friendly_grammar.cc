#include "chat/profiles/friendly/friendly_grammar.h"

#include "absl/strings/strip.h"
#include "chat/profiles/friendly/friendly_commands.h"
#include "chat/text/sanitise.h"
#include "chat/text/words.h"

namespace parley::chat {
namespace {

using Takes = FriendlyCommand::Takes;

constexpr absl::string_view kByteOrderMark = "\uFEFF";

// The first word of a line and what is behind it, without the slash of a command.
FirstWord SplitCommand(absl::string_view line, bool has_slash) {
  line = StripBlanks(line);
  return SplitFirstWord(has_slash ? line.substr(1) : line);
}

Operation Incomplete(const FriendlyCommand& command) {
  return {.kind = OperationKind::kIncomplete, .wanted = command.kind};
}

// `rest` is safe to show; `typed` is the same as it came.
Operation MakeOperation(const FriendlyCommand& command, absl::string_view rest,
                        absl::string_view typed) {
  switch (command.takes) {
    case Takes::kNothing:
      return {.kind = command.kind};
    case Takes::kName:
      return {.kind = command.kind, .name = rest.empty() ? rest : typed};
    case Takes::kOptionalName:
      return {.kind = command.kind, .name = rest};
    case Takes::kText:
      if (rest.empty()) return Incomplete(command);
      return {.kind = command.kind, .text = rest};
    case Takes::kOptionalText:
      if (rest.empty()) return {.kind = OperationKind::kShowTopic};
      return {.kind = command.kind, .text = rest};
    case Takes::kNameAndText: {
      const auto [name, text] = SplitFirstWord(rest);
      if (text.empty()) return Incomplete(command);
      return {.kind = command.kind, .name = name, .text = text};
    }
    case Takes::kOptionalWord:
      return {.kind = command.kind, .word = SplitFirstWord(rest).word};
  }
  return {};
}

}  // namespace

Operation FriendlyGrammar::Parse(absl::string_view message, bool before_login,
                                 std::string& buffer) const {
  absl::ConsumePrefix(&message, kByteOrderMark);  // which some editors put before the first word
  absl::string_view safe = message;
  if (!IsClean(message)) {
    buffer = Sanitise(message);
    safe = buffer;
  }
  const absl::string_view text = StripBlanks(safe);
  if (text.empty()) return {};
  if (text[0] == '\'') {
    const absl::string_view speech = StripBlanks(text.substr(1));
    if (speech.empty()) return {};
    return {.kind = OperationKind::kSpeak, .text = speech};
  }
  const bool has_slash = text[0] == '/';
  const auto [word, rest] = SplitCommand(text, has_slash);
  const FriendlyCommand* command = FindFriendlyCommand(word, before_login);
  if (command != nullptr) {
    if (command->takes == Takes::kNothing && !rest.empty() && !has_slash && !before_login) {
      return {.kind = OperationKind::kMayBeSpeech, .word = word};
    }
    return MakeOperation(*command, rest, SplitCommand(message, has_slash).rest);
  }
  if (has_slash) return {.kind = OperationKind::kUnknown, .word = word};
  return {.kind = OperationKind::kSpeak, .text = text};
}

}  // namespace parley::chat
