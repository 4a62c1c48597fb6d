#include "reactor/loop/spsc_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace parley {
namespace {

constexpr int kSeveralChunks = 1000;

TEST(SpscQueue, GivesMessagesInOrderAndWakesOncePerBatch) {
  SpscQueue<int> queue;
  int wakes = 0;
  for (int i = 0; i < kSeveralChunks; ++i) wakes += queue.Push(i) ? 1 : 0;
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(queue.depth(), static_cast<size_t>(kSeveralChunks));
  std::vector<int> taken;
  EXPECT_EQ(queue.TakeAll([&](int& message) { taken.push_back(message); }),
            static_cast<size_t>(kSeveralChunks));
  ASSERT_EQ(taken.size(), static_cast<size_t>(kSeveralChunks));
  for (int i = 0; i < kSeveralChunks; ++i) EXPECT_EQ(taken[static_cast<size_t>(i)], i);
  EXPECT_EQ(queue.depth(), 0u);
  EXPECT_EQ(queue.TakeAll([](int&) { FAIL() << "nothing is there"; }), 0u);
}

// A writer that answers every message at once must not keep the reader for ever (F19's kind).
TEST(SpscQueue, WhatIsPushedMeanwhileIsLeftForTheNextLook) {
  SpscQueue<int> queue;
  queue.Push(0);
  queue.Push(1);
  int wakes = 0;
  int taken = 0;
  const auto take = [&](int& message) {
    EXPECT_EQ(message, taken);
    ++taken;
    if (taken < kSeveralChunks) wakes += queue.Push(message + 2) ? 1 : 0;
  };
  EXPECT_EQ(queue.TakeAll(take), 2u);
  EXPECT_EQ(wakes, 1) << "the reader is woken for what it has left";
  EXPECT_EQ(queue.depth(), 2u);
  EXPECT_EQ(queue.TakeAll(take), 2u);
  EXPECT_EQ(taken, 4);
}

// The reader's thread sleeps for good when one wake-up is missing.
TEST(SpscQueue, NoMessageIsMissedBetweenTwoThreads) {
  constexpr int kMessages = 200000;
  SpscQueue<int> queue;
  std::atomic<int> wakes{0};
  std::thread writer([&] {
    for (int i = 0; i < kMessages; ++i) {
      if (!queue.Push(i)) continue;
      wakes.fetch_add(1);
      wakes.notify_one();
    }
  });
  int expected = 0;
  for (int seen = 0; expected < kMessages;) {
    wakes.wait(seen);
    seen = wakes.load();
    queue.TakeAll([&](int& message) {
      EXPECT_EQ(message, expected);
      ++expected;
    });
  }
  writer.join();
  EXPECT_EQ(expected, kMessages);
}

}  // namespace
}  // namespace parley
