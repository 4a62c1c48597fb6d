// Timers, tasks from other threads, wake-ups, signals, and the end of a reactor.

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/reactor/contract_world.h"
#include "tests/reactor/random.h"

namespace parley {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

PARLEY_CONTRACT(TenThousandTimersFireInOrderAndNotEarly, kFewSeeds) {
  constexpr int kTimers = 10000;
  Random random(7);
  TimePoint last{};
  int fired = 0;
  int cancelled = 0;
  for (int i = 0; i < kTimers; ++i) {
    const Duration delay = microseconds(random.Below(100000));
    const TimePoint due = world.reactor().Now() + delay;
    const TimerId id = world.reactor().After(delay, [&, due] {
      EXPECT_GE(world.reactor().Now(), due);
      // Each due time was computed a moment before the queue's own.
      EXPECT_GE(due + milliseconds(50), last);
      last = std::max(last, due);
      ++fired;
    });
    if (random.Percent(30)) cancelled += world.reactor().Cancel(id) ? 1 : 0;
  }
  world.Until([&] { return fired == kTimers - cancelled; }, "the timers");
  world.Quiet();
  EXPECT_EQ(fired, kTimers - cancelled);
  EXPECT_GT(cancelled, kTimers / 5);
}

PARLEY_CONTRACT(ATimerThatIsDueAgainAtOnceDoesNotStopTheRest, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  int spins = 0;
  std::function<void()> spin = [&] {
    ++spins;
    world.reactor().After(Duration::zero(), spin);
  };
  spin();
  peer.Say("heard");
  world.Until([&] { return recorder.heard.size() >= 5; }, "the words");
  EXPECT_EQ(recorder.heard, "heard");
  EXPECT_GT(spins, 1);
}

PARLEY_CONTRACT(ATimerMayCancelAnotherThatIsDue, kEverywhere) {
  int fired = 0;
  std::array<TimerId, 2> ids{};
  for (int i = 0; i < 2; ++i) {
    ids[i] = world.reactor().After(milliseconds(1), [&, i] {
      ++fired;
      world.reactor().Cancel(ids[1 - i]);
    });
  }
  world.Until([&] { return fired > 0; }, "a timer");
  world.Quiet();
  EXPECT_EQ(fired, 1);
}

PARLEY_CONTRACT(TheLongestDelaysDoNotOverflow, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  bool fired = false;
  world.reactor().After(Duration::max(), [&] { fired = true; });
  world.reactor().SetDeadline(recorder.handle(), TimePoint::max() - Duration(1));
  world.Turn(seconds(0));
  world.reactor().CloseWhenDone(recorder.handle(), Duration::max());
  world.Until([&] { return peer.gone(); }, "the end");
  EXPECT_TRUE(peer.heard_end());
  EXPECT_FALSE(fired);
}

PARLEY_CONTRACT(TasksFromOtherThreadsAllRunInTheirThreadsOrder, kFewSeeds) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 500;
  std::array<int, kThreads> next{};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i) {
        world.reactor().Post([&, t, i] {
          EXPECT_EQ(next[t], i);
          ++next[t];
        });
      }
    });
  }
  const auto join = [&] {
    for (std::thread& thread : threads) thread.join();
  };
  if (world.is_simulated()) join();  // simulated turns outrun any thread
  world.Until([&] { return next == std::array{kTasks, kTasks, kTasks, kTasks}; }, "the tasks");
  if (!world.is_simulated()) join();
}

PARLEY_CONTRACT(ATaskWakesAReactorThatWouldWaitForAnHour, kFewSeeds) {
  bool ran = false;
  std::thread other([&] { world.reactor().Post([&] { ran = true; }); });
  if (world.is_simulated()) other.join();  // a simulated hour passes in no time
  while (!ran) world.reactor().RunOnce(std::chrono::hours(1));
  if (other.joinable()) other.join();
  EXPECT_TRUE(ran);
}

PARLEY_CONTRACT(StopEndsRunFromAnotherThreadAndFromATask, kFewSeeds) {
  world.reactor().Post([&] { world.reactor().Stop(); });
  world.reactor().Run();
  std::thread other([&] { world.reactor().Stop(); });
  if (world.is_simulated()) other.join();
  world.reactor().Run();
  if (other.joinable()) other.join();
  int ran = 0;
  world.reactor().Post([&] {
    ++ran;
    world.reactor().Stop();
  });
  world.reactor().Run();  // neither Stop is left over
  EXPECT_EQ(ran, 1);
}

PARLEY_CONTRACT(AWakeStormDoesNotKeepConnectionsFromBeingHeard, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  int tasks = 0;
  std::function<void()> again = [&] {
    if (++tasks < 100000) world.reactor().Post([&] { again(); });
  };
  world.reactor().Post([&] { again(); });
  peer.Say("heard");
  while (recorder.heard.size() < 5 && tasks < 100000) world.Turn(seconds(0));
  EXPECT_EQ(recorder.heard, "heard");
  EXPECT_LT(tasks, 100000) << "heard only when the storm was over";
}

PARLEY_CONTRACT(WatchedSignalsAreDelivered, kEverywhere) {
  std::vector<int> heard;
  const std::array<int, 2> signals{SIGUSR1, SIGUSR2};
  ASSERT_TRUE(
      world.reactor().OnSignals(signals, [&](int number) { heard.push_back(number); }).ok());
  world.Raise(SIGUSR2);
  world.Until([&] { return heard == std::vector<int>{SIGUSR2}; }, "the signal");
  world.Raise(SIGUSR1);
  world.Until([&] { return heard.size() == 2; }, "the other signal");
  EXPECT_EQ(heard, (std::vector<int>{SIGUSR2, SIGUSR1}));
}

// L4: a second call disabled the first.
PARLEY_CONTRACT(SignalsOfSeveralCallsAddUp, kEverywhere) {
  std::string heard;
  const auto listen = [&](std::vector<int> signals, char name) {
    const absl::Status watching = world.reactor().OnSignals(signals, [&heard, name](int number) {
      heard += name;
      heard += number == SIGUSR1 ? '1' : '2';
    });
    EXPECT_TRUE(watching.ok()) << watching;
  };
  listen({SIGUSR1}, 'a');
  listen({SIGUSR2, SIGUSR1}, 'b');
  world.Raise(SIGUSR1);
  world.Until([&] { return heard == "a1b1"; }, "the signal that both have named");
  listen({SIGUSR2}, 'c');  // also after a wait
  world.Raise(SIGUSR2);
  world.Until([&] { return heard == "a1b1b2c2"; }, "the signal of the later calls");
  world.Raise(SIGUSR1);
  world.Until([&] { return heard == "a1b1b2c2a1b1"; }, "the first signal again");
}

PARLEY_CONTRACT(WhatASignalCallbackAddsIsHeardFromTheNextSignalOn, kEverywhere) {
  int added = 0;
  const std::array<int, 1> usr1{SIGUSR1};
  ASSERT_TRUE(world.reactor()
                  .OnSignals(usr1,
                             [&](int) {
                               if (added++ > 0) return;
                               EXPECT_TRUE(
                                   world.reactor().OnSignals(usr1, [&](int) { added += 10; }).ok());
                             })
                  .ok());
  world.Raise(SIGUSR1);
  world.Until([&] { return added == 1; }, "the signal");
  world.Raise(SIGUSR1);
  world.Until([&] { return added == 12; }, "the next signal, twice");
}

PARLEY_CONTRACT(ASignalThatNobodyCanWatchIsRefused, kEverywhere) {
  const std::array<int, 2> signals{SIGUSR1, SIGKILL};
  EXPECT_EQ(world.reactor().OnSignals(signals, [](int) {}).message(),
            absl::StrCat("nobody can watch signal ", SIGKILL));
}

PARLEY_CONTRACT(TwoReactorsEachHearTheirOwnSignals, kSocketsOnly) {
  const auto other = *Reactor::Create(world.reactor().engine_name());
  std::string heard;
  const std::array<int, 1> usr1{SIGUSR1};
  const std::array<int, 1> usr2{SIGUSR2};
  ASSERT_TRUE(world.reactor().OnSignals(usr1, [&](int) { heard += '1'; }).ok());
  ASSERT_TRUE(other->OnSignals(usr2, [&](int) { heard += '2'; }).ok());
  world.Raise(SIGUSR2);
  while (heard.empty()) other->RunOnce(std::chrono::hours(1));
  world.Raise(SIGUSR1);
  world.Until([&] { return heard == "21"; }, "the signal of the first reactor");
}

PARLEY_CONTRACT(ADestroyedReactorLeavesItsSignalsAsTheyWere, kSocketsOnly) {
  const auto is_blocked = [](int number) {
    sigset_t mask;
    EXPECT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &mask), 0);
    return sigismember(&mask, number) == 1;
  };
  const std::array<int, 1> usr1{SIGUSR1};
  int heard = 0;
  {
    const auto reactor = *Reactor::Create(world.reactor().engine_name());
    ASSERT_TRUE(reactor->OnSignals(usr1, [&](int) { ++heard; }).ok());
    EXPECT_TRUE(is_blocked(SIGUSR1));
    world.Raise(SIGUSR1);
    while (heard == 0) reactor->RunOnce(std::chrono::hours(1));
  }
  // The signal that was heard is not pending either, or it would end the process here.
  EXPECT_FALSE(is_blocked(SIGUSR1));
}

PARLEY_CONTRACT(SignalsAreHeardAfterAChangeOfThread, kEverywhere) {
  int heard = 0;
  const std::array<int, 1> usr1{SIGUSR1};
  ASSERT_TRUE(world.reactor().OnSignals(usr1, [&](int) { ++heard; }).ok());
  const auto raise_and_hear = [&](int times) {
    world.Turn(seconds(0));  // the reactor belongs to this thread from here on
    world.Raise(SIGUSR1);
    world.Until([&] { return heard == times; }, "the signal");
  };
  raise_and_hear(1);
  std::thread([&] { raise_and_hear(2); }).join();
  raise_and_hear(3);
}

PARLEY_CONTRACT(AnExceptionInATaskOrTimerGoesNoFurther, kEverywhere) {
  bool ran = false;
  world.reactor().Post([] { throw 1; });
  world.reactor().After(Duration::zero(), [] { throw 2; });
  world.reactor().After(milliseconds(1), [&] { ran = true; });
  world.Until([&] { return ran; }, "the next timer");
}

PARLEY_CONTRACT(L7_TheExceptionHookDecidesWhatIsDealtWith, kEverywhere) {
  std::vector<int> seen;
  world.reactor().SetExceptionHook([&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (int number) {
      seen.push_back(number);
    }
    return seen.back() < 10;
  });
  Recorder& tolerated = world.NewRecorder();
  Recorder& closed = world.NewRecorder();
  Peer& first = world.Pair(tolerated);
  Peer& second = world.Pair(closed);
  tolerated.on_bytes = [](ByteSpan) { throw 1; };
  first.Say("x");
  world.Until([&] { return seen.size() == 1; }, "the first exception");
  closed.on_bytes = [](ByteSpan) { throw 10; };
  second.Say("x");
  world.Until([&] { return closed.closed(); }, "the close");
  EXPECT_EQ(seen, (std::vector<int>{1, 10}));
  EXPECT_EQ(closed.reason.cause, CloseCause::kError);
  EXPECT_FALSE(tolerated.closed());
}

}  // namespace
}  // namespace parley
