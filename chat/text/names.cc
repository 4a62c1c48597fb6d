#include "chat/text/names.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <new>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chat/text/sanitise.h"
#include "chat/text/utf8.h"

namespace parley::chat {
namespace {

// Normal form C makes four code points one at best, and NFKC makes one 18 at worst, so that text
// longer than this is no name and equals no folded name. The bound also matters by itself: putting
// marks in canonical order takes quadratic time.
constexpr size_t kMaxNormalisedBytes = 1024;
constexpr int kQuotedColumns = 24;

enum class Script : uint8_t {
  kOther,
  kLatin,
  kGreek,
  kCyrillic,
  kAny,  // looks like no letter of those three: East Asia's, and what several scripts share
};

struct ScriptRange {
  char32_t first;
  char32_t last;
  Script script;
};

// Unicode's Scripts.txt, for letters as they are after folding; the gaps hold no letters of others.
constexpr ScriptRange kScripts[] = {
    {0x0041, 0x02B8, Script::kLatin},    {0x02B9, 0x02DF, Script::kAny},
    {0x02E0, 0x02E4, Script::kLatin},    {0x02E5, 0x02FF, Script::kAny},
    {0x0370, 0x0373, Script::kGreek},    {0x0376, 0x03E1, Script::kGreek},
    {0x03F0, 0x03FF, Script::kGreek},    {0x0400, 0x052F, Script::kCyrillic},
    {0x1100, 0x11FF, Script::kAny},      {0x1C80, 0x1C8F, Script::kCyrillic},
    {0x1D00, 0x1D25, Script::kLatin},    {0x1D26, 0x1D2A, Script::kGreek},
    {0x1D2B, 0x1D2B, Script::kCyrillic}, {0x1D2C, 0x1D5C, Script::kLatin},
    {0x1D62, 0x1D65, Script::kLatin},    {0x1D6B, 0x1D77, Script::kLatin},
    {0x1D79, 0x1DBE, Script::kLatin},    {0x1E00, 0x1EFF, Script::kLatin},
    {0x1F00, 0x1FFF, Script::kGreek},    {0x214E, 0x214E, Script::kLatin},
    {0x2184, 0x2184, Script::kLatin},    {0x2C60, 0x2C7F, Script::kLatin},
    {0x3005, 0x3006, Script::kAny},      {0x3031, 0x318F, Script::kAny},
    {0x31A0, 0x31FF, Script::kAny},      {0x3400, 0x4DBF, Script::kAny},
    {0x4E00, 0x9FFF, Script::kAny},      {0xA640, 0xA69F, Script::kCyrillic},
    {0xA722, 0xA787, Script::kLatin},    {0xA788, 0xA788, Script::kAny},
    {0xA78B, 0xA7FF, Script::kLatin},    {0xA960, 0xA97F, Script::kAny},
    {0xAB30, 0xAB64, Script::kLatin},    {0xAB65, 0xAB65, Script::kGreek},
    {0xAB66, 0xAB69, Script::kLatin},    {0xAC00, 0xD7FF, Script::kAny},
    {0xF900, 0xFAFF, Script::kAny},      {0x10780, 0x107BA, Script::kLatin},
    {0x1AFF0, 0x1B16F, Script::kAny},    {0x1DF00, 0x1DF2A, Script::kLatin},
    {0x20000, 0x3FFFF, Script::kAny},
};

absl::string_view NameOf(Script script) {
  switch (script) {
    case Script::kLatin:
      return "Latin";
    case Script::kGreek:
      return "Greek";
    case Script::kCyrillic:
      return "Cyrillic";
    case Script::kOther:
    case Script::kAny:
      break;
  }
  return "other";
}

const utf8proc_property_t& PropertyOf(char32_t code_point) {
  return *utf8proc_get_property(static_cast<utf8proc_int32_t>(code_point));
}

bool IsLetter(char32_t code_point) {
  const utf8proc_property_t& property = PropertyOf(code_point);
  return property.category >= UTF8PROC_CATEGORY_LU && property.category <= UTF8PROC_CATEGORY_LO &&
         !property.ignorable;  // the Hangul fillers are letters that show nothing
}

bool IsDigit(char32_t code_point) {
  return PropertyOf(code_point).category == UTF8PROC_CATEGORY_ND;
}

bool IsMark(char32_t code_point) {
  const utf8proc_propval_t category = PropertyOf(code_point).category;
  return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

// A mark that belongs to a letter: no enclosing circle, nothing invisible.
bool IsLetterMark(char32_t code_point) {
  const utf8proc_property_t& property = PropertyOf(code_point);
  return IsMark(code_point) && property.category != UTF8PROC_CATEGORY_ME && !property.ignorable;
}

Script ScriptOf(char32_t letter) {
  const ScriptRange* range = std::lower_bound(
      std::begin(kScripts), std::end(kScripts), letter,
      [](const ScriptRange& candidate, char32_t wanted) { return candidate.last < wanted; });
  if (range == std::end(kScripts) || range->first > letter) return Script::kOther;
  return range->script;
}

size_t CountCodePoints(absl::string_view text) {
  return static_cast<size_t>(std::distance(text.begin(), text.end())) -
         static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
           return (static_cast<uint8_t>(byte) & 0xC0U) == 0x80;
         }));
}

// `text` is valid UTF-8 and, but for bytes replaced by U+FFFD, at most kMaxNormalisedBytes long.
std::string Normalise(absl::string_view text, unsigned options) {
  utf8proc_uint8_t* normalised = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &normalised,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | options));
  // Of valid, short text, nothing can fail but the allocation.
  if (size < 0) throw std::bad_alloc();
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(normalised, &std::free);
  return std::string(reinterpret_cast<const char*>(normalised), static_cast<size_t>(size));
}

// How a sentence speaks of one code point, whatever it would do to the terminal.
std::string Describe(char32_t code_point) {
  if (code_point == ' ') return "a space";
  if (code_point == '\t') return "a tab";
  const std::string number = absl::StrFormat("U+%04X", static_cast<uint32_t>(code_point));
  std::string character;
  AppendUtf8(code_point, &character);
  if (IsMark(code_point)) return absl::StrCat("the mark ", number);
  if (PropertyOf(code_point).category == UTF8PROC_CATEGORY_ZS) {
    return absl::StrCat("the space ", number);
  }
  if (!IsClean(character)) return absl::StrCat("the character ", number);
  return absl::StrCat("\"", character, "\"");
}

// Makes the refusals of one name.
class Refusal {
 public:
  Refusal(absl::string_view what, absl::string_view typed) : what_(what), typed_(typed) {}

  template <typename... Parts>
  absl::Status operator()(const Parts&... parts) const {
    return absl::InvalidArgumentError(
        absl::StrCat("The ", what_, " \"", Excerpt(typed_, kQuotedColumns), "\" ", parts...));
  }
  absl::Status TooLong(size_t size, absl::string_view unit, size_t limit) const {
    return (*this)("has ", size, " ", unit, "; the limit is ", limit, ".");
  }

 private:
  const absl::string_view what_;
  const absl::string_view typed_;
};

absl::Status CheckCharacters(absl::string_view name, const Refusal& refused) {
  bool is_first = true;
  bool is_behind_letter = false;
  int marks = 0;
  for (const Decoded& decoded : CodePoints(name)) {
    const char32_t code_point = decoded.code_point;
    const bool begins_well = IsLetter(code_point) || IsDigit(code_point);
    if (is_first && !begins_well) {
      return refused("begins with ", Describe(code_point),
                     "; it must begin with a letter or digit.");
    }
    is_first = false;
    if (IsLetterMark(code_point)) {
      if (!is_behind_letter) {
        return refused("has ", Describe(code_point),
                       " behind no letter; marks must follow a letter.");
      }
      if (++marks > kMaxMarksInARow) {
        return refused("has too many marks on one letter; the limit is ", kMaxMarksInARow, ".");
      }
      continue;
    }
    if (!begins_well && code_point != '-' && code_point != '_') {
      return refused("has ", Describe(code_point),
                     "; only letters, digits, \"-\" and \"_\" are allowed.");
    }
    is_behind_letter = IsLetter(code_point);
    marks = 0;
  }
  return absl::OkStatus();
}

// Judges the folded name: a bold mathematical "a" is no Latin letter to Unicode, but looks like
// one. Latin, Greek and Cyrillic stand only with what looks like nothing of theirs: there are an
// Armenian and an Oriya "o" (UTS 39 calls such a name highly restricted).
absl::Status CheckScripts(absl::string_view folded, const Refusal& refused) {
  Script seen = Script::kOther;
  char32_t stranger = 0;
  for (const Decoded& decoded : CodePoints(folded)) {
    const char32_t code_point = decoded.code_point;
    const bool is_foreign_digit = IsDigit(code_point) && code_point > '9';
    if (!IsLetter(code_point) && !is_foreign_digit) continue;
    const Script script = ScriptOf(code_point);
    if (script == Script::kOther) stranger = code_point;
    if (script == Script::kOther || script == Script::kAny || script == seen) continue;
    if (seen != Script::kOther) {
      return refused("mixes ", NameOf(seen), " and ", NameOf(script),
                     " letters; use letters of only one of Latin, Greek and Cyrillic.");
    }
    seen = script;
  }
  if (seen == Script::kOther || stranger == 0) return absl::OkStatus();
  return refused("mixes ", NameOf(seen), " letters with ", Describe(stranger),
                 ", which may look like one; use letters and digits of one script.");
}

}  // namespace

absl::StatusOr<std::string> CheckName(absl::string_view typed, absl::string_view what) {
  const Refusal refused(what, typed);
  if (typed.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("The ", what, " is empty; it must have 1 to ",
                                                   kMaxNameCharacters, " characters."));
  }
  if (Validate(typed) != Utf8::kValid) {
    return refused("is not valid UTF-8; names must be UTF-8 text.");
  }
  if (typed.size() > kMaxNormalisedBytes) {
    return refused.TooLong(CountCodePoints(typed), "characters", kMaxNameCharacters);
  }
  std::string name = Normalise(typed, UTF8PROC_COMPOSE);
  const size_t characters = CountCodePoints(name);
  if (characters > kMaxNameCharacters) {
    return refused.TooLong(characters, "characters", kMaxNameCharacters);
  }
  if (name.size() > kMaxNameBytes) return refused.TooLong(name.size(), "bytes", kMaxNameBytes);
  if (absl::Status status = CheckCharacters(name, refused); !status.ok()) return status;
  if (absl::Status status = CheckScripts(FoldName(name), refused); !status.ok()) return status;
  return name;
}

std::string FoldName(absl::string_view name) {
  if (name.size() > kMaxNormalisedBytes) return std::string(name);
  const bool is_ascii = std::all_of(name.begin(), name.end(), absl::ascii_isascii);
  if (is_ascii) return absl::AsciiStrToLower(name);

  std::string valid;
  for (const Decoded& decoded : CodePoints(name)) AppendUtf8(decoded.code_point, &valid);
  return Normalise(valid, UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

absl::string_view NameRules() {
  return "A name has 1 to 20 characters (at most 60 bytes): letters, digits, \"-\" and \"_\"; it "
         "begins with a letter or digit and does not mix scripts that look alike, as Latin and "
         "Cyrillic.";
}

}  // namespace parley::chat
