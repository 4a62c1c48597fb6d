#include "reactor/loop/stall_watch.h"

#include <algorithm>

namespace parley {

void StallWatch::SetStallTime(Duration stall_time, TimePoint now) {
  stall_time_ = std::max(stall_time, Duration::zero());
  if (stall_time_ == Duration::zero()) watched_.clear();
  next_look_ = Later(now, stall_time_ / kLooks);
}

void StallWatch::Add(Handle connection, TimePoint now) {
  if (watched_.empty()) next_look_ = Later(now, stall_time_ / kLooks);
  watched_.push_back({connection});
}

const std::vector<Handle>& StallWatch::Look(TimePoint now, LookAt look) {
  stalled_.clear();
  next_look_ = Later(now, stall_time_ / kLooks);
  std::erase_if(watched_, [&](Watched& each) {
    const Finding finding = look(each.connection, each.held);
    if (finding == Finding::kNothingOwed) return true;
    each.idle_looks = finding == Finding::kTookSome ? 0 : each.idle_looks + 1;
    // The first of them may have come right after the last bytes were taken.
    if (each.idle_looks <= kLooks) return false;
    stalled_.push_back(each.connection);
    return true;
  });
  return stalled_;
}

}  // namespace parley
