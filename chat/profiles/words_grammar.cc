#include "chat/profiles/words_grammar.h"

#include "absl/strings/ascii.h"
#include "chat/text/sanitise.h"

namespace parley::chat {

Operation WordsGrammar::Parse(absl::string_view message, bool before_login,
                              std::string& buffer) const {
  if (absl::StripAsciiWhitespace(message).empty()) return {};
  absl::string_view safe = message;
  if (!IsClean(message)) {
    buffer = Sanitise(message);
    safe = buffer;
  }
  const size_t end = safe.find(' ');
  const absl::string_view word = safe.substr(0, end);
  const absl::string_view given =
      end == absl::string_view::npos ? absl::string_view() : safe.substr(end + 1);
  if (before_login && word == "login") {
    // As it was typed, so that what is wrong with it is seen.
    const size_t typed = message.find(' ');
    return {.kind = OperationKind::kLogin,
            .name = typed == absl::string_view::npos
                        ? absl::string_view()
                        : absl::StripAsciiWhitespace(message.substr(typed))};
  }
  if (word == "logout") return {.kind = OperationKind::kLogout};
  if (!before_login && word == "say") {
    return {.kind = OperationKind::kSpeak,
            .text = rules_.strips_speech ? absl::StripAsciiWhitespace(given) : given};
  }
  if (!before_login && word == "look") return {.kind = rules_.look, .names_all = true};
  return {.kind = OperationKind::kUnknown, .word = word};
}

}  // namespace parley::chat
