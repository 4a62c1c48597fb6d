#include "chat/text/suggest.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

#include "absl/strings/ascii.h"

namespace parley::chat {
namespace {

constexpr size_t kMaxTypedBytes = 32;
constexpr size_t kMaxMistypings = 2;
constexpr size_t kMaxMistypingsInShortWord = 1;
constexpr size_t kShortWord = 3;

bool SameLetter(char a, char b) { return absl::ascii_tolower(a) == absl::ascii_tolower(b); }

// `typed` has at most kMaxTypedBytes.
size_t CountMistypings(absl::string_view typed, absl::string_view word) {
  // Row i holds the distances from the first i letters of `word` to each beginning of `typed`.
  using Row = std::array<size_t, kMaxTypedBytes + 1>;
  Row before_last = {};
  Row last = {};
  Row current = {};
  std::iota(current.begin(), current.end(), size_t{0});
  for (size_t i = 1; i <= word.size(); ++i) {
    before_last = last;
    last = current;
    current[0] = i;
    for (size_t j = 1; j <= typed.size(); ++j) {
      const size_t changed = last[j - 1] + (SameLetter(word[i - 1], typed[j - 1]) ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, changed});
      const bool is_swapped = i > 1 && j > 1 && SameLetter(word[i - 1], typed[j - 2]) &&
                              SameLetter(word[i - 2], typed[j - 1]);
      if (is_swapped) current[j] = std::min(current[j], before_last[j - 2] + 1);
    }
  }
  return current[typed.size()];
}

}  // namespace

std::optional<absl::string_view> ClosestWord(absl::string_view typed,
                                             std::span<const absl::string_view> known) {
  if (typed.empty() || typed.size() > kMaxTypedBytes) return std::nullopt;
  std::optional<absl::string_view> closest;
  size_t fewest = kMaxMistypings + 1;
  for (const absl::string_view word : known) {
    const auto [shorter, longer] = std::minmax({typed.size(), word.size()});
    const size_t limit = shorter <= kShortWord ? kMaxMistypingsInShortWord : kMaxMistypings;
    if (longer - shorter > limit) continue;
    const size_t mistypings = CountMistypings(typed, word);
    if (mistypings > limit || mistypings >= longer || mistypings >= fewest) continue;
    closest = word;
    fewest = mistypings;
  }
  return closest;
}

}  // namespace parley::chat
