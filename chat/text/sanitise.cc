#include "chat/text/sanitise.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "absl/strings/str_format.h"
#include "chat/text/utf8.h"
#include "chat/text/words.h"

namespace parley::chat {
namespace {

enum class Treatment : uint8_t {
  kKeep,
  kDrop,
  kPicture,    // the control character's symbol
  kName,       // <U+XXXX>
  kReplace,    // U+FFFD
  kNoteMarks,  // <marks>
};

struct Step {
  Treatment treatment;
  char32_t code_point;  // only for kPicture and kName
};

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode's default-ignorable characters without variation selectors and joiners, and with the
// separators and annotation marks, which are as invisible.
constexpr Range kInvisible[] = {
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // combining grapheme joiner
    {0x061C, 0x061C},    // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x17B4, 0x17B5},    // Khmer inherent vowels
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200B},    // zero-width space
    {0x200E, 0x200F},    // left-to-right and right-to-left mark
    {0x2028, 0x202E},    // line and paragraph separator, bidi embeddings and overrides
    {0x2060, 0x206F},    // word joiner, invisible operators, bidi isolates, shaping controls
    {0x3164, 0x3164},    // Hangul filler
    {0xFEFF, 0xFEFF},    // zero-width no-break space, the byte order mark
    {0xFFA0, 0xFFA0},    // halfwidth Hangul filler
    {0xFFF0, 0xFFFB},    // interlinear annotation and its neighbours
    {0x1BCA0, 0x1BCA3},  // shorthand format controls
    {0x1D173, 0x1D17A},  // musical format controls
    {0xE0000, 0xE00FF},  // tags
    {0xE01F0, 0xE0FFF},  // reserved as ignorable
};

// Scripts below this code point have no use for joiners.
constexpr char32_t kFirstJoiningCodePoint = 0x0590;

bool IsInvisible(char32_t code_point) {
  const Range* range = std::lower_bound(
      std::begin(kInvisible), std::end(kInvisible), code_point,
      [](const Range& candidate, char32_t wanted) { return candidate.last < wanted; });
  return range != std::end(kInvisible) && range->first <= code_point;
}

bool IsNoncharacter(char32_t code_point) {
  return (code_point >= 0xFDD0 && code_point <= 0xFDEF) || (code_point & 0xFFFE) == 0xFFFE;
}

bool IsJoiner(char32_t code_point) { return code_point == 0x200C || code_point == 0x200D; }

bool IsVariationSelector(char32_t code_point) {
  return (code_point >= 0xFE00 && code_point <= 0xFE0F) ||
         (code_point >= 0xE0100 && code_point <= 0xE01EF) ||
         (code_point >= 0x180B && code_point <= 0x180F);
}

utf8proc_category_t CategoryOf(char32_t code_point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
}

bool IsMark(char32_t code_point) {
  const utf8proc_category_t category = CategoryOf(code_point);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

// What becomes of a code point wherever it stands.
Treatment TreatmentAlone(char32_t code_point) {
  if (code_point < 0x20) return code_point == '\t' ? Treatment::kKeep : Treatment::kPicture;
  if (code_point < 0x7F) return Treatment::kKeep;
  if (code_point == 0x7F) return Treatment::kPicture;
  if (code_point < 0xA0) return Treatment::kName;
  if (IsNoncharacter(code_point)) return Treatment::kReplace;
  return IsInvisible(code_point) ? Treatment::kName : Treatment::kKeep;
}

// Whether the eight bytes at `text` are printable ASCII. A subtraction can borrow from the next
// byte, but only out of a byte that is itself refused, so the answer is exact.
bool AreEightPrintable(const char* text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = 0x8080808080808080;
  uint64_t word = 0;
  std::memcpy(&word, text, sizeof(word));
  const uint64_t below_space = word - kOnes * 0x20;
  const uint64_t is_delete = (word ^ kOnes * 0x7F) - kOnes;
  return ((word | below_space | is_delete) & kHighs) == 0;
}

// How many bytes at the beginning of `text` are printable ASCII or TAB.
size_t PlainPrefix(absl::string_view text) {
  size_t plain = 0;
  while (plain < text.size()) {
    if (text.size() - plain >= 8 && AreEightPrintable(text.data() + plain)) {
      plain += 8;
      continue;
    }
    const char byte = text[plain];
    if ((byte < 0x20 || byte > 0x7E) && byte != '\t') break;
    ++plain;
  }
  return plain;
}

// Walks a text and says for each piece of it what is to be done with that piece.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  bool Done() const { return offset_ == text_.size(); }
  size_t Offset() const { return offset_; }
  Step Next();

 private:
  Step NextMark(char32_t code_point);
  bool JoinsWhatFollows() const;

  const absl::string_view text_;
  size_t offset_ = 0;
  int marks_ = 0;             // in a row, up to here
  bool is_joinable_ = false;  // the last piece was kept, visible, and of a script that joins
};

Step Scanner::Next() {
  const size_t plain = PlainPrefix(text_.substr(offset_));
  if (plain > 0) {
    offset_ += plain;
    marks_ = 0;
    is_joinable_ = false;
    return {Treatment::kKeep, 0};
  }
  const bool is_first = offset_ == 0;
  const Decoded decoded = DecodeFirst(text_.substr(offset_));
  const char32_t code_point = decoded.code_point;
  offset_ += decoded.size;

  Treatment treatment = Treatment::kReplace;
  if (decoded.verdict == Utf8::kValid) {
    treatment = is_first && code_point == 0xFEFF ? Treatment::kDrop : TreatmentAlone(code_point);
  }
  if (treatment == Treatment::kKeep && IsJoiner(code_point)) {
    if (is_joinable_ && JoinsWhatFollows()) {
      is_joinable_ = false;
      return {Treatment::kKeep, code_point};
    }
    treatment = Treatment::kName;
  }
  if (treatment == Treatment::kKeep && IsMark(code_point)) return NextMark(code_point);

  marks_ = 0;
  is_joinable_ = treatment == Treatment::kKeep && code_point >= kFirstJoiningCodePoint &&
                 CategoryOf(code_point) != UTF8PROC_CATEGORY_ZS;
  return {treatment, code_point};
}

Step Scanner::NextMark(char32_t code_point) {
  if (marks_ == kMaxMarksInARow) {
    ++marks_;
    is_joinable_ = false;
    return {Treatment::kNoteMarks, code_point};
  }
  if (marks_ > kMaxMarksInARow) return {Treatment::kDrop, code_point};
  ++marks_;
  if (!IsVariationSelector(code_point)) is_joinable_ = code_point >= kFirstJoiningCodePoint;
  return {Treatment::kKeep, code_point};
}

// A joiner has just been passed. What follows must be kept as it is: a joiner that is let through
// for the sake of a character that is then taken out would join nothing.
bool Scanner::JoinsWhatFollows() const {
  const Decoded next = DecodeFirst(text_.substr(offset_));
  const char32_t code_point = next.code_point;
  if (next.verdict != Utf8::kValid || code_point < kFirstJoiningCodePoint) return false;
  if (TreatmentAlone(code_point) != Treatment::kKeep) return false;
  if (IsJoiner(code_point) || IsVariationSelector(code_point)) return false;
  if (IsMark(code_point)) return marks_ < kMaxMarksInARow;
  return CategoryOf(code_point) != UTF8PROC_CATEGORY_ZS;
}

void AppendShown(Step step, std::string* shown) {
  switch (step.treatment) {
    case Treatment::kKeep:
    case Treatment::kDrop:
      break;
    case Treatment::kPicture:
      AppendUtf8(step.code_point == 0x7F ? 0x2421 : 0x2400 + step.code_point, shown);
      break;
    case Treatment::kName:
      absl::StrAppendFormat(shown, "<U+%04X>", static_cast<uint32_t>(step.code_point));
      break;
    case Treatment::kReplace:
      AppendUtf8(kReplacementCharacter, shown);
      break;
    case Treatment::kNoteMarks:
      shown->append("<marks>");
      break;
  }
}

}  // namespace

bool IsClean(absl::string_view text) {
  Scanner scanner(text);
  while (!scanner.Done()) {
    if (scanner.Next().treatment != Treatment::kKeep) return false;
  }
  return true;
}

std::string Sanitise(absl::string_view text) {
  Scanner scanner(text);
  std::string shown;
  size_t kept_from = 0;
  while (!scanner.Done()) {
    const size_t at = scanner.Offset();
    const Step step = scanner.Next();
    if (step.treatment == Treatment::kKeep) continue;
    shown.append(text.data() + kept_from, at - kept_from);
    AppendShown(step, &shown);
    kept_from = scanner.Offset();
  }
  shown.append(text.data() + kept_from, text.size() - kept_from);
  return shown;
}

std::string SanitiseLines(absl::string_view text) {
  std::string safe;
  for (size_t lines = 1;; ++lines) {
    const size_t end = lines < kMaxLinesOfAText ? text.find('\n') : absl::string_view::npos;
    safe += Sanitise(text.substr(0, end));
    if (end == absl::string_view::npos) return safe;
    safe += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string Excerpt(absl::string_view text, int columns) {
  constexpr size_t kBytesPerColumn = 16;  // a letter with seven marks; more is cut early
  const absl::string_view head =
      TruncateToBytes(text, kBytesPerColumn * static_cast<size_t>(std::max(columns, 0)));
  std::string shown = Sanitise(head);
  if (head.size() == text.size() && DisplayWidth(shown) <= columns) return shown;
  shown.resize(TruncateToColumns(shown, columns - 1).size());
  return columns > 0 ? shown + "…" : shown;
}

}  // namespace parley::chat
