#ifndef CHAT_TEXT_SUGGEST_H_
#define CHAT_TEXT_SUGGEST_H_

// Guesses which known word somebody meant who mistyped it.
//
//   if (auto meant = ClosestWord("lokk", command_names)) Reply("Did you mean /", *meant, "?");
//
// Ownership: the answer is one of the views in `known`. Thread: any. Errors: none.

#include <optional>
#include <span>

#include "absl/strings/string_view.h"

namespace parley::chat {

// The word of `known` that the fewest mistypings lead to, the first of several; none when that
// takes more than two, or more than one where either word has three letters or fewer, or every
// letter. A mistyping is one letter added, left out or changed, or two neighbours swapped (the
// optimal string alignment distance, a form of Damerau's and Levenshtein's). Letters are bytes,
// ASCII case does not count, and nothing is known like a word of more than 32 bytes.
std::optional<absl::string_view> ClosestWord(absl::string_view typed,
                                             std::span<const absl::string_view> known);

}  // namespace parley::chat

#endif  // CHAT_TEXT_SUGGEST_H_
