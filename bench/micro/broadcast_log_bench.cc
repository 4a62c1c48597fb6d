// One line to everybody, without a kernel: append it once and sweep the cursors, beside pushing it
// into everybody's queue, and beside a loop that does nothing but move a number in each recipient's
// cache line.

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "bench/micro/made_text.h"
#include "reactor/broadcast/broadcast_log.h"

namespace parley::bench {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kBatch = 64;

// As a connection has it: a cache line of its own.
struct alignas(64) Recipient : Outbox {};

// As if the kernel had taken all that is owed.
void Take(Outbox& outbox) {
  std::array<iovec, 16> vectors;
  const Outbox::Gathered gathered = outbox.Gather(vectors);
  benchmark::DoNotOptimize(vectors);
  outbox.Advance(gathered.bytes);
}

void SweepAll(BroadcastLog& log) {
  while (!log.Sweep(kBatch, Take)) continue;
}

void SetItems(benchmark::State& state, size_t items_each) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * items_each));
}

// ---- append alone; everybody catches up after each 100 lines

void LogAppend(benchmark::State& state) {
  constexpr size_t kLines = 100;
  const std::string line = MakeText(kLine);
  BroadcastLog log;
  std::vector<Recipient> recipients(1);
  recipients[0].Join(log);
  for (auto _ : state) {
    for (size_t i = 0; i < kLines; ++i) log.Append({AsBytes(line)});
    SweepAll(log);
  }
  SetItems(state, kLines);
}
BENCHMARK(LogAppend);

void StdDequeAppend(benchmark::State& state) {
  constexpr size_t kLines = 100;
  const std::string line = MakeText(kLine);
  std::deque<std::string> queue;
  for (auto _ : state) {
    for (size_t i = 0; i < kLines; ++i) queue.push_back(line);
    queue.clear();
  }
  SetItems(state, kLines);
}
BENCHMARK(StdDequeAppend);

// ---- deliveries: so many recipients, so many lines before they are swept

void LogSweep(benchmark::State& state) {
  const auto lines = static_cast<size_t>(state.range(1));
  const std::string line = MakeText(kLine);
  BroadcastLog log;
  std::vector<Recipient> recipients(static_cast<size_t>(state.range(0)));
  for (Recipient& recipient : recipients) recipient.Join(log);
  for (auto _ : state) {
    for (size_t i = 0; i < lines; ++i) log.Append({AsBytes(line)});
    SweepAll(log);
  }
  SetItems(state, recipients.size() * lines);
}
BENCHMARK(LogSweep)->ArgsProduct({{1000, 10000, 100000}, {1, 10}});

void QueueForEach(benchmark::State& state) {
  const auto lines = static_cast<size_t>(state.range(1));
  const std::string line = MakeText(kLine);
  std::vector<std::deque<std::string>> queues(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    for (size_t i = 0; i < lines; ++i) {
      for (std::deque<std::string>& queue : queues) queue.push_back(line);
    }
    for (std::deque<std::string>& queue : queues) {
      for (; !queue.empty(); queue.pop_front()) benchmark::DoNotOptimize(queue.front().data());
    }
  }
  SetItems(state, queues.size() * lines);
}
BENCHMARK(QueueForEach)->ArgsProduct({{1000, 10000, 100000}, {1, 10}});

void CursorLoop(benchmark::State& state) {
  struct alignas(64) Cursor {
    uint64_t at = 0;
  };
  std::vector<Cursor> cursors(static_cast<size_t>(state.range(0)));
  uint64_t head = 0;
  for (auto _ : state) {
    ++head;
    for (Cursor& cursor : cursors) {
      if (cursor.at != head) cursor.at = head;
      benchmark::ClobberMemory();
    }
  }
  SetItems(state, cursors.size());
}
BENCHMARK(CursorLoop)->Arg(1000)->Arg(10000)->Arg(100000);

}  // namespace
}  // namespace parley::bench
