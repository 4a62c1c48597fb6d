#ifndef REACTOR_BASE_HANDLE_H_
#define REACTOR_BASE_HANDLE_H_

// A Handle names a connection or a listener of one reactor: the slot it lives in and the generation
// of that slot. Slots are used again, generations are not, so a handle kept too long names nothing
// and every call that is given one does nothing. Handles are values: copy them, keep them, compare them.

#include <compare>
#include <cstdint>
#include <utility>

namespace parley {

struct Handle {
  uint32_t slot = 0;
  uint32_t generation = 0;  // 0 is never given out: a default Handle names nothing

  explicit operator bool() const { return generation != 0; }
  // NOLINTNEXTLINE(modernize-use-nullptr): the check takes the generated comparison for a 0
  friend auto operator<=>(const Handle&, const Handle&) = default;

  // One word, for the kernel's user data and for hashing.
  uint64_t ToWord() const { return uint64_t{generation} << 32 | slot; }
  static Handle FromWord(uint64_t word) {
    return {static_cast<uint32_t>(word), static_cast<uint32_t>(word >> 32)};
  }

  template <typename H>
  friend H AbslHashValue(H state, const Handle& handle) {
    return H::combine(std::move(state), handle.ToWord());
  }
};

}  // namespace parley

#endif  // REACTOR_BASE_HANDLE_H_
