#ifndef TESTS_CHAT_FRAMES_H_
#define TESTS_CHAT_FRAMES_H_

// Frames as original 4's clients write them (chat/transport/length_prefix_framing.h), made without
// the code that is under test. Lengths are less than 2^32.

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "chat/transport/framing.h"

namespace parley::chat {

inline constexpr LengthPrefix kLengthPrefixes[] = {
    LengthPrefix::kBigEndian4, LengthPrefix::kBigEndian4Zeros4, LengthPrefix::kBigEndian8};

inline std::string PrefixOf(LengthPrefix prefix, uint64_t length) {
  std::string four;
  for (int shift = 24; shift >= 0; shift -= 8) four += static_cast<char>(length >> shift);
  const std::string zeros(4, '\0');
  switch (prefix) {
    case LengthPrefix::kBigEndian4:
      return four;
    case LengthPrefix::kBigEndian4Zeros4:
      return four + zeros;
    case LengthPrefix::kBigEndian8:
      return zeros + four;
  }
  return "";
}

inline std::string FrameOf(absl::string_view payload,
                           LengthPrefix prefix = LengthPrefix::kBigEndian4Zeros4) {
  return absl::StrCat(PrefixOf(prefix, payload.size()), payload);
}

}  // namespace parley::chat

#endif  // TESTS_CHAT_FRAMES_H_
