#ifndef CHAT_TEXT_WORDS_H_
#define CHAT_TEXT_WORDS_H_

// Words of a line: what stands between blanks, which are spaces and tabs. Other white space is part
// of a word, so that a name that has it is refused instead of changed. Thread: any.

#include "absl/strings/string_view.h"

namespace parley::chat {

inline bool IsBlank(char c) { return c == ' ' || c == '\t'; }

inline absl::string_view StripBlanks(absl::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// The first word, and what is behind it; both without blanks at their ends.
struct FirstWord {
  absl::string_view word;
  absl::string_view rest;
};
FirstWord SplitFirstWord(absl::string_view text);

// Calls take(line) for each line of `text`, which LF separates: once for a text without any. Whoever
// shows a text of several lines puts in front of each who said it, so that nobody speaks for others.
template <typename Take>
void ForEachLine(absl::string_view text, Take take) {
  for (size_t end = text.find('\n'); end != absl::string_view::npos; end = text.find('\n')) {
    take(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  take(text);
}

}  // namespace parley::chat

#endif  // CHAT_TEXT_WORDS_H_
