#include "bench/load/expected_stream.h"

#include <gtest/gtest.h>

#include <string>

#include "bench/payload.h"

namespace parley::bench {
namespace {

constexpr size_t kTextSize = 40;
constexpr int64_t kStart = 5'000'000'000;

Schedule TenLines(uint32_t publishers = 1) {
  return Schedule({.publishers = publishers, .lines_per_second = 10, .seconds = 1});
}

std::string Frame(const Schedule& schedule, uint64_t line) {
  std::string frame = "ann: ";
  const int64_t due = kStart + schedule.LineTime(line);
  AppendPayload({.publisher = 0, .sequence = line, .scheduled = static_cast<uint64_t>(due)},
                kTextSize, &frame);
  return frame + "\r\n";
}

std::string Frames(const Schedule& schedule, uint64_t first, uint64_t last) {
  std::string frames;
  for (uint64_t line = first; line <= last; ++line) frames += Frame(schedule, line);
  return frames;
}

ExpectedStream Taught(const Schedule* schedule) {
  ExpectedStream stream(schedule, kTextSize);
  stream.Start(kStart);
  stream.Learn(Frame(*schedule, 0), 5);
  return stream;
}

TEST(ExpectedStreamTest, KnowsNothingBeforeADeliveryHasShownItsFrame) {
  const Schedule schedule = TenLines();
  ExpectedStream stream(&schedule, kTextSize);
  stream.Start(kStart);
  EXPECT_EQ(stream.Matching(0, Frames(schedule, 0, 3)), 0u);
}

TEST(ExpectedStreamTest, CountsTheWholeLinesThatAreAsExpected) {
  const Schedule schedule = TenLines();
  ExpectedStream stream = Taught(&schedule);
  EXPECT_EQ(stream.Matching(0, Frames(schedule, 0, 3)), 4u);
  EXPECT_EQ(stream.Matching(4, Frames(schedule, 4, 9)), 6u);
  // A recipient that is behind, and one that has been given part of a line.
  EXPECT_EQ(stream.Matching(2, Frames(schedule, 2, 4) + "ann: #~"), 3u);
  EXPECT_EQ(stream.Matching(2, "ann: #~"), 0u);
}

TEST(ExpectedStreamTest, EveryByteCounts) {
  const Schedule schedule = TenLines();
  ExpectedStream stream = Taught(&schedule);
  const std::string right = Frames(schedule, 0, 2);
  for (size_t i = 0; i < right.size(); ++i) {
    std::string wrong = right;
    wrong[i] ^= 1;
    ASSERT_EQ(stream.Matching(0, wrong), 0u) << "byte " << i;
  }
}

TEST(ExpectedStreamTest, DoublesGapsAndLinesOutOfOrderAreNotAsExpected) {
  const Schedule schedule = TenLines();
  ExpectedStream stream = Taught(&schedule);
  EXPECT_EQ(stream.Matching(0, Frame(schedule, 0) + Frame(schedule, 0)), 0u);
  EXPECT_EQ(stream.Matching(0, Frame(schedule, 1)), 0u);
  EXPECT_EQ(stream.Matching(0, Frame(schedule, 1) + Frame(schedule, 0)), 0u);
}

TEST(ExpectedStreamTest, NothingIsExpectedBeyondTheSchedule) {
  const Schedule schedule = TenLines();
  ExpectedStream stream = Taught(&schedule);
  EXPECT_EQ(stream.Matching(8, Frames(schedule, 8, 9) + Frame(schedule, 10)), 2u);
  EXPECT_EQ(stream.Matching(10, Frame(schedule, 10)), 0u);
}

TEST(ExpectedStreamTest, TheOrderOfSeveralPublishersIsNotKnown) {
  const Schedule schedule = TenLines(2);
  EXPECT_FALSE(Taught(&schedule).known());
}

}  // namespace
}  // namespace parley::bench
