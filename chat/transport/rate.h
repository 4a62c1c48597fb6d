#ifndef CHAT_TRANSPORT_RATE_H_
#define CHAT_TRANSPORT_RATE_H_

// How fast something may pass: so many units a second, and at once what comes in two seconds. The
// virtual scheduling form of the leaky bucket (ITU-T I.371): one time stamp for rate and burst.
//
//   TimePoint next;  // of this sender
//   const TimePoint due = TakeTurn(next, now, CostOf(units, units_per_second));
//   // `units` are charged now and may pass at `due`: at once when that is not after `now`
//
// Whatever is larger than a burst passes as well, and what comes behind it waits for it.

#include <algorithm>
#include <cstdint>

#include "reactor/base/clock.h"

namespace parley::chat {

inline constexpr Duration kBurst = std::chrono::seconds(2);

// How long `units` take at this rate, which is not 0. At most 2^33 units.
inline Duration CostOf(uint64_t units, uint32_t units_per_second) {
  constexpr uint64_t kNanoseconds = 1'000'000'000;
  return Duration(static_cast<Duration::rep>(units * kNanoseconds / units_per_second));
}

// `next`: when the next unit would be due if there were no bursts.
inline TimePoint TakeTurn(TimePoint& next, TimePoint now, Duration cost) {
  const TimePoint turn = std::max(next, now);
  next = turn + cost;
  return turn - kBurst;
}

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_RATE_H_
