#ifndef REACTOR_LOOP_TIMER_QUEUE_H_
#define REACTOR_LOOP_TIMER_QUEUE_H_

// Timers of a reactor: a binary heap of deadlines and a map from id to callback. Adding and firing
// cost O(log n); cancelling O(1) on average: the heap drops the entry when its time comes, or when
// more than half of the heap is such entries. Per-connection deadlines are not timers: see
// deadline_wheel.h. Thread: one.

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

  TimerId Add(TimePoint when, Callback callback);
  // Whether the timer was still to fire.
  bool Cancel(TimerId id);

  // When the next timer fires, or kNever.
  TimePoint Next();
  // Takes a callback that is due at `now`, earliest first and in order of adding; empty when none
  // is.
  Callback TakeDue(TimePoint now);

  size_t size() const { return callbacks_.size(); }
  // Entries of the heap: the timers, and cancelled ones, of which there are never many more.
  size_t entries() const { return heap_.size(); }

 private:
  struct Entry {
    TimePoint when;
    TimerId id;
  };
  static bool IsLater(const Entry& a, const Entry& b);
  void DropCancelled();

  std::vector<Entry> heap_;
  absl::flat_hash_map<TimerId, Callback> callbacks_;
  TimerId last_id_ = 0;
};

}  // namespace parley

#endif  // REACTOR_LOOP_TIMER_QUEUE_H_
