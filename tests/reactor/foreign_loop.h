#ifndef TESTS_REACTOR_FOREIGN_LOOP_H_
#define TESTS_REACTOR_FOREIGN_LOOP_H_

// What a loop around the reactor does where it waits (Reactor::PollableDescriptor).
//
//   const TimePoint due = reactor.PrepareToPoll();
//   if (IsToldToTurn(reactor, due, longest)) reactor.RunOnce(Duration::zero());

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>

#include "reactor/base/check.h"
#include "reactor/loop/reactor.h"

namespace parley {

// Waits for at most `longest`, and says whether the reactor is to have a turn: its descriptor can be
// read, or the time `due` has come. Only what has been told counts, so that to be told too little is
// to stop.
inline bool IsToldToTurn(Reactor& reactor, TimePoint due, Duration longest) {
  const TimePoint now = reactor.Now();
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(std::min(due, Later(now, longest)) - now);
  pollfd polled{reactor.PollableDescriptor(), POLLIN, 0};
  PARLEY_CHECK(polled.fd >= 0);
  const int found =
      ::poll(&polled, 1, static_cast<int>(std::clamp<int64_t>(wait.count(), 0, INT_MAX)));
  PARLEY_CHECK(found >= 0 || errno == EINTR, errno);
  return found > 0 || due <= reactor.Now();
}

}  // namespace parley

#endif  // TESTS_REACTOR_FOREIGN_LOOP_H_
