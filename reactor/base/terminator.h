#ifndef REACTOR_BASE_TERMINATOR_H_
#define REACTOR_BASE_TERMINATOR_H_

// Finds where messages end in a stream that arrives in arbitrary pieces: at a string of any length,
// after a count of bytes, or never. This is asynchat's set_terminator without its buffer: what
// could be the beginning of the terminator at the end of a piece is remembered as a length, not as
// bytes.
//
//   Terminator terminator = Terminator::String("\r\n");
//   while (!input.empty()) {
//     Terminator::Step step = terminator.Next(input);
//     Collect(step.held_back); Collect(input.first(step.collect));
//     input = input.subspan(step.consumed);
//     if (step.found) ...    // the terminator may be replaced here
//   }
//
// Cost: one pass with memchr for the first byte, and nothing else where that is the only one; a
// partial match that fails falls back by the terminator's own borders (Knuth, Morris, Pratt 1977),
// so no input makes it quadratic. 24 bytes; a terminator of more than kShortBytes owns a block of
// memory. Not thread-safe. Units: bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "absl/strings/string_view.h"
#include "reactor/base/bytes.h"

namespace parley {

class Terminator {
 public:
  // Nothing is ever found; every byte is collected. A count of 0 and an empty string mean the same.
  static Terminator None() { return Terminator(); }
  static Terminator String(absl::string_view text);
  static Terminator Count(uint64_t bytes);

  Terminator(Terminator&& other) noexcept;
  Terminator& operator=(Terminator&& other) noexcept;
  ~Terminator();

  struct Step {
    ByteSpan
        held_back;  // bytes of earlier pieces that turned out not to end the message; collect first
    size_t collect = 0;  // then this many bytes from the front of the input belong to the message
    size_t consumed =
        0;  // and this many are done with (collect + what matches the terminator so far)
    bool found = false;  // whether the message ends here
  };
  // Looks at `input` up to the first end of a message. `held_back` points into this object.
  Step Next(ByteSpan input) { return short_size_ == 1 ? NextByte(input) : NextOther(input); }

  // Bytes of the terminator seen at the end of the last piece (asynchat's find_prefix_at_end).
  size_t matched() const { return is_string() ? progress_ : 0; }
  // Those bytes themselves.
  absl::string_view Held() const { return text().substr(0, matched()); }
  // Drops them: the next input is looked at as if nothing had come before. A count goes on
  // counting.
  void Forget() {
    if (is_string()) progress_ = 0;
  }
  bool is_none() const { return !is_string() && progress_ == 0; }

 private:
  static constexpr size_t kShortBytes = 7;
  struct LongText;

  Terminator();
  bool is_string() const { return short_size_ > 0 || long_ != nullptr; }
  absl::string_view text() const;
  // The longest proper border of the terminator's first `length` bytes.
  size_t Border(size_t length) const;
  Step NextByte(ByteSpan input) const;
  Step NextOther(ByteSpan input);
  Step NextCounted(ByteSpan input);
  Step NextString(ByteSpan input);

  std::unique_ptr<LongText> long_;  // null when the text is short, or there is none
  std::array<char, kShortBytes> short_text_{};
  uint8_t short_size_ = 0;
  uint64_t progress_ = 0;  // of a string: bytes matched; of a count: bytes that remain
};

// The most common terminator by far, with messages so short that a call is felt.
inline Terminator::Step Terminator::NextByte(ByteSpan input) const {
  Step step;
  if (input.empty()) return step;
  const void* end = std::memchr(input.data(), short_text_[0], input.size());
  step.found = end != nullptr;
  step.collect = end == nullptr
                     ? input.size()
                     : static_cast<size_t>(static_cast<const std::byte*>(end) - input.data());
  step.consumed = step.collect + (step.found ? 1 : 0);
  return step;
}

}  // namespace parley

#endif  // REACTOR_BASE_TERMINATOR_H_
