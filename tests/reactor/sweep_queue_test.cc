#include "reactor/loop/sweep_queue.h"

#include <gtest/gtest.h>

#include <array>

namespace parley {
namespace {

TEST(SweepQueue, GivesBackInTheOrderOfAdding) {
  std::array<SweepLink, 3> links;
  SweepQueue queue;
  for (SweepLink& link : links) queue.Add(link);
  for (SweepLink& link : links) EXPECT_EQ(&queue.TakeFirst(), &link);
  EXPECT_TRUE(queue.empty());
}

TEST(SweepQueue, WhoIsTakenMayBeAddedBehindTheOthers) {
  std::array<SweepLink, 2> links;
  SweepQueue queue;
  for (SweepLink& link : links) queue.Add(link);
  queue.Add(queue.TakeFirst());
  EXPECT_EQ(&queue.TakeFirst(), &links[1]);
  EXPECT_EQ(&queue.TakeFirst(), &links[0]);
  EXPECT_TRUE(queue.empty());
}

TEST(SweepQueue, LeavesOutWhoIsUnlinked) {
  for (size_t unlinked = 0; unlinked < 3; ++unlinked) {
    std::array<SweepLink, 3> links;
    SweepQueue queue;
    for (SweepLink& link : links) queue.Add(link);
    links[unlinked].Unlink();
    links[unlinked].Unlink();  // is in no queue: nothing happens
    EXPECT_FALSE(links[unlinked].is_queued());
    for (size_t i = 0; i < 3; ++i) {
      if (i != unlinked) {
        EXPECT_EQ(&queue.TakeFirst(), &links[i]);
      }
    }
    EXPECT_TRUE(queue.empty());
  }
}

}  // namespace
}  // namespace parley
