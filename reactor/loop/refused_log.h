#ifndef REACTOR_LOOP_REFUSED_LOG_H_
#define REACTOR_LOOP_REFUSED_LOG_H_

// Tells the log how many peers were refused for want of descriptors: all of them, in few lines. The
// first line comes kFirstAfter the first refusal, so that it counts a burst and not its beginning;
// others at least kEvery later; what is left when it is destroyed is told then.
//
// Thread: one.

#include <cstdint>

#include "reactor/base/clock.h"

namespace parley {

class RefusedLog {
 public:
  static constexpr Duration kFirstAfter = std::chrono::seconds(1);
  static constexpr Duration kEvery = std::chrono::seconds(10);

  RefusedLog() = default;
  RefusedLog(const RefusedLog&) = delete;
  RefusedLog& operator=(const RefusedLog&) = delete;
  ~RefusedLog();

  // `error` is why: EMFILE, ENFILE, ENOMEM...
  void Add(int error, int peers, TimePoint now);
  // When a line is due; kNever when there is nothing to tell.
  TimePoint due() const { return due_; }
  // Logs it.
  void Tell(TimePoint now);

 private:
  int error_ = 0;
  uint64_t peers_ = 0;
  TimePoint due_ = kNever;
  TimePoint next_;  // the earliest for another line
};

}  // namespace parley

#endif  // REACTOR_LOOP_REFUSED_LOG_H_
