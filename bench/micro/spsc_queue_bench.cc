// Messages from one thread to another, beside a vector behind a mutex. Both threads run all the
// time, so nobody is woken: the price of handing over is what is measured.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "reactor/loop/spsc_queue.h"

namespace parley::bench {
namespace {

struct Message {
  uint64_t number = 0;
  uint64_t text[3] = {};
};

constexpr size_t kBatch = 256;  // messages of one turn

class LockedVector {
 public:
  bool Push(const Message& message) {
    const std::lock_guard<std::mutex> lock(mutex_);
    messages_.push_back(message);
    return messages_.size() == 1;
  }
  template <typename Take>
  size_t TakeAll(Take take) {
    std::vector<Message> taken;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      taken.swap(messages_);
    }
    for (Message& message : taken) take(message);
    return taken.size();
  }

 private:
  std::mutex mutex_;
  std::vector<Message> messages_;
};

// The first thread writes, the second reads; an iteration is over when each has done with a batch.
template <typename Queue>
void TwoThreads(benchmark::State& state) {
  static Queue queue;
  uint64_t written = 0;
  uint64_t taken = 0;
  uint64_t sum = 0;
  for (auto _ : state) {
    written += kBatch;
    if (state.thread_index() == 0) {
      for (size_t i = 0; i < kBatch; ++i) queue.Push({i, {}});
    } else {
      while (taken < written) {
        const size_t now = queue.TakeAll([&](Message& message) { sum += message.number; });
        if (now == 0) std::this_thread::yield();
        taken += now;
      }
    }
  }
  benchmark::DoNotOptimize(sum);
  if (state.thread_index() == 0) {
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kBatch));
  }
}
BENCHMARK(TwoThreads<SpscQueue<Message>>)->Threads(2)->UseRealTime();
BENCHMARK(TwoThreads<LockedVector>)->Threads(2)->UseRealTime();

// One thread that writes a batch and reads it: what the instructions cost without the way between
// cores.
template <typename Queue>
void OneThread(benchmark::State& state) {
  Queue queue;
  uint64_t sum = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < kBatch; ++i) queue.Push({i, {}});
    queue.TakeAll([&](Message& message) { sum += message.number; });
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kBatch));
}
BENCHMARK(OneThread<SpscQueue<Message>>);
BENCHMARK(OneThread<LockedVector>);

}  // namespace
}  // namespace parley::bench
