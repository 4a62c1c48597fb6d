#include "reactor/loop/timer_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "tests/reactor/random.h"

namespace parley {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const TimePoint kBegin{seconds(1000)};

TEST(TimerQueue, AnEmptyQueueNeverFires) {
  TimerQueue timers;
  EXPECT_EQ(timers.Next(), kNever);
  EXPECT_FALSE(timers.TakeDue(kNever));
}

TEST(TimerQueue, FiresInOrderOfTimeAndThenOfAdding) {
  TimerQueue timers;
  std::vector<int> fired;
  timers.Add(kBegin + seconds(2), [&] { fired.push_back(3); });
  timers.Add(kBegin + seconds(1), [&] { fired.push_back(1); });
  timers.Add(kBegin + seconds(1), [&] { fired.push_back(2); });
  EXPECT_EQ(timers.Next(), kBegin + seconds(1));
  EXPECT_FALSE(timers.TakeDue(kBegin));
  while (TimerQueue::Due due = timers.TakeDue(kBegin + seconds(2))) due.callback();
  EXPECT_EQ(fired, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(timers.size(), 0u);
}

TEST(TimerQueue, CancelTellsWhetherTheTimerWasStillToFire) {
  TimerQueue timers;
  const TimerId fired = timers.Add(kBegin, [] {});
  const TimerId waiting = timers.Add(kBegin + seconds(1), [] {});
  timers.TakeDue(kBegin).callback();
  EXPECT_FALSE(timers.Cancel(fired));
  EXPECT_TRUE(timers.Cancel(waiting));
  EXPECT_FALSE(timers.Cancel(waiting));
  EXPECT_FALSE(timers.Cancel(0));
  EXPECT_EQ(timers.Next(), kNever);
}

TEST(TimerQueue, OneWithAPeriodFiresAtItsTimesAndLeavesOutWhatWasMissed) {
  TimerQueue timers;
  const TimerId id = timers.Add(
      kBegin, [] {}, seconds(10));
  const auto fire_at = [&](TimePoint now) {
    TimerQueue::Due due = timers.TakeDue(now);
    ASSERT_EQ(due.id, id);
    EXPECT_EQ(timers.Next(), kNever) << "it must not fire again before it is put back";
    EXPECT_EQ(timers.size(), 1u);
    timers.Renew(std::move(due), now);
  };
  fire_at(kBegin);
  EXPECT_EQ(timers.Next(), kBegin + seconds(10));
  fire_at(kBegin + seconds(13));  // late, and its next time is none the later
  EXPECT_EQ(timers.Next(), kBegin + seconds(20));
  fire_at(kBegin + seconds(50));  // the very time of one that is to come: that is this one
  EXPECT_EQ(timers.Next(), kBegin + seconds(60));
  EXPECT_TRUE(timers.Cancel(id));
  EXPECT_EQ(timers.size(), 0u);
}

TEST(TimerQueue, OneThatIsCancelledWhileItIsTakenIsNotPutBack) {
  TimerQueue timers;
  const TimerId id = timers.Add(
      kBegin, [] {}, seconds(10));
  TimerQueue::Due due = timers.TakeDue(kBegin);
  EXPECT_TRUE(timers.Cancel(id));
  timers.Renew(std::move(due), kBegin);
  EXPECT_EQ(timers.Next(), kNever);
  EXPECT_FALSE(timers.Cancel(id));
}

TEST(TimerQueue, CancelledTimersCostNoMemoryWhileTheyWouldHaveWaited) {
  TimerQueue timers;
  timers.Add(kBegin + seconds(1), [] {});
  for (int i = 0; i < 100000; ++i) timers.Cancel(timers.Add(kBegin + hours(1), [] {}));
  EXPECT_LE(timers.entries(), 1000u);
  EXPECT_EQ(timers.Next(), kBegin + seconds(1));
}

TEST(TimerQueue, AgreesWithAMapOverRandomUse) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    TimerQueue timers;
    TimePoint now = kBegin;
    std::map<std::pair<TimePoint, TimerId>, bool> model;
    std::vector<std::pair<TimePoint, TimerId>> added;
    for (int step = 0; step < 400; ++step) {
      if (random.Percent(50)) {
        const TimePoint when = now + seconds(random.Below(20));
        added.emplace_back(when, timers.Add(when, [] {}));
        model[added.back()] = true;
      } else if (!added.empty() && random.Percent(50)) {
        const auto each = added[random.Index(added.size())];
        ASSERT_EQ(timers.Cancel(each.second), model.erase(each) > 0);
      } else {
        now += seconds(random.Below(4));
        while (timers.TakeDue(now)) {
          ASSERT_FALSE(model.empty());
          ASSERT_LE(model.begin()->first.first, now);
          model.erase(model.begin());
        }
      }
      ASSERT_EQ(timers.size(), model.size());
      ASSERT_EQ(timers.Next(), model.empty() ? kNever : model.begin()->first.first);
    }
  }
}

}  // namespace
}  // namespace parley
