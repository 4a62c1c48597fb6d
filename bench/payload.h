#ifndef BENCH_PAYLOAD_H_
#define BENCH_PAYLOAD_H_

// The text of a measured line: which publisher said it, the how-manieth of his it is, and when it
// was due, in printable ASCII at fixed places so that a receiver reads it in a few nanoseconds.
//
//   #~PPPPPP SSSSSSSS TTTTTTTT ....      (without the spaces)
//
// `#~` begins it; P, S and T are numbers of 36, 48 and 48 bits, six bits in each character, lowest
// first, as '0' + value ('0'..'o'); then dots up to the wanted size. Neither '#' nor '~' is in that
// alphabet, so the two together can only be the beginning. T is the low 48 bits of CLOCK_MONOTONIC
// in ns (78 hours), and a difference of two such times is taken in 48 bits.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"

namespace parley::bench {

static_assert(std::endian::native == std::endian::little, "the payload is read as whole words");

inline constexpr size_t kPayloadHeaderSize = 24;
inline constexpr absl::string_view kPayloadMarker = "#~";

struct PayloadHeader {
  uint32_t publisher = 0;
  uint64_t sequence = 0;
  uint64_t scheduled = 0;  // low 48 bits
};

// Appends a payload of exactly `size` characters, at least kPayloadHeaderSize.
void AppendPayload(const PayloadHeader& header, size_t size, std::string* out);

namespace payload_internal {

inline constexpr uint64_t kLow48Bits = (uint64_t{1} << 48) - 1;

inline uint64_t LoadWord(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

// Packs the low six bits of each of eight bytes into 48 bits.
inline uint64_t Pack(uint64_t sixes) {
  sixes = (sixes & 0x003f003f003f003f) | ((sixes & 0x3f003f003f003f00) >> 2);
  sixes = (sixes & 0x00000fff00000fff) | ((sixes & 0x0fff00000fff0000) >> 4);
  return (sixes & 0x0000000000ffffff) | ((sixes & 0x00ffffff00000000) >> 8);
}

}  // namespace payload_internal

// Whether a payload begins at `at`, where at least two bytes stand.
inline bool StartsPayload(const char* at) {
  uint16_t begin = 0;
  std::memcpy(&begin, at, sizeof(begin));
  return begin == ('#' | '~' << 8);
}

// Reads the payload of `size` characters at `at`. False when any character is not what
// AppendPayload would have written.
inline bool ReadPayload(const char* at, size_t size, PayloadHeader* header) {
  using payload_internal::LoadWord;
  constexpr uint64_t kZeros = 0x3030303030303030;
  constexpr uint64_t kNotSixBits = 0xc0c0c0c0c0c0c0c0;
  constexpr uint64_t kDots = 0x2e2e2e2e2e2e2e2e;

  // The marker's two bytes become zeros, so that the first word is read like the others.
  const uint64_t publisher = (LoadWord(at) ^ uint64_t{'#' | '~' << 8}) + (uint64_t{'0'} * 0x0101);
  const uint64_t who = publisher - kZeros;
  const uint64_t sequence = LoadWord(at + 8) - kZeros;
  const uint64_t scheduled = LoadWord(at + 16) - kZeros;

  uint64_t wrong = ((who | sequence | scheduled) & kNotSixBits) | (who & 0xffff);
  size_t offset = kPayloadHeaderSize;
  for (; offset + 8 <= size; offset += 8) wrong |= LoadWord(at + offset) ^ kDots;
  if (offset < size) {
    // The last word overlaps what has been looked at; shorter fillers are looked at by character.
    if (size >= kPayloadHeaderSize + 8) {
      wrong |= LoadWord(at + size - 8) ^ kDots;
    } else {
      for (; offset < size; ++offset) wrong |= static_cast<uint64_t>(at[offset] ^ '.');
    }
  }
  header->publisher = static_cast<uint32_t>(payload_internal::Pack(who) >> 12);
  header->sequence = payload_internal::Pack(sequence);
  header->scheduled = payload_internal::Pack(scheduled);
  return wrong == 0;
}

// Nanoseconds from the time in a payload to `now` (CLOCK_MONOTONIC).
inline int64_t ElapsedSince(uint64_t scheduled, int64_t now) {
  return static_cast<int64_t>((static_cast<uint64_t>(now) - scheduled) &
                              payload_internal::kLow48Bits);
}

}  // namespace parley::bench

#endif  // BENCH_PAYLOAD_H_
