#ifndef BENCH_CLOCK_H_
#define BENCH_CLOCK_H_

// The benchmark's clock: CLOCK_MONOTONIC in ns, the same in every process of a machine.

#include <time.h>

#include <cerrno>
#include <cstdint>

namespace parley::bench {

inline constexpr int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr int64_t kNanosPerMilli = 1'000'000;

inline int64_t ToNanos(const timespec& time) {
  return int64_t{time.tv_sec} * kNanosPerSecond + time.tv_nsec;
}

inline int64_t Now() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return ToNanos(now);
}

inline timespec ToTimespec(int64_t nanos) {
  return {.tv_sec = nanos / kNanosPerSecond, .tv_nsec = nanos % kNanosPerSecond};
}

inline void SleepUntil(int64_t moment) {
  const timespec until = ToTimespec(moment);
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

inline double Seconds(int64_t nanos) { return static_cast<double>(nanos) / 1e9; }

}  // namespace parley::bench

#endif  // BENCH_CLOCK_H_
