#ifndef CHAT_TEXT_NAMES_H_
#define CHAT_TEXT_NAMES_H_

// What people and rooms may be called, and when two names are the same.
//
//   absl::StatusOr<std::string> name = CheckName(typed, "name");
//   if (!name.ok()) return Reply(name.status().message());   // one sentence, safe for a terminal
//   people_.insert({FoldName(*name), session});              // as typed to show, folded to compare
//
// A name has 1 to 20 code points and at most 60 bytes in Unicode's normal form C: letters, decimal
// digits, '-', '_', and marks (accents, vowel signs) behind a letter, at most eight of them; it
// begins with a letter or a digit. Letters of Latin, Greek and Cyrillic do not meet in one name,
// because "pаul" with one Cyrillic letter looks like "paul"; nor do they meet letters or digits of
// others, but those of China, Japan and Korea. A name all of whose letters are
// look-alikes of another script is not recognised: that would take Unicode's table of confusable
// characters.
//
// Thread: any. Units: code points and bytes. Errors: InvalidArgument with a sentence that names
// what offends and the rule; what it quotes of the text is sanitised and cut.

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parley::chat {

inline constexpr size_t kMaxNameCharacters = 20;
inline constexpr size_t kMaxNameBytes = 60;

// Returns `typed` in normal form C with its case kept. `what` says what is being named: "name",
// "room name".
absl::StatusOr<std::string> CheckName(absl::string_view typed, absl::string_view what);

// The form in which names are compared (Unicode's NFKC_Casefold): two names are the same if theirs
// are equal. Takes any text, so that what somebody typed can be looked up before it is checked;
// bytes that are not UTF-8 fold to U+FFFD, and a text far too long for a name comes back as it is.
std::string FoldName(absl::string_view name);

// The rules in one sentence, to be shown to people.
absl::string_view NameRules();

}  // namespace parley::chat

#endif  // CHAT_TEXT_NAMES_H_
