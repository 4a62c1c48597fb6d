#ifndef REACTOR_BASE_BYTES_H_
#define REACTOR_BASE_BYTES_H_

// Bytes travel as std::span<const std::byte>; text as absl::string_view. These are the two bridges.

#include <cstddef>
#include <span>

#include "absl/strings/string_view.h"

namespace parley {

using ByteSpan = std::span<const std::byte>;

inline ByteSpan AsBytes(absl::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline absl::string_view AsText(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace parley

#endif  // REACTOR_BASE_BYTES_H_
