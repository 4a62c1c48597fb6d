#ifndef BENCH_HISTOGRAM_H_
#define BENCH_HISTOGRAM_H_

// Histogram counts durations from 1 ns to 100 s and keeps three significant digits of each: below
// 2,048 ns every nanosecond has its own bucket, above that each power of two is cut into 1,024.
// The layout is the one of HdrHistogram (Gil Tene, hdrhistogram.org); Debian 12 has no package of
// the C library, so this is our own, with only what the load generator asks for.
//
//   auto latency = std::make_unique<Histogram>();
//   latency->Record(1'500'000);
//   int64_t p99 = latency->ValueAtPercentile(99);
//
// An object is about 230 KB, trivially copyable, holds no pointer, and all zero bytes are an empty
// one: it can stand in memory that processes share. Values are nanoseconds; smaller ones count as 0
// and larger ones as 100 s in the buckets, while max() is exact. One thread at a time.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace parley::bench {

class Histogram {
 public:
  static constexpr int64_t kHighestValue = 100'000'000'000;

  // One point of the percentile curve: `percentile` percent of the values are `value` or less.
  struct CurvePoint {
    double percentile = 0;
    int64_t value = 0;
    uint64_t count = 0;
  };

  void Record(int64_t value) {
    if (value > max_) max_ = value;
    ++counts_[IndexOf(value)];
  }

  // Records `end - begins[i]` for each of `count`, which must ascend. The same as so many calls of
  // Record, for those who have tens of millions of values a second.
  void RecordSince(const int64_t* begins, size_t count, int64_t end) {
    if (count == 0) return;
    const int64_t longest = end - begins[0];
    if (longest >= kHighestValue || end < begins[count - 1]) {
      for (size_t i = 0; i < count; ++i) Record(end - begins[i]);
      return;
    }
    if (longest > max_) max_ = longest;
    for (size_t i = 0; i < count; ++i) {
      ++counts_[BucketOf(static_cast<uint64_t>(end - begins[i]))];
    }
  }

  void Merge(const Histogram& other);

  uint64_t count() const;
  int64_t max() const { return max_; }
  double mean() const;

  // The value that `percentile` percent (0..100) of the recorded ones do not exceed, 0 when empty.
  int64_t ValueAtPercentile(double percentile) const;

  // Every filled bucket, lowest first: enough to draw the whole curve.
  std::vector<CurvePoint> Curve() const;

 private:
  static constexpr int kSubBucketBits = 11;
  static constexpr int kHalfBits = kSubBucketBits - 1;
  static constexpr size_t kHalf = size_t{1} << kHalfBits;
  static constexpr size_t kOctaves = std::bit_width(uint64_t{kHighestValue}) - kSubBucketBits;
  static constexpr size_t kBuckets = (kOctaves + 2) * kHalf;

  static size_t IndexOf(int64_t value) {
    const uint64_t clamped =
        value <= 0 ? 0 : static_cast<uint64_t>(value < kHighestValue ? value : kHighestValue);
    return BucketOf(clamped);
  }

  // `value` must not exceed kHighestValue.
  static size_t BucketOf(uint64_t value) {
    const int width = static_cast<int>(std::bit_width(value | (kHalf * 2 - 1)));
    const int shift = width - kSubBucketBits;
    return (static_cast<size_t>(shift) << kHalfBits) + (value >> shift);
  }

  // The highest value that falls into the bucket.
  static int64_t HighestOf(size_t index);

  int64_t max_ = 0;
  std::array<uint64_t, kBuckets> counts_ = {};
};

}  // namespace parley::bench

#endif  // BENCH_HISTOGRAM_H_
