#ifndef CHAT_TEXT_NAMES_H_
#define CHAT_TEXT_NAMES_H_

// What people and rooms may be called, and when two names are the same.
//
//   CheckedName checked = CheckName(typed);
//   if (!checked.ok()) return Refuse(checked.problem);       // a code and its values
//   people_.insert({FoldName(checked.name), session});       // as typed to show, folded to compare
//
// A name has 1 to 20 code points and at most 60 bytes in Unicode's normal form C: letters, decimal
// digits, '-', '_', and marks (accents, vowel signs) behind a letter, at most eight of them; it
// begins with a letter or a digit. Letters of Latin, Greek and Cyrillic do not meet in one name,
// because "pаul" with one Cyrillic letter looks like "paul"; nor do they meet letters or digits of
// others, but those of China, Japan and Korea. A name all of whose letters are
// look-alikes of another script is not recognised: that would take Unicode's table of confusable
// characters.
//
// Thread: any. Units: code points and bytes. Errors: NameProblem, which says what offends.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace parley::chat {

inline constexpr size_t kMaxNameCharacters = 20;
inline constexpr size_t kMaxNameBytes = 60;

// Why a text is no name.
struct NameProblem {
  enum class Code : uint8_t {
    kNone,
    kEmpty,
    kNotUtf8,
    kTooManyCharacters,   // size; the limit is kMaxNameCharacters
    kTooManyBytes,        // size; the limit is kMaxNameBytes
    kBadBeginning,        // code_point
    kMarkBehindNoLetter,  // code_point
    kTooManyMarks,        // the limit is kMaxMarksInARow (sanitise.h)
    kBadCharacter,        // code_point
    kMixedScripts,        // first and second: letters of both
    kStranger,            // code_point, which may look like a letter of `first`, among those
  };
  enum class Script : uint8_t { kOther, kLatin, kGreek, kCyrillic };

  Code code = Code::kNone;
  Script first = Script::kOther;
  Script second = Script::kOther;
  char32_t code_point = 0;
  size_t size = 0;
};

struct CheckedName {
  std::string name;  // in normal form C, with its case kept
  NameProblem problem;
  bool ok() const { return problem.code == NameProblem::Code::kNone; }
};

CheckedName CheckName(absl::string_view typed);

// The form in which names are compared (Unicode's NFKC_Casefold): two names are the same if theirs
// are equal. Takes any text, so that what somebody typed can be looked up before it is checked;
// bytes that are not UTF-8 fold to U+FFFD, and a text far too long for a name comes back as it is.
std::string FoldName(absl::string_view name);

}  // namespace parley::chat

#endif  // CHAT_TEXT_NAMES_H_
