#ifndef REACTOR_BASE_CLOCK_H_
#define REACTOR_BASE_CLOCK_H_

// Time in the reactor is monotonic: the wall clock may jump, deadlines may not. The engine says what
// time it is (the simulated one makes it up), so nothing above an engine calls steady_clock itself.

#include <algorithm>
#include <chrono>

namespace parley {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

inline constexpr TimePoint kNever = TimePoint::max();

// `delay` after `time`, and kNever when that is further than time can be counted.
inline TimePoint Later(TimePoint time, Duration delay) {
  return delay > kNever - std::max(time, TimePoint()) ? kNever : time + delay;
}

}  // namespace parley

#endif  // REACTOR_BASE_CLOCK_H_
