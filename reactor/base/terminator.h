#ifndef REACTOR_BASE_TERMINATOR_H_
#define REACTOR_BASE_TERMINATOR_H_

// Finds where messages end in a stream that arrives in arbitrary pieces: at a string of any length,
// after a count of bytes, or never. This is asynchat's set_terminator without its buffer: what could be
// the beginning of the terminator at the end of a piece is remembered as a length, not as bytes.
//
//   Terminator terminator = Terminator::String("\r\n");
//   while (!input.empty()) {
//     Terminator::Step step = terminator.Next(input);
//     Collect(step.held_back); Collect(input.first(step.collect));
//     input = input.subspan(step.consumed);
//     if (step.found) ...    // the terminator may be replaced here
//   }
//
// Cost: one pass with memchr for the first byte; a partial match that fails falls back by the
// terminator's own borders (Knuth, Morris, Pratt 1977), so no input makes it quadratic.
// Not thread-safe. Units: bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "reactor/base/bytes.h"

namespace parley {

class Terminator {
 public:
  // Nothing is ever found; every byte is collected. A count of 0 and an empty string mean the same.
  static Terminator None() { return Terminator(); }
  static Terminator String(absl::string_view text);
  static Terminator Count(uint64_t bytes);

  struct Step {
    ByteSpan held_back;   // bytes of earlier pieces that turned out not to end the message; collect first
    size_t collect = 0;   // then this many bytes from the front of the input belong to the message
    size_t consumed = 0;  // and this many are done with (collect + what matches the terminator so far)
    bool found = false;   // whether the message ends here
  };
  // Looks at `input` up to the first end of a message. `held_back` points into this object.
  Step Next(ByteSpan input);

  // Bytes of the terminator seen at the end of the last piece (asynchat's find_prefix_at_end).
  size_t matched() const { return matched_; }
  bool is_none() const { return text_.empty() && remaining_ == 0; }

 private:
  Terminator() = default;
  Step NextCounted(ByteSpan input);
  Step NextString(ByteSpan input);

  std::string text_;
  std::vector<uint32_t> borders_;  // borders_[i]: longest proper border of the first i+1 bytes
  size_t matched_ = 0;
  uint64_t remaining_ = 0;  // of a count; 0 when there is none
};

}  // namespace parley

#endif  // REACTOR_BASE_TERMINATOR_H_
