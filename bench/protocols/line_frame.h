#ifndef BENCH_PROTOCOLS_LINE_FRAME_H_
#define BENCH_PROTOCOLS_LINE_FRAME_H_

// What the protocols whose frames are lines have in common.

#include <cstddef>
#include <cstring>

#include "absl/strings/string_view.h"
#include "bench/protocol.h"

namespace parley::bench {

inline size_t LineFrameSize(absl::string_view bytes) {
  const void* end = std::memchr(bytes.data(), '\n', bytes.size());
  if (end == nullptr) return Protocol::kUnfinished;
  return static_cast<size_t>(static_cast<const char*>(end) - bytes.data()) + 1;
}

// The size of the text in a line of `line_bytes` that begins with who speaks, "p00001: ", and ends
// with `end_bytes`; 0 when there is no place for any.
inline size_t TextSizeBehindName(size_t line_bytes, size_t end_bytes) {
  constexpr size_t kName = sizeof("p00001: ") - 1;
  const size_t around = kName + end_bytes;
  return line_bytes < around ? 0 : line_bytes - around;
}

}  // namespace parley::bench

#endif  // BENCH_PROTOCOLS_LINE_FRAME_H_
