#include "bench/load/schedule.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace parley::bench {
namespace {

TEST(ScheduleTest, LinesAreDueAtEvenDistances) {
  const Schedule schedule({.lines_per_second = 1000, .warmup = 1, .seconds = 2});
  EXPECT_EQ(schedule.total_lines(), 3000u);
  EXPECT_EQ(schedule.first_measured(), 1000u);
  EXPECT_EQ(schedule.measured_lines(), 2000u);
  for (uint64_t line = 0; line < 3000; ++line) {
    ASSERT_EQ(schedule.LineTime(line), static_cast<int64_t>(line) * 1'000'000);
  }
}

TEST(ScheduleTest, PublishersTakeTurnsAndNumberTheirLinesWithoutGaps) {
  const Schedule schedule({.publishers = 3, .lines_per_second = 10, .seconds = 1});
  std::vector<uint64_t> next(3, 0);
  for (uint64_t piece = 0; piece < schedule.total_pieces(); ++piece) {
    const Schedule::Piece what = schedule.PieceAt(piece);
    EXPECT_EQ(what.publisher, piece % 3);
    EXPECT_EQ(what.sequence, next[what.publisher]++);
    EXPECT_EQ(schedule.LineNumber(what.publisher, what.sequence), piece);
  }
  for (uint32_t publisher = 0; publisher < 3; ++publisher) {
    EXPECT_EQ(schedule.LinesOf(publisher), next[publisher]);
  }
}

TEST(ScheduleTest, ATrickledLineIsDueWithItsLastByte) {
  const Schedule schedule(
      {.publishers = 2, .lines_per_second = 4, .seconds = 1, .pieces_per_line = 5});
  ASSERT_EQ(schedule.total_lines(), 4u);
  ASSERT_EQ(schedule.total_pieces(), 20u);
  std::vector<int> begun(2, 0);
  for (uint64_t piece = 0; piece < 20; ++piece) {
    const Schedule::Piece what = schedule.PieceAt(piece);
    if (what.piece == 0) ++begun[what.publisher];
    if (what.piece == 4) {
      const uint64_t line = schedule.LineNumber(what.publisher, what.sequence);
      EXPECT_EQ(schedule.LineTime(line), schedule.PieceTime(piece));
    }
  }
  EXPECT_EQ(begun, (std::vector<int>{2, 2}));
}

TEST(ScheduleTest, ASilentScheduleHasNoLines) {
  const Schedule silent({.publishers = 1, .lines_per_second = 0, .seconds = 10});
  EXPECT_EQ(silent.total_pieces(), 0u);
  EXPECT_EQ(silent.LinesOf(0), 0u);
  const Schedule nobody({.publishers = 0, .lines_per_second = 10, .seconds = 10});
  EXPECT_EQ(nobody.total_pieces(), 0u);
}

}  // namespace
}  // namespace parley::bench
