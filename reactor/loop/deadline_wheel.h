#ifndef REACTOR_LOOP_DEADLINE_WHEEL_H_
#define REACTOR_LOOP_DEADLINE_WHEEL_H_

// One coarse deadline per slot, for tens of thousands of slots: connect, login, idle and drain
// limits. Moving a deadline later, which every message may do, only stores a number; the slot is
// looked at again when the bucket it stands in comes by. Nobody sweeps over everybody.
//
// Units: ticks of kTick. A deadline fires at its tick or up to one tick later, never earlier.
// Memory: 16 bytes a slot. Thread: one. Source: the hashed wheel of Varghese and Lauck (1987), made
// lazy.

#include <array>
#include <cstdint>
#include <vector>

#include "reactor/base/clock.h"
#include "reactor/base/slot_table.h"

namespace parley {

class DeadlineWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(64);

  explicit DeadlineWheel(TimePoint now) : origin_(now) { first_.fill(kNone); }

  // Sets the deadline of `slot`; kNever takes it away.
  void Set(uint32_t slot, TimePoint deadline);

  // Whether `slot` has a deadline that has not expired.
  bool IsSet(uint32_t slot) const { return slot < nodes_.capacity() && nodes_[slot].deadline != 0; }

  // When Expire has something to look at, or kNever.
  TimePoint Next() const;
  // The slots whose deadline is at or before `now`; each has no deadline any more. Valid until the
  // next call.
  const std::vector<uint32_t>& Expire(TimePoint now);

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kBuckets = 512;
  static constexpr uint32_t kWords = kBuckets / 64;

  struct Node {
    uint32_t deadline = 0;     // in ticks; 0: no deadline
    uint32_t bucket_tick = 0;  // the tick whose bucket it is linked into; 0: not linked
    uint32_t previous = kNone;
    uint32_t next = kNone;
  };

  uint32_t TickAtOrAfter(TimePoint time) const;
  void Occupy(uint32_t bucket);
  void Vacate(uint32_t bucket);
  void Link(uint32_t slot, Node& node);
  void Unlink(uint32_t slot, Node& node);

  const TimePoint origin_;
  uint32_t done_tick_ = 0;  // every bucket up to this tick has been looked at
  SlotArray<Node> nodes_;
  std::array<uint32_t, kBuckets> first_;
  std::array<uint64_t, kWords> occupied_{};  // a bit for each bucket
  uint8_t words_ = 0;                        // a bit for each of those words that is not 0
  std::vector<uint32_t> expired_;
};

}  // namespace parley

#endif  // REACTOR_LOOP_DEADLINE_WHEEL_H_
