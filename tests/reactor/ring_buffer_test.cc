#include "reactor/base/ring_buffer.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/reactor/random.h"

namespace parley {
namespace {

TEST(RingBuffer, OwnsNoMemoryWhileEmpty) {
  RingBuffer ring;
  EXPECT_EQ(ring.capacity(), 0u);
  ring.Append(AsBytes("unfinished"));
  EXPECT_GT(ring.capacity(), 0u);
  ring.Consume(ring.size());
  EXPECT_EQ(ring.capacity(), 0u);
}

TEST(RingBuffer, AppendingNothingTakesNoMemory) {
  RingBuffer ring;
  ring.Append({});
  EXPECT_EQ(ring.capacity(), 0u);
  EXPECT_TRUE(ring.Front().empty());
  EXPECT_TRUE(ring.Contiguous().empty());
}

TEST(RingBuffer, GivesBackWhatWasAppendedAcrossTheWrap) {
  RingBuffer ring;
  ring.Append(AsBytes(std::string(200, 'a')));
  ring.Consume(150);
  ring.Append(AsBytes(std::string(100, 'b')));  // wraps in a block of 256
  EXPECT_LT(ring.Front().size(), ring.size());
  EXPECT_EQ(ring.Copy(), std::string(50, 'a') + std::string(100, 'b'));
  EXPECT_EQ(AsText(ring.Contiguous()), std::string(50, 'a') + std::string(100, 'b'));
}

TEST(RingBuffer, MovingLeavesTheSourceEmpty) {
  RingBuffer ring;
  ring.Append(AsBytes("text"));
  RingBuffer moved = std::move(ring);
  EXPECT_EQ(AsText(moved.Contiguous()), "text");
  EXPECT_TRUE(ring.empty());  // NOLINT(bugprone-use-after-move): the promise under test
}

TEST(RingBuffer, BehavesLikeAStringOverRandomOperations) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    RingBuffer ring;
    std::string model;
    for (int step = 0; step < 200; ++step) {
      if (random.Percent(55)) {
        const std::string text = random.Text(random.Below(300), "abcdefgh");
        ring.Append(AsBytes(text));
        model += text;
      } else {
        const size_t count = random.Index(model.size() + 1);
        ring.Consume(count);
        model.erase(0, count);
      }
      ASSERT_EQ(ring.size(), model.size());
      ASSERT_EQ(ring.empty(), model.empty());
      ASSERT_EQ(AsText(ring.Front()), model.substr(0, ring.Front().size()));
      if (random.Percent(30)) {
        ASSERT_EQ(AsText(ring.Contiguous()), model);
      }
    }
  }
}

TEST(RingBufferDeathTest, ConsumingMoreThanThereIsStopsTheProcess) {
  RingBuffer ring;
  ring.Append(AsBytes("four"));
  EXPECT_DEATH(ring.Consume(5), "invariant does not hold");
}

}  // namespace
}  // namespace parley
