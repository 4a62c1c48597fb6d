#include "reactor/base/ring_buffer.h"

#include <gtest/gtest.h>

#include <string>

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

}  // namespace
}  // namespace parley
