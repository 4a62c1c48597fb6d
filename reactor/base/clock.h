#ifndef REACTOR_BASE_CLOCK_H_
#define REACTOR_BASE_CLOCK_H_

// Time in the reactor is monotonic: the wall clock may jump, deadlines may not. The engine says what
// time it is (the simulated one makes it up), so nothing above an engine calls steady_clock itself.

#include <chrono>

namespace parley {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

inline constexpr TimePoint kNever = TimePoint::max();

}  // namespace parley

#endif  // REACTOR_BASE_CLOCK_H_
