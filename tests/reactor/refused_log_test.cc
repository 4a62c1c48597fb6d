#include "reactor/loop/refused_log.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "reactor/base/log.h"

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RefusedLogTest : public testing::Test {
 protected:
  RefusedLogTest() {
    SetLogSink([this](Severity, absl::string_view line) { lines_.emplace_back(line); });
  }
  ~RefusedLogTest() override { SetLogSink(nullptr); }

  static std::string Line(int peers) {
    return "no descriptor for new connections (error (Too many open files)): " +
           std::to_string(peers) + " refused; raise the limit on open files";
  }

  std::vector<std::string> lines_;
  TimePoint now_ = TimePoint() + seconds(100);
};

TEST_F(RefusedLogTest, HasNothingToTellBeforeSomebodyIsRefused) {
  EXPECT_EQ(RefusedLog().due(), kNever);
  EXPECT_TRUE(lines_.empty());
}

TEST_F(RefusedLogTest, OneLineCountsEverybodyOfABurst) {  // F9: it said 0 while 25 were refused
  RefusedLog log;
  for (int i = 0; i < 25; ++i) log.Add(EMFILE, 1, now_ + milliseconds(i));
  EXPECT_TRUE(lines_.empty());
  ASSERT_EQ(log.due(), now_ + RefusedLog::kFirstAfter);
  log.Tell(log.due());
  EXPECT_EQ(lines_, std::vector<std::string>{Line(25)});
  EXPECT_EQ(log.due(), kNever);
}

TEST_F(RefusedLogTest, TheNextLineWaitsAndCountsWhoeverCameMeanwhile) {
  RefusedLog log;
  log.Add(EMFILE, 1, now_);
  const TimePoint first = log.due();
  log.Tell(first);
  log.Add(EMFILE, 2, first + seconds(1));
  log.Add(EMFILE, 3, first + seconds(9));
  ASSERT_EQ(log.due(), first + RefusedLog::kEvery);
  log.Tell(log.due());
  EXPECT_EQ(lines_, (std::vector<std::string>{Line(1), Line(5)}));
}

TEST_F(RefusedLogTest, WhereNobodyCouldEvenBeRefusedItDoesNotSayZero) {
  RefusedLog log;
  log.Add(EMFILE, 0, now_);
  log.Tell(log.due());
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_NE(lines_[0].find("not even to refuse them;"), std::string::npos) << lines_[0];
}

TEST_F(RefusedLogTest, WhatIsLeftIsToldAtTheEnd) {
  {
    RefusedLog log;
    log.Add(EMFILE, 4, now_);
  }
  EXPECT_EQ(lines_, std::vector<std::string>{Line(4)});
}

}  // namespace
}  // namespace parley
