#include "chat/text/names.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

#include "absl/strings/ascii.h"
#include "chat/text/sanitise.h"
#include "chat/text/utf8.h"

namespace parley::chat {
namespace {

// Normal form C makes four code points one at best, and NFKC makes one 18 at worst, so that text
// longer than this is no name and equals no folded name. The bound also matters by itself: putting
// marks in canonical order takes quadratic time.
constexpr size_t kMaxNormalisedBytes = 1024;

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

NameProblem::Script Named(Script script) {
  switch (script) {
    case Script::kLatin:
      return NameProblem::Script::kLatin;
    case Script::kGreek:
      return NameProblem::Script::kGreek;
    case Script::kCyrillic:
      return NameProblem::Script::kCyrillic;
    case Script::kOther:
    case Script::kAny:
      break;
  }
  return NameProblem::Script::kOther;
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

bool IsNameMark(char32_t code_point) {
  const utf8proc_propval_t category = PropertyOf(code_point).category;
  return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

// A mark that belongs to a letter: no enclosing circle, nothing invisible.
bool IsLetterMark(char32_t code_point) {
  const utf8proc_property_t& property = PropertyOf(code_point);
  return IsNameMark(code_point) && property.category != UTF8PROC_CATEGORY_ME && !property.ignorable;
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

NameProblem CheckCharacters(absl::string_view name) {
  using Code = NameProblem::Code;
  bool is_first = true;
  bool is_behind_letter = false;
  int marks = 0;
  for (const Decoded& decoded : CodePoints(name)) {
    const char32_t code_point = decoded.code_point;
    const bool begins_well = IsLetter(code_point) || IsDigit(code_point);
    if (is_first && !begins_well) {
      return {.code = Code::kBadBeginning, .code_point = code_point};
    }
    is_first = false;
    if (IsLetterMark(code_point)) {
      if (!is_behind_letter) {
        return {.code = Code::kMarkBehindNoLetter, .code_point = code_point};
      }
      if (++marks > kMaxMarksInARow) {
        return {.code = Code::kTooManyMarks};
      }
      continue;
    }
    if (!begins_well && code_point != '-' && code_point != '_') {
      return {.code = Code::kBadCharacter, .code_point = code_point};
    }
    is_behind_letter = IsLetter(code_point);
    marks = 0;
  }
  return {};
}

// Judges the folded name: a bold mathematical "a" is no Latin letter to Unicode, but looks like
// one. Latin, Greek and Cyrillic stand only with what looks like nothing of theirs: there are an
// Armenian and an Oriya "o" (UTS 39 calls such a name highly restricted).
NameProblem CheckScripts(absl::string_view folded) {
  using Code = NameProblem::Code;
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
      return {.code = Code::kMixedScripts, .first = Named(seen), .second = Named(script)};
    }
    seen = script;
  }
  if (seen == Script::kOther || stranger == 0) return {};
  return {.code = Code::kStranger, .first = Named(seen), .code_point = stranger};
}

}  // namespace

CheckedName CheckName(absl::string_view typed) {
  using Code = NameProblem::Code;
  const auto refused = [](NameProblem problem) { return CheckedName{"", problem}; };
  if (typed.empty()) return refused({.code = Code::kEmpty});
  if (Validate(typed) != Utf8::kValid) return refused({.code = Code::kNotUtf8});
  if (typed.size() > kMaxNormalisedBytes) {
    return refused({.code = Code::kTooManyCharacters, .size = CountCodePoints(typed)});
  }
  std::string name = Normalise(typed, UTF8PROC_COMPOSE);
  if (const size_t characters = CountCodePoints(name); characters > kMaxNameCharacters) {
    return refused({.code = Code::kTooManyCharacters, .size = characters});
  }
  if (name.size() > kMaxNameBytes) {
    return refused({.code = Code::kTooManyBytes, .size = name.size()});
  }
  NameProblem problem = CheckCharacters(name);
  if (problem.code == Code::kNone) problem = CheckScripts(FoldName(name));
  return {std::move(name), problem};
}

std::string FoldName(absl::string_view name) {
  if (name.size() > kMaxNormalisedBytes) return std::string(name);
  const bool is_ascii = std::all_of(name.begin(), name.end(), absl::ascii_isascii);
  if (is_ascii) return absl::AsciiStrToLower(name);

  std::string valid;
  for (const Decoded& decoded : CodePoints(name)) AppendUtf8(decoded.code_point, &valid);
  return Normalise(valid, UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

}  // namespace parley::chat
