// Deadlines of connections and timers of a program, beside the standard library's ordered
// containers.

#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <queue>
#include <utility>
#include <vector>

#include "reactor/loop/deadline_wheel.h"
#include "reactor/loop/timer_queue.h"
#include "tests/reactor/random.h"

namespace parley::bench {
namespace {

constexpr TimePoint kStart{std::chrono::hours(1)};
constexpr Duration kIdleTime = std::chrono::seconds(60);
constexpr Duration kBetweenMessages = std::chrono::microseconds(100);

void SetItems(benchmark::State& state, size_t items_each = 1) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * items_each));
}

// ---- every message moves its connection's deadline later; so many connections

void DeadlineWheelMoveLater(benchmark::State& state) {
  const auto slots = static_cast<uint32_t>(state.range(0));
  DeadlineWheel wheel(kStart);
  TimePoint now = kStart;
  for (uint32_t slot = 0; slot < slots; ++slot) wheel.Set(slot, now + kIdleTime);
  uint32_t slot = 0;
  for (auto _ : state) {
    now += kBetweenMessages;
    wheel.Set(slot, now + kIdleTime);
    slot = slot + 1 == slots ? 0 : slot + 1;
    if (wheel.Next() <= now) benchmark::DoNotOptimize(wheel.Expire(now));
  }
  SetItems(state);
}
BENCHMARK(DeadlineWheelMoveLater)->Arg(1000)->Arg(100000);

void MultimapMoveLater(benchmark::State& state) {
  const auto slots = static_cast<uint32_t>(state.range(0));
  using Deadlines = std::multimap<TimePoint, uint32_t>;
  Deadlines deadlines;
  std::vector<Deadlines::iterator> of_slot;
  TimePoint now = kStart;
  for (uint32_t slot = 0; slot < slots; ++slot) {
    of_slot.push_back(deadlines.emplace(now + kIdleTime, slot));
  }
  uint32_t slot = 0;
  for (auto _ : state) {
    now += kBetweenMessages;
    auto node = deadlines.extract(of_slot[slot]);
    node.key() = now + kIdleTime;
    of_slot[slot] = deadlines.insert(std::move(node));
    slot = slot + 1 == slots ? 0 : slot + 1;
    benchmark::DoNotOptimize(deadlines.begin()->first <= now);
  }
  SetItems(state);
}
BENCHMARK(MultimapMoveLater)->Arg(1000)->Arg(100000);

// ---- deadlines that are set and pass

void DeadlineWheelExpire(benchmark::State& state) {
  const auto slots = static_cast<uint32_t>(state.range(0));
  Random random(1);
  DeadlineWheel wheel(kStart);
  TimePoint now = kStart;
  for (auto _ : state) {
    for (uint32_t slot = 0; slot < slots; ++slot) {
      wheel.Set(slot, now + std::chrono::milliseconds(random.Between(1, 10000)));
    }
    for (size_t expired = 0; expired < slots;) {
      now = wheel.Next();
      expired += wheel.Expire(now).size();
    }
  }
  SetItems(state, slots);
}
BENCHMARK(DeadlineWheelExpire)->Arg(1000)->Arg(100000);

void PriorityQueueExpire(benchmark::State& state) {
  const auto slots = static_cast<uint32_t>(state.range(0));
  using Deadline = std::pair<TimePoint, uint32_t>;
  Random random(1);
  std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>> deadlines;
  for (auto _ : state) {
    for (uint32_t slot = 0; slot < slots; ++slot) {
      deadlines.emplace(kStart + std::chrono::milliseconds(random.Between(1, 10000)), slot);
    }
    for (; !deadlines.empty(); deadlines.pop()) benchmark::DoNotOptimize(deadlines.top());
  }
  SetItems(state, slots);
}
BENCHMARK(PriorityQueueExpire)->Arg(1000)->Arg(100000);

// ---- a timer that is added and cancelled, as a reply's timeout is, among so many others

void TimerQueueAddCancel(benchmark::State& state) {
  TimerQueue timers;
  Random random(1);
  for (int64_t i = 0; i < state.range(0); ++i) {
    timers.Add(kStart + std::chrono::milliseconds(random.Between(1, 10000)), [] {});
  }
  for (auto _ : state) timers.Cancel(timers.Add(kStart + kIdleTime, [] {}));
  SetItems(state);
}
BENCHMARK(TimerQueueAddCancel)->Arg(10)->Arg(10000);

void MultimapAddCancel(benchmark::State& state) {
  std::multimap<TimePoint, std::function<void()>> timers;
  Random random(1);
  for (int64_t i = 0; i < state.range(0); ++i) {
    timers.emplace(kStart + std::chrono::milliseconds(random.Between(1, 10000)), [] {});
  }
  for (auto _ : state) timers.erase(timers.emplace(kStart + kIdleTime, [] {}));
  SetItems(state);
}
BENCHMARK(MultimapAddCancel)->Arg(10)->Arg(10000);

// ---- a timer that fires and is added again, among so many others

void TimerQueueFire(benchmark::State& state) {
  TimerQueue timers;
  Random random(1);
  for (int64_t i = 0; i < state.range(0); ++i) {
    timers.Add(kStart + std::chrono::milliseconds(random.Between(1, 10000)), [] {});
  }
  for (auto _ : state) {
    const TimePoint now = timers.Next();
    timers.TakeDue(now).callback();
    timers.Add(now + std::chrono::milliseconds(random.Between(1, 10000)), [] {});
  }
  SetItems(state);
}
BENCHMARK(TimerQueueFire)->Arg(10)->Arg(10000);

void MultimapFire(benchmark::State& state) {
  std::multimap<TimePoint, std::function<void()>> timers;
  Random random(1);
  for (int64_t i = 0; i < state.range(0); ++i) {
    timers.emplace(kStart + std::chrono::milliseconds(random.Between(1, 10000)), [] {});
  }
  for (auto _ : state) {
    const auto due = timers.extract(timers.begin());
    due.mapped()();
    timers.emplace(due.key() + std::chrono::milliseconds(random.Between(1, 10000)), [] {});
  }
  SetItems(state);
}
BENCHMARK(MultimapFire)->Arg(10)->Arg(10000);

}  // namespace
}  // namespace parley::bench
