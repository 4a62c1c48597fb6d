#include "bench/payload.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace parley::bench {
namespace {

constexpr uint64_t kLow48Bits = (uint64_t{1} << 48) - 1;

std::string Payload(const PayloadHeader& header, size_t size) {
  std::string payload;
  AppendPayload(header, size, &payload);
  return payload;
}

TEST(PayloadTest, ReadsBackWhatWasWritten) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 10'000; ++i) {
    const PayloadHeader written = {.publisher = static_cast<uint32_t>(random()),
                                   .sequence = random() & kLow48Bits,
                                   .scheduled = random() & kLow48Bits};
    const size_t size = kPayloadHeaderSize + random() % 60;
    const std::string payload = Payload(written, size);
    ASSERT_EQ(payload.size(), size);
    PayloadHeader read;
    ASSERT_TRUE(ReadPayload(payload.data(), size, &read)) << payload;
    ASSERT_EQ(read.publisher, written.publisher);
    ASSERT_EQ(read.sequence, written.sequence);
    ASSERT_EQ(read.scheduled, written.scheduled);
  }
}

TEST(PayloadTest, KeepsTheLow48BitsOfATime) {
  const int64_t due = (int64_t{5} << 48) + 12345;
  PayloadHeader header;
  const std::string payload = Payload({.scheduled = static_cast<uint64_t>(due)}, 24);
  ASSERT_TRUE(ReadPayload(payload.data(), payload.size(), &header));
  EXPECT_EQ(ElapsedSince(header.scheduled, due + 777), 777);
}

TEST(PayloadTest, ElapsedTimeIsRightWhenTheClockPasses48Bits) {
  const uint64_t due = kLow48Bits - 10;
  EXPECT_EQ(ElapsedSince(due, static_cast<int64_t>(kLow48Bits) + 90), 100);
}

TEST(PayloadTest, IsOfPrintableCharactersAndTheMarkerBeginsItOnly) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 1000; ++i) {
    const std::string payload = Payload({.publisher = static_cast<uint32_t>(random()),
                                         .sequence = random() & kLow48Bits,
                                         .scheduled = random() & kLow48Bits},
                                        54);
    ASSERT_EQ(payload.find("#~"), 0u);
    ASSERT_EQ(payload.find_first_of("#~", 2), std::string::npos);
    for (const char c : payload) ASSERT_TRUE(c > ' ' && c < 127);
  }
}

// Every bit of every byte, for sizes with whole words, overlapping words and single bytes at the
// end. A changed character inside a number is another number: that is the sequence check's to find.
TEST(PayloadTest, AnyDamageThatLeavesTheAlphabetIsNoticed) {
  for (const size_t size : {24, 27, 32, 41, 54, 64}) {
    const std::string payload =
        Payload({.publisher = 3, .sequence = 99, .scheduled = 1234567}, size);
    for (size_t i = 0; i < size; ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = payload;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
        const bool is_number = i >= 2 && i < kPayloadHeaderSize;
        if (is_number && damaged[i] >= '0' && damaged[i] <= 'o') continue;
        PayloadHeader header;
        EXPECT_FALSE(ReadPayload(damaged.data(), size, &header)) << size << " " << i << " " << bit;
      }
    }
  }
}

}  // namespace
}  // namespace parley::bench
