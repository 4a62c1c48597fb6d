#ifndef CHAT_TEXT_UTF8_H_
#define CHAT_TEXT_UTF8_H_

// UTF-8 as it comes from the network, read without trusting it, and measured as a terminal shows
// it.
//
//   for (const Decoded& decoded : CodePoints(line)) Use(decoded.code_point);
//   absl::string_view title = TruncateToColumns(topic, 60);
//
// Every byte string can be walked: what is not UTF-8 is reported in pieces, each the longest
// beginning of a sequence that could have become valid ("maximal subpart", The Unicode Standard,
// section 3.9, and the WHATWG encoding standard), and each counts as one U+FFFD. Overlong forms,
// surrogates and values above U+10FFFF are not UTF-8.
//
// Ownership: views in, views of the same bytes out; nothing is allocated but by AppendUtf8. Thread:
// any. Units: bytes for sizes, terminal columns for widths. Errors: none; every input has an
// answer.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/strings/string_view.h"

namespace parley::chat {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

enum class Utf8 : uint8_t {
  kValid,
  kIncomplete,  // ends inside a sequence that more bytes could complete
  kInvalid,     // no further bytes can make it valid
};

struct Decoded {
  char32_t code_point = kReplacementCharacter;  // U+FFFD unless `verdict` is kValid
  size_t size = 0;                              // bytes consumed: 0 only at the end of the text
  Utf8 verdict = Utf8::kIncomplete;
};

// The first code point of `text`. Of an empty text: size 0, kIncomplete.
Decoded DecodeFirst(absl::string_view text);

// kIncomplete only when everything is valid up to an unfinished sequence at the very end.
Utf8 Validate(absl::string_view text);

// `code_point` is at most U+10FFFF and not a surrogate; anything else is written as U+FFFD.
void AppendUtf8(char32_t code_point, std::string* text);

// The code points of a text, as a range for `for`. The text must outlive the range.
class CodePoints {
 public:
  class Iterator {
   public:
    explicit Iterator(absl::string_view rest) : rest_(rest), current_(DecodeFirst(rest)) {}
    const Decoded& operator*() const { return current_; }
    Iterator& operator++() {
      rest_.remove_prefix(current_.size);
      current_ = DecodeFirst(rest_);
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return rest_.empty(); }

   private:
    absl::string_view rest_;
    Decoded current_;
  };

  explicit CodePoints(absl::string_view text) : text_(text) {}
  Iterator begin() const { return Iterator(text_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  absl::string_view text_;
};

// What a sentence has to know of a code point before it shows it: by itself a mark sits on the
// quote, and a space cannot be seen.
enum class CharacterKind : uint8_t { kMark, kSpace, kOther };
CharacterKind KindOf(char32_t code_point);

// How many columns a terminal needs for `text`: 2 for East Asian wide characters and most emoji, 0
// for combining marks, joiners and control characters, 1 for the rest. A TAB counts 8, the most
// that it can take, so that a text which was found to fit does fit.
int DisplayWidth(absl::string_view text);

// The first extended grapheme cluster (Unicode Standard Annex 29), which is what a person calls a
// character: a letter with its marks, an emoji with its modifiers. Empty only for an empty text.
absl::string_view FirstGrapheme(absl::string_view text);

// The longest prefix of whole grapheme clusters that is at most so wide, or has at most so many
// bytes.
absl::string_view TruncateToColumns(absl::string_view text, int columns);
absl::string_view TruncateToBytes(absl::string_view text, size_t bytes);

}  // namespace parley::chat

#endif  // CHAT_TEXT_UTF8_H_
