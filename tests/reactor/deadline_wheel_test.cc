#include "reactor/loop/deadline_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "tests/reactor/random.h"

namespace parley {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

const TimePoint kWheelBegin{seconds(1000)};
constexpr Duration kTick = DeadlineWheel::kTick;

// Turns the wheel as the reactor does, at each moment that Next names, up to `until`.
std::vector<uint32_t> TurnTo(DeadlineWheel& wheel, TimePoint until) {
  std::vector<uint32_t> expired;
  while (wheel.Next() <= until) {
    const std::vector<uint32_t>& slots = wheel.Expire(wheel.Next());
    expired.insert(expired.end(), slots.begin(), slots.end());
  }
  return expired;
}

TEST(DeadlineWheel, WithoutDeadlinesItHasNothingToLookAt) {
  DeadlineWheel wheel(kWheelBegin);
  EXPECT_EQ(wheel.Next(), kNever);
  EXPECT_TRUE(wheel.Expire(kWheelBegin + hours(1)).empty());
}

TEST(DeadlineWheel, FiresNotBeforeTheDeadlineAndAtMostOneTickBehind) {
  for (int i = 1; i < 2000; ++i) {
    DeadlineWheel wheel(kWheelBegin);
    const TimePoint deadline = kWheelBegin + milliseconds(17 * i) + nanoseconds(i);
    wheel.Set(0, deadline);
    EXPECT_TRUE(TurnTo(wheel, deadline - nanoseconds(1)).empty());
    EXPECT_EQ(TurnTo(wheel, deadline + kTick).size(), 1u) << i;
  }
}

TEST(DeadlineWheel, ADeadlineInThePastFiresSoon) {
  DeadlineWheel wheel(kWheelBegin);
  wheel.Expire(kWheelBegin + hours(1));
  wheel.Set(3, kWheelBegin);
  EXPECT_EQ(TurnTo(wheel, kWheelBegin + hours(1) + kTick), std::vector<uint32_t>{3});
}

TEST(DeadlineWheel, FiresOnce) {
  DeadlineWheel wheel(kWheelBegin);
  wheel.Set(1, kWheelBegin + seconds(1));
  EXPECT_EQ(TurnTo(wheel, kWheelBegin + seconds(2)).size(), 1u);
  EXPECT_FALSE(wheel.IsSet(1));
  EXPECT_EQ(TurnTo(wheel, kWheelBegin + hours(2)).size(), 0u);
  EXPECT_EQ(wheel.Next(), kNever);
}

TEST(DeadlineWheel, TakesADeadlineAway) {
  DeadlineWheel wheel(kWheelBegin);
  wheel.Set(1, kWheelBegin + seconds(1));
  EXPECT_TRUE(wheel.IsSet(1));
  wheel.Set(1, kNever);
  EXPECT_FALSE(wheel.IsSet(1));
  EXPECT_EQ(TurnTo(wheel, kWheelBegin + hours(1)).size(), 0u);
  EXPECT_EQ(wheel.Next(), kNever);
}

TEST(DeadlineWheel, MovesADeadlineEarlierAndLater) {
  DeadlineWheel wheel(kWheelBegin);
  wheel.Set(1, kWheelBegin + hours(1));
  wheel.Set(1, kWheelBegin + seconds(1));
  EXPECT_EQ(TurnTo(wheel, kWheelBegin + seconds(2)).size(), 1u);
  wheel.Set(1, kWheelBegin + seconds(3));
  wheel.Set(1, kWheelBegin + hours(1));
  EXPECT_EQ(TurnTo(wheel, kWheelBegin + seconds(3599)).size(), 0u);
  EXPECT_EQ(TurnTo(wheel, kWheelBegin + seconds(3601)).size(), 1u);
}

TEST(DeadlineWheel, AFarDeadlineIsKept) {
  DeadlineWheel wheel(kWheelBegin);
  wheel.Set(1, kWheelBegin + hours(24 * 10));
  wheel.Set(2, TimePoint::max() - nanoseconds(1));
  EXPECT_EQ(TurnTo(wheel, kWheelBegin + hours(24 * 9)).size(), 0u);
  EXPECT_EQ(TurnTo(wheel, kWheelBegin + hours(24 * 11)), std::vector<uint32_t>{1});
}

TEST(DeadlineWheel, AfterALongPauseEverythingThatIsDueFires) {
  DeadlineWheel wheel(kWheelBegin);
  for (uint32_t slot = 0; slot < 5000; ++slot) wheel.Set(slot, kWheelBegin + seconds(slot + 1));
  EXPECT_EQ(wheel.Expire(kWheelBegin + seconds(4000)).size(), 4000u);
}

TEST(DeadlineWheel, AgreesWithAMapOverRandomUse) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 1000);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    DeadlineWheel wheel(kWheelBegin);
    TimePoint now = kWheelBegin;
    std::map<uint32_t, TimePoint> model;
    for (int step = 0; step < 300; ++step) {
      const auto slot = static_cast<uint32_t>(random.Below(40));
      if (random.Percent(60)) {
        const Duration range = random.Percent(80) ? seconds(20) : Duration(hours(3));
        const TimePoint deadline =
            now + Duration(random.Below(range.count())) - milliseconds(random.Below(200));
        wheel.Set(slot, deadline);
        model[slot] = std::max(deadline, now);
      } else if (random.Percent(30)) {
        wheel.Set(slot, kNever);
        model.erase(slot);
      } else {
        const Duration range = random.Percent(90) ? seconds(3) : Duration(hours(2));
        now += Duration(random.Below(range.count()));
        std::vector<uint32_t> expired = wheel.Expire(now);
        for (uint32_t each : expired) {
          ASSERT_TRUE(model.contains(each));
          ASSERT_LE(model[each], now) << "early";
          model.erase(each);
        }
        for (const auto& [each, deadline] : model) ASSERT_GT(deadline, now - kTick) << "late";
      }
      ASSERT_EQ(wheel.IsSet(slot), model.contains(slot));
      if (!model.empty()) {
        const auto earliest = std::min_element(
            model.begin(), model.end(), [](auto& a, auto& b) { return a.second < b.second; });
        ASSERT_LE(wheel.Next(), std::max(earliest->second, now) + kTick) << "would oversleep";
      }
    }
  }
}

}  // namespace
}  // namespace parley
