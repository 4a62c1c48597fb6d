#ifndef REACTOR_LOOP_TIMER_QUEUE_H_
#define REACTOR_LOOP_TIMER_QUEUE_H_

// Timers of a reactor: a binary heap of deadlines and a map from id to callback. Adding and firing
// cost O(log n); cancelling O(1) on average: the heap drops the entry when its time comes, or when
// more than half of the heap is such entries. Per-connection deadlines are not timers: see
// deadline_wheel.h. Thread: one.
//
// A timer with a period is taken when it is due, and put back by Renew when its callback has run; it
// can be cancelled meanwhile.

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "reactor/base/clock.h"

namespace parley {

// Names a timer; 0 names none. Ids are not used again.
using TimerId = uint64_t;

class TimerQueue {
 public:
  using Callback = absl::AnyInvocable<void()>;

  // A timer that is due, taken out.
  struct Due {
    TimerId id = 0;
    TimePoint when;
    Callback callback;
    explicit operator bool() const { return id != 0; }
  };

  // `period`: fires again every so long; zero: once.
  TimerId Add(TimePoint when, Callback callback, Duration period = Duration::zero());
  // Whether the timer was still to fire.
  bool Cancel(TimerId id);

  // When the next timer fires, or kNever.
  TimePoint Next();
  // Takes a timer that is due at `now`, earliest first and in order of adding; none when none is.
  Due TakeDue(TimePoint now);
  // A timer with a period fires again at the first of its times after `now`, unless it has been
  // cancelled; one without is over. Times that have been missed are left out.
  void Renew(Due due, TimePoint now);

  // Timers to come, those included that are taken and have a period.
  size_t size() const { return timers_.size(); }
  // Entries of the heap: the timers, and cancelled ones, of which there are never many more.
  size_t entries() const { return heap_.size(); }

 private:
  struct Entry {
    TimePoint when;
    TimerId id;
  };
  struct Timer {
    Callback callback;
    Duration period;
  };
  static bool IsLater(const Entry& a, const Entry& b);
  void Push(const Entry& entry);
  void Pop();
  void DropCancelled();

  std::vector<Entry> heap_;
  absl::flat_hash_map<TimerId, Timer> timers_;
  TimerId last_id_ = 0;
};

}  // namespace parley

#endif  // REACTOR_LOOP_TIMER_QUEUE_H_
