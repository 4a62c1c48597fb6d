#include "chat/profiles/friendly/phrases.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "chat/text/sanitise.h"
#include "chat/text/utf8.h"

namespace parley::chat {
namespace {

constexpr int kQuotedNameColumns = 24;

absl::string_view NameOf(NameProblem::Script script) {
  switch (script) {
    case NameProblem::Script::kLatin:
      return "Latin";
    case NameProblem::Script::kGreek:
      return "Greek";
    case NameProblem::Script::kCyrillic:
      return "Cyrillic";
    case NameProblem::Script::kOther:
      break;
  }
  return "other";
}

// How a sentence speaks of one code point, whatever it would do to the terminal.
std::string Describe(char32_t code_point) {
  if (code_point == ' ') return "a space";
  if (code_point == '\t') return "a tab";
  const std::string number = absl::StrFormat("U+%04X", static_cast<uint32_t>(code_point));
  std::string character;
  AppendUtf8(code_point, &character);
  switch (KindOf(code_point)) {
    case CharacterKind::kMark:
      return absl::StrCat("the mark ", number);
    case CharacterKind::kSpace:
      return absl::StrCat("the space ", number);
    case CharacterKind::kOther:
      break;
  }
  if (!IsClean(character)) return absl::StrCat("the character ", number);
  return absl::StrCat("\"", character, "\"");
}

// What follows the quoted name.
std::string Complaint(const NameProblem& problem) {
  switch (problem.code) {
    case NameProblem::Code::kNone:
    case NameProblem::Code::kEmpty:
      break;
    case NameProblem::Code::kNotUtf8:
      return "is not valid UTF-8; names must be UTF-8 text.";
    case NameProblem::Code::kTooManyCharacters:
      return absl::StrCat("has ", problem.size, " characters; the limit is ", kMaxNameCharacters,
                          ".");
    case NameProblem::Code::kTooManyBytes:
      return absl::StrCat("has ", problem.size, " bytes; the limit is ", kMaxNameBytes, ".");
    case NameProblem::Code::kBadBeginning:
      return absl::StrCat("begins with ", Describe(problem.code_point),
                          "; it must begin with a letter or digit.");
    case NameProblem::Code::kMarkBehindNoLetter:
      return absl::StrCat("has ", Describe(problem.code_point),
                          " behind no letter; marks must follow a letter.");
    case NameProblem::Code::kTooManyMarks:
      return absl::StrCat("has too many marks on one letter; the limit is ", kMaxMarksInARow, ".");
    case NameProblem::Code::kBadCharacter:
      return absl::StrCat("has ", Describe(problem.code_point),
                          "; only letters, digits, \"-\" and \"_\" are allowed.");
    case NameProblem::Code::kMixedScripts:
      return absl::StrCat("mixes ", NameOf(problem.first), " and ", NameOf(problem.second),
                          " letters; use letters of only one of Latin, Greek and Cyrillic.");
    case NameProblem::Code::kStranger:
      return absl::StrCat("mixes ", NameOf(problem.first), " letters with ",
                          Describe(problem.code_point),
                          ", which may look like one; use letters and digits of one script.");
  }
  return "is no name.";
}

}  // namespace

std::string CountOf(size_t count, const char* one, const char* many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

std::string ExactDuration(Duration duration) {
  return absl::FormatDuration(absl::FromChrono(duration));
}

std::string ShortDuration(Duration duration) {
  constexpr int64_t kMinute = 60;
  constexpr int64_t kHour = 60 * kMinute;
  constexpr int64_t kDay = 24 * kHour;
  const int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < kMinute) return absl::StrCat(seconds, "s");
  if (seconds < kHour) return absl::StrCat(seconds / kMinute, "m");
  if (seconds < kDay) return absl::StrCat(seconds / kHour, "h");
  return absl::StrCat(seconds / kDay, "d");
}

std::string NamesOf(const Outcome& outcome) {
  std::string text;
  for (const absl::string_view name : outcome.names) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", name);
  }
  const size_t listed = outcome.names.size();
  if (listed < outcome.count) absl::StrAppend(&text, " and ", outcome.count - listed, " more");
  return text;
}

std::string Padded(absl::string_view text, int columns) {
  const int width = DisplayWidth(text);
  return absl::StrCat(text, std::string(static_cast<size_t>(std::max(1, columns - width)), ' '));
}

std::string NameSentence(absl::string_view what, absl::string_view typed,
                         const NameProblem& problem) {
  if (problem.code == NameProblem::Code::kEmpty) {
    return absl::StrCat("The ", what, " is empty; it must have 1 to ", kMaxNameCharacters,
                        " characters.");
  }
  return absl::StrCat("The ", what, " \"", Excerpt(typed, kQuotedNameColumns), "\" ",
                      Complaint(problem));
}

absl::string_view NameRules() {
  return "A name has 1 to 20 characters (at most 60 bytes): letters, digits, \"-\" and \"_\"; it "
         "begins with a letter or digit and does not mix scripts that look alike, as Latin and "
         "Cyrillic.";
}

}  // namespace parley::chat
