// Who has stalled: after how many looks, and what does not count.

#include "reactor/loop/stall_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace parley {
namespace {

using Finding = StallWatch::Finding;
using std::chrono::hours;
using std::chrono::seconds;

constexpr Handle kFirst{1, 1};
constexpr Handle kSecond{2, 1};

class StallWatchTest : public testing::Test {
 protected:
  StallWatchTest() { watch_.SetStallTime(seconds(8), now_); }  // a look each second

  // Looks when it is due; what is found is `finding` for everybody.
  std::vector<Handle> LookWhenDue(Finding finding) {
    EXPECT_NE(watch_.Next(), kNever);
    now_ = watch_.Next();
    return watch_.Look(now_, [&](Handle, int&) { return finding; });
  }

  TimePoint now_{hours(1)};
  StallWatch watch_;
};

TEST_F(StallWatchTest, WhoTakesNothingHasStalledAfterItsTimeAndAnEighthAtTheLatest) {
  const TimePoint began = now_;
  watch_.Add(kFirst, now_);
  std::vector<Handle> stalled;
  while (stalled.empty()) stalled = LookWhenDue(Finding::kTookNothing);
  EXPECT_EQ(stalled, std::vector<Handle>{kFirst});
  EXPECT_GE(now_ - began, seconds(8));
  EXPECT_LE(now_ - began, seconds(9));
  EXPECT_EQ(watch_.Next(), kNever);
}

TEST_F(StallWatchTest, WhoTakesSomethingBeginsAgain) {
  watch_.Add(kFirst, now_);
  for (int round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < StallWatch::kLooks; ++i) {
      EXPECT_TRUE(LookWhenDue(Finding::kTookNothing).empty());
    }
    EXPECT_TRUE(LookWhenDue(Finding::kTookSome).empty());
  }
}

TEST_F(StallWatchTest, WhoOwesNothingIsLookedAtNoMore) {
  watch_.Add(kFirst, now_);
  EXPECT_TRUE(LookWhenDue(Finding::kNothingOwed).empty());
  EXPECT_EQ(watch_.Next(), kNever);
}

TEST_F(StallWatchTest, APauseOfTheProcessIsOneLook) {
  watch_.Add(kFirst, now_);
  LookWhenDue(Finding::kTookNothing);
  now_ += hours(10);
  EXPECT_TRUE(watch_.Look(now_, [](Handle, int&) { return Finding::kTookNothing; }).empty());
  EXPECT_EQ(watch_.Next(), now_ + seconds(1));
}

TEST_F(StallWatchTest, EachHasANumberThatIsKept) {
  watch_.Add(kFirst, now_);
  watch_.Add(kSecond, now_);
  std::vector<int> seen;
  for (int round = 0; round < 2; ++round) {
    now_ = watch_.Next();
    watch_.Look(now_, [&](Handle handle, int& held) {
      seen.push_back(held);
      held = static_cast<int>(handle.slot) * 10;
      return Finding::kTookNothing;
    });
  }
  EXPECT_EQ(seen, (std::vector<int>{0, 0, 10, 20}));
}

TEST_F(StallWatchTest, WithoutATimeThoseWhoWereWatchedAreForgotten) {
  watch_.Add(kFirst, now_);
  watch_.SetStallTime(Duration::zero(), now_);
  EXPECT_EQ(watch_.Next(), kNever);
}

}  // namespace
}  // namespace parley
