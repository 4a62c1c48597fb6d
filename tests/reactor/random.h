#ifndef TESTS_REACTOR_RANDOM_H_
#define TESTS_REACTOR_RANDOM_H_

// A small seeded generator whose numbers are the same on every platform and compiler, unlike those
// of <random>'s distributions, so that a seed printed on one machine replays on another. The
// generator is SplitMix64 (Steele, Lea and Flood 2014).

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

namespace parley {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
  }
  // 0 <= result < bound; 0 for a bound of 0.
  uint64_t Below(uint64_t bound) { return bound == 0 ? 0 : Next() % bound; }
  size_t Index(size_t size) { return static_cast<size_t>(Below(size)); }
  // low <= result <= high.
  uint64_t Between(uint64_t low, uint64_t high) { return low + Below(high - low + 1); }
  // True `times` in a hundred.
  bool Percent(uint64_t times) { return Below(100) < times; }

  // `size` characters, each one of `alphabet`.
  std::string Text(size_t size, absl::string_view alphabet) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text.push_back(alphabet[Index(alphabet.size())]);
    return text;
  }

 private:
  uint64_t state_;
};

// The number in an environment variable, or `otherwise` when it is not set.
inline uint64_t NumberFromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace parley

#endif  // TESTS_REACTOR_RANDOM_H_
