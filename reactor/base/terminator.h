#ifndef REACTOR_BASE_TERMINATOR_H_
#define REACTOR_BASE_TERMINATOR_H_

// Finds where messages end in a stream that arrives in arbitrary pieces: at a string of any length,
// after a count of bytes, or never. This is asynchat's set_terminator without its buffer: what
// could be the beginning of the terminator at the end of a piece is remembered as a length, not as
// bytes.
//
//   Terminator terminator = Terminator::String("\r\n");
//   while (!input.empty()) {
//     const Terminator::Step step = terminator.Next(input);
//     Collect(step.held_back); Collect(input.first(step.collect));
//     input = input.subspan(step.consumed);
//     if (step.found) ...
//   }
//
// terminator_parser.h is that loop for a terminator that is replaced on the way.
//
// Cost: one pass with memchr for the first byte, and nothing else where that is the only one; a
// partial match that fails falls back by the terminator's own borders (Knuth, Morris, Pratt 1977),
// so no input makes it quadratic. 16 bytes; a terminator of more than kShortBytes owns a block of
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
  // Nothing is ever found; every byte is collected. An empty string means the same, and so does a
  // count that has been met.
  static Terminator None() { return Terminator(); }
  static Terminator String(absl::string_view text);
  // More than kMostCounted (72 petabytes) are counted as so many. Of 0 bytes an empty message is
  // found at once, before any input.
  static Terminator Count(uint64_t bytes);
  static constexpr uint64_t kMostCounted = (uint64_t{1} << 56) - 1;

  Terminator(Terminator&& other) noexcept;
  Terminator& operator=(Terminator&& other) noexcept;
  ~Terminator();

  // A step either releases bytes of earlier pieces that turned out to belong to the message, or
  // takes bytes of the input. What is matched() after it is all that is undecided.
  struct Step {
    ByteSpan held_back;   // released; points into this object. If not empty, `collect` is 0
    size_t collect = 0;   // so many bytes from the front of the input belong to the message
    size_t consumed = 0;  // and so many are done with: `collect` and what matches behind them
    bool found = false;   // whether the message ends here
  };
  // Looks at `input` up to the first end of a message. Makes progress unless `input` is empty and
  // is_empty_count() false.
  Step Next(ByteSpan input) { return size_ == 1 ? NextByte(input) : NextOther(input); }

  // Bytes of the terminator seen at the end of the last piece (asynchat's find_prefix_at_end).
  size_t matched() const { return is_string() ? progress_ : 0; }
  // Those bytes themselves.
  absl::string_view Held() const { return text().substr(0, matched()); }
  // Drops them: the next input is looked at as if nothing had come before. A count goes on
  // counting.
  void Forget() {
    if (is_string()) progress_ = 0;
  }
  // Bytes of a count that have not come yet.
  uint64_t remaining() const { return is_string() ? 0 : progress_; }
  bool is_none() const { return size_ == 0 && progress_ == 0; }
  // A count of 0 bytes, whose message is to be found yet.
  bool is_empty_count() const { return size_ == kEmptyCount; }
  // The string; empty for a count and for none.
  absl::string_view text() const;

 private:
  static constexpr size_t kShortBytes = 8;
  static constexpr uint8_t kLong = 255;        // size_ of a text that long_ owns
  static constexpr uint8_t kEmptyCount = 254;  // size_ of a count of 0
  struct LongText;

  Terminator() : short_text_{}, progress_(0), size_(0) {}
  bool is_string() const { return size_ != 0 && size_ != kEmptyCount; }
  // The longest proper border of the terminator's first `length` bytes.
  size_t Border(size_t length) const;
  Step NextByte(ByteSpan input) const;
  Step NextOther(ByteSpan input);
  Step NextCounted(ByteSpan input);
  Step NextString(ByteSpan input);
  Step Release(size_t held, size_t position, size_t match);
  void SetProgress(uint64_t progress) { progress_ = progress & kMostCounted; }

  union {
    std::array<char, kShortBytes> short_text_;
    std::unique_ptr<LongText> long_;  // when size_ is kLong
  };
  uint64_t progress_ : 56;  // of a string: bytes matched; of a count: bytes that remain
  uint64_t size_ : 8;       // of the string; kEmptyCount; 0 for another count and for none
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
