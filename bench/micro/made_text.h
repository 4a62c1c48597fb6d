#ifndef BENCH_MICRO_MADE_TEXT_H_
#define BENCH_MICRO_MADE_TEXT_H_

// What the micro-benchmarks read: text that is the same in every run.

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace parley::bench {

inline constexpr size_t kReadBytes = size_t{64} * 1024;  // of one read of the reactor

// Letters and spaces; no line end and no other control character.
std::string MakeText(size_t bytes);
// Lines of `line_bytes`, their end included, until `bytes` are full; the last may have no end.
std::string MakeLines(size_t bytes, size_t line_bytes, absl::string_view end);

}  // namespace parley::bench

#endif  // BENCH_MICRO_MADE_TEXT_H_
