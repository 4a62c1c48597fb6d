#include "reactor/loop/task_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace parley {
namespace {

TEST(TaskQueue, OnlyTheFirstTaskOfABatchWakes) {
  TaskQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.Post([] {}));
  EXPECT_FALSE(queue.Post([] {}));
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(queue.TakeAll().size(), 2u);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.Post([] {}));
}

TEST(TaskQueue, EveryTaskOfEveryThreadArrivesInItsThreadsOrder) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 5000;
  TaskQueue queue;
  std::atomic<int> wakes{0};
  std::array<std::vector<int>, kThreads> ran;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i) {
        if (queue.Post([&ran, t, i] { ran[t].push_back(i); })) wakes.fetch_add(1);
      }
    });
  }
  // The reader runs only when it was woken, as the reactor does: a lost wake-up would hang here.
  size_t done = 0;
  int seen = 0;
  while (done < size_t{kThreads} * kTasks) {
    if (wakes.load() == seen) {
      std::this_thread::yield();
      continue;
    }
    ++seen;
    for (TaskQueue::Task& task : queue.TakeAll()) {
      task();
      ++done;
    }
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& order : ran) {
    ASSERT_EQ(order.size(), size_t{kTasks});
    for (int i = 0; i < kTasks; ++i) ASSERT_EQ(order[i], i);
  }
}

}  // namespace
}  // namespace parley
