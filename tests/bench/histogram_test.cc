#include "bench/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

namespace parley::bench {
namespace {

std::unique_ptr<Histogram> Empty() { return std::make_unique<Histogram>(); }

TEST(HistogramTest, IsEmptyAtFirst) {
  const auto histogram = Empty();
  EXPECT_EQ(histogram->count(), 0u);
  EXPECT_EQ(histogram->max(), 0);
  EXPECT_EQ(histogram->ValueAtPercentile(50), 0);
  EXPECT_TRUE(histogram->Curve().empty());
}

TEST(HistogramTest, KeepsSmallValuesExactly) {
  const auto histogram = Empty();
  for (int64_t value = 1; value <= 2000; ++value) histogram->Record(value);
  EXPECT_EQ(histogram->count(), 2000u);
  EXPECT_EQ(histogram->ValueAtPercentile(50), 1000);
  EXPECT_EQ(histogram->ValueAtPercentile(99), 1980);
  EXPECT_EQ(histogram->ValueAtPercentile(99.9), 1998);
  EXPECT_EQ(histogram->ValueAtPercentile(100), 2000);
  EXPECT_EQ(histogram->ValueAtPercentile(0), 1);
}

TEST(HistogramTest, KeepsThreeDigitsOfAnyValueUpToAHundredSeconds) {
  for (int64_t value = 1; value < Histogram::kHighestValue; value = value * 17 / 16 + 1) {
    const auto histogram = Empty();
    histogram->Record(value);
    histogram->Record(Histogram::kHighestValue);  // so that the maximum does not cut the bucket
    const int64_t kept = histogram->ValueAtPercentile(50);
    ASSERT_GE(kept, value);
    ASSERT_LE(kept - value, value / 1000) << value;
  }
}

TEST(HistogramTest, NeverGoesBackFromOneBucketToTheNext) {
  const auto histogram = Empty();
  for (int64_t value = 1; value < Histogram::kHighestValue; value = value * 1025 / 1024 + 1) {
    histogram->Record(value);
  }
  int64_t before = -1;
  for (const Histogram::CurvePoint& point : histogram->Curve()) {
    ASSERT_GT(point.value, before);
    before = point.value;
  }
}

TEST(HistogramTest, AgreesWithASortedListOfRandomValues) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> nanos(14, 2);
  const auto histogram = Empty();
  std::vector<int64_t> sorted;
  for (int i = 0; i < 100'000; ++i) {
    sorted.push_back(static_cast<int64_t>(nanos(random)));
    histogram->Record(sorted.back());
  }
  std::sort(sorted.begin(), sorted.end());
  for (const size_t rank : {1'000, 50'000, 90'000, 99'000, 99'900, 99'990}) {
    const auto exact = static_cast<double>(sorted[rank - 1]);
    const double percentile = static_cast<double>(rank) / 1000;
    EXPECT_NEAR(static_cast<double>(histogram->ValueAtPercentile(percentile)), exact, exact / 1000)
        << percentile;
  }
  EXPECT_EQ(histogram->max(), sorted.back());
}

TEST(HistogramTest, MergedHistogramsAreAsIfRecordedInOne) {
  const auto whole = Empty();
  const auto odd = Empty();
  const auto even = Empty();
  for (int64_t value = 1; value < 1'000'000; value += 37) {
    whole->Record(value);
    (value % 2 == 0 ? even : odd)->Record(value);
  }
  odd->Merge(*even);
  EXPECT_EQ(odd->count(), whole->count());
  EXPECT_EQ(odd->max(), whole->max());
  for (const double percentile : {10.0, 50.0, 99.0}) {
    EXPECT_EQ(odd->ValueAtPercentile(percentile), whole->ValueAtPercentile(percentile));
  }
}

TEST(HistogramTest, ValuesBeyondTheRangeCountAtItsEndsAndTheMaximumStaysExact) {
  const auto histogram = Empty();
  histogram->Record(-5);
  histogram->Record(3 * Histogram::kHighestValue);
  EXPECT_EQ(histogram->count(), 2u);
  EXPECT_EQ(histogram->ValueAtPercentile(50), 0);
  EXPECT_EQ(histogram->max(), 3 * Histogram::kHighestValue);
  EXPECT_EQ(histogram->ValueAtPercentile(100), 3 * Histogram::kHighestValue);
}

TEST(HistogramTest, CurveEndsAtAHundredPercentOfAllValues) {
  const auto histogram = Empty();
  for (int64_t value = 1000; value < 100'000; value += 7) histogram->Record(value);
  const std::vector<Histogram::CurvePoint> curve = histogram->Curve();
  uint64_t counted = 0;
  for (const Histogram::CurvePoint& point : curve) counted += point.count;
  EXPECT_EQ(counted, histogram->count());
  EXPECT_DOUBLE_EQ(curve.back().percentile, 100);
  EXPECT_EQ(curve.back().value, histogram->max());
}

TEST(HistogramTest, ManyAtOnceAreRecordedLikeOneAfterTheOther) {
  // Small, large, beyond the highest, and ends that lie before a beginning.
  const std::vector<int64_t> begins = {-200'000'000'000, -5'000'000, 0, 10, 2'000, 70'000'000};
  for (const int64_t end : {int64_t{5}, int64_t{80'000'000}}) {
    for (size_t first = 0; first < begins.size(); ++first) {
      auto at_once = std::make_unique<Histogram>();
      auto singly = std::make_unique<Histogram>();
      at_once->RecordSince(begins.data() + first, begins.size() - first, end);
      for (size_t i = first; i < begins.size(); ++i) singly->Record(end - begins[i]);
      EXPECT_EQ(at_once->max(), singly->max());
      EXPECT_EQ(at_once->count(), begins.size() - first);
      for (const double percentile : {0.0, 20.0, 40.0, 60.0, 80.0, 100.0}) {
        EXPECT_EQ(at_once->ValueAtPercentile(percentile), singly->ValueAtPercentile(percentile));
      }
    }
  }
}

}  // namespace
}  // namespace parley::bench
