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

}  // namespace parley::bench

#endif  // BENCH_PROTOCOLS_LINE_FRAME_H_
