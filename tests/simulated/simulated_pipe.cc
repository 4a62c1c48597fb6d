#include "tests/simulated/simulated_pipe.h"

#include <algorithm>

#include "reactor/base/check.h"

namespace parley {

void SimulatedPipe::Write(absl::string_view bytes, TimePoint arrives) {
  PARLEY_CHECK(bytes.size() <= Room(), bytes.size(), Room());
  bytes_.append(bytes.data(), bytes.size());
  last_arrives_ = std::max(last_arrives_, arrives);
  on_the_way_.push_back({read_ + size(), last_arrives_});
}

void SimulatedPipe::End(TimePoint arrives) {
  if (ended_) return;
  ended_ = true;
  end_arrives_ = std::max(last_arrives_, arrives);
}

size_t SimulatedPipe::Arrived(TimePoint now) {
  while (!on_the_way_.empty() && on_the_way_.front().arrives <= now) {
    arrived_ = on_the_way_.front().end;
    on_the_way_.pop_front();
  }
  return static_cast<size_t>(arrived_ - read_);
}

void SimulatedPipe::Consume(size_t count) {
  PARLEY_CHECK(read_ + count <= arrived_, count, read_, arrived_);
  read_ += count;
  head_ += count;
  if (head_ == bytes_.size()) {
    bytes_.clear();
    head_ = 0;
  } else if (head_ > capacity_) {
    bytes_.erase(0, head_);
    head_ = 0;
  }
}

void SimulatedPipe::Drop() {
  read_ = arrived_ = read_ + size();
  bytes_.clear();
  head_ = 0;
  on_the_way_.clear();
}

TimePoint SimulatedPipe::NextArrival(TimePoint now) const {
  for (const Batch& batch : on_the_way_) {
    if (batch.arrives > now) return batch.arrives;
  }
  return ended_ && end_arrives_ > now ? end_arrives_ : kNever;
}

}  // namespace parley
