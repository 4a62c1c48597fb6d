#include "bench/histogram.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace parley::bench {

static_assert(std::is_trivially_copyable_v<Histogram>);

int64_t Histogram::HighestOf(size_t index) {
  if (index < 2 * kHalf) return static_cast<int64_t>(index);
  const size_t shift = (index >> kHalfBits) - 1;
  const size_t sub_bucket = (index & (kHalf - 1)) + kHalf;
  return static_cast<int64_t>(((sub_bucket + 1) << shift) - 1);
}

void Histogram::Merge(const Histogram& other) {
  max_ = std::max(max_, other.max_);
  for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
}

uint64_t Histogram::count() const {
  uint64_t total = 0;
  for (const uint64_t count : counts_) total += count;
  return total;
}

double Histogram::mean() const {
  const uint64_t total = count();
  if (total == 0) return 0;
  double sum = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (counts_[i] == 0) continue;
    sum += static_cast<double>(counts_[i]) * static_cast<double>(std::min(HighestOf(i), max_));
  }
  return sum / static_cast<double>(total);
}

int64_t Histogram::ValueAtPercentile(double percentile) const {
  const uint64_t total = count();
  if (total == 0) return 0;
  const double share = std::clamp(percentile, 0.0, 100.0) / 100;
  const auto wanted = std::max<uint64_t>(
      1, static_cast<uint64_t>(std::ceil(share * static_cast<double>(total) - 1e-6)));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen < wanted) continue;
    // A bucket's end may lie above the largest value that was recorded, and the last bucket has all
    // that lies beyond the range.
    return i == IndexOf(kHighestValue) ? max_ : std::min(HighestOf(i), max_);
  }
  return max_;
}

std::vector<Histogram::CurvePoint> Histogram::Curve() const {
  const uint64_t total = count();
  std::vector<CurvePoint> curve;
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (counts_[i] == 0) continue;
    seen += counts_[i];
    curve.push_back({.percentile = 100.0 * static_cast<double>(seen) / static_cast<double>(total),
                     .value = std::min(HighestOf(i), max_),
                     .count = counts_[i]});
  }
  return curve;
}

}  // namespace parley::bench
