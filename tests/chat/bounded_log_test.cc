#include "chat/delivery/bounded_log.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"

namespace parley::chat {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BoundedLogTest : public ::testing::Test {
 protected:
  BoundedLogTest() {
    SetLogSink([this](Severity, absl::string_view line) { logged_.emplace_back(line); });
  }
  ~BoundedLogTest() override { SetLogSink(nullptr); }

  static constexpr TimePoint kBegan{std::chrono::hours(1)};
  BoundedLog log_;
  std::vector<std::string> logged_;
};

TEST_F(BoundedLogTest, ASecondHasRoomForSoManyLinesAndTheOthersAreCounted) {
  constexpr int kStorm = BoundedLog::kMostASecond + 1000;
  for (int i = 0; i < kStorm; ++i) log_.Note(kBegan + milliseconds(i % 1000), absl::StrCat(i));
  EXPECT_THAT(logged_, SizeIs(BoundedLog::kMostASecond));
  EXPECT_EQ(logged_.back(), absl::StrCat(BoundedLog::kMostASecond - 1));
  EXPECT_EQ(log_.left_out(), 1000u);
  logged_.clear();
  log_.Note(kBegan + milliseconds(1000), "later");
  EXPECT_THAT(logged_, ElementsAre("and 1000 more lines like this", "later"));
}

TEST_F(BoundedLogTest, TheCountIsToldOnceAndNotBeforeItsSecondIsOver) {
  for (uint32_t i = 0; i <= BoundedLog::kMostASecond; ++i) log_.Note(kBegan, "line");
  logged_.clear();
  log_.TellLeftOut(kBegan + milliseconds(999));
  EXPECT_THAT(logged_, IsEmpty());
  log_.TellLeftOut(kBegan + milliseconds(1000));
  log_.TellLeftOut(kNever);
  EXPECT_THAT(logged_, ElementsAre("and 1 more line like this"));
}

}  // namespace
}  // namespace parley::chat
