#ifndef TESTS_SIMULATED_SIMULATED_PIPE_H_
#define TESTS_SIMULATED_SIMULATED_PIPE_H_

// One direction of a simulated connection: a bounded pipe of bytes, of which those whose time has
// come have arrived. Its capacity stands for both kernels' buffers and the path between them.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/strings/string_view.h"
#include "reactor/base/clock.h"

namespace parley {

class SimulatedPipe {
 public:
  explicit SimulatedPipe(size_t capacity) : capacity_(capacity) {}

  size_t Room() const { return ended_ ? 0 : capacity_ - size(); }
  size_t size() const { return bytes_.size() - head_; }

  // Bytes that arrive at `arrives`, and not before those written earlier. Needs Room.
  void Write(absl::string_view bytes, TimePoint arrives);
  // The end, which arrives behind everything written before.
  void End(TimePoint arrives);
  bool ended() const { return ended_; }

  size_t Arrived(TimePoint now);
  // The first arrived bytes; valid until the next call.
  absl::string_view Front(TimePoint now) { return {bytes_.data() + head_, Arrived(now)}; }
  void Consume(size_t count);
  // Everything was read and the end has arrived.
  bool EndArrived(TimePoint now) { return ended_ && size() == 0 && end_arrives_ <= now; }
  // Drops what has not been read.
  void Drop();

  // When, after `now`, something more arrives; kNever when nothing is on its way.
  TimePoint NextArrival(TimePoint now) const;

 private:
  struct Batch {
    uint64_t end;  // counted from the pipe's beginning
    TimePoint arrives;
  };

  const size_t capacity_;
  std::string bytes_;  // from head_ on
  size_t head_ = 0;
  uint64_t read_ = 0;     // bytes consumed since the beginning
  uint64_t arrived_ = 0;  // bytes arrived since the beginning
  std::deque<Batch> on_the_way_;
  TimePoint last_arrives_;
  bool ended_ = false;
  TimePoint end_arrives_ = kNever;
};

}  // namespace parley

#endif  // TESTS_SIMULATED_SIMULATED_PIPE_H_
