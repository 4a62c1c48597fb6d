#ifndef REACTOR_LOOP_STALL_WATCH_H_
#define REACTOR_LOOP_STALL_WATCH_H_

// Which connections have taken nothing for too long. A connection is put here when its socket is
// full, and looked at kLooks times in the stall time until it owes nothing more; one whose looks
// find nothing taken, for the whole time, has stalled.
//
//   watch.Add(handle, now);                       // its socket is full
//   if (watch.Next() <= now) {
//     for (Handle handle : watch.Look(now, look)) ... has stalled, and is no longer here ...
//   }
//
// It counts looks and not hours: a process that stood still, or a turn that took long, does not
// count as time in which the peers did nothing.
//
// Memory: 16 bytes for each that is here. Thread: one.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "reactor/base/clock.h"
#include "reactor/base/handle.h"

namespace parley {

class StallWatch {
 public:
  static constexpr uint32_t kLooks = 8;

  // What a look finds.
  enum class Finding {
    kNothingOwed,  // it goes from here
    kTookSome,
    kTookNothing,
  };
  // `held`: a number of the caller's for this connection, 0 at first and kept from look to look.
  using LookAt = absl::FunctionRef<Finding(Handle connection, int& held)>;

  // Zero: nobody is watched.
  void SetStallTime(Duration stall_time, TimePoint now);
  Duration stall_time() const { return stall_time_; }

  // The caller adds none twice.
  void Add(Handle connection, TimePoint now);

  // When Look has something to do, or kNever.
  TimePoint Next() const { return watched_.empty() ? kNever : next_look_; }
  // Looks at each, once. Returns those that have stalled, valid until the next call.
  const std::vector<Handle>& Look(TimePoint now, LookAt look);

 private:
  struct Watched {
    Handle connection;
    uint32_t idle_looks = 0;
    int held = 0;
  };

  Duration stall_time_ = std::chrono::seconds(60);
  TimePoint next_look_;
  std::vector<Watched> watched_;
  std::vector<Handle> stalled_;
};

}  // namespace parley

#endif  // REACTOR_LOOP_STALL_WATCH_H_
