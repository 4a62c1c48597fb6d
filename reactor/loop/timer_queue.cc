#include "reactor/loop/timer_queue.h"

#include <algorithm>
#include <utility>

namespace parley {

bool TimerQueue::IsLater(const Entry& a, const Entry& b) {
  return a.when != b.when ? a.when > b.when : a.id > b.id;
}

TimerId TimerQueue::Add(TimePoint when, Callback callback) {
  const TimerId id = ++last_id_;
  callbacks_.emplace(id, std::move(callback));
  heap_.push_back({when, id});
  std::push_heap(heap_.begin(), heap_.end(), IsLater);
  return id;
}

bool TimerQueue::Cancel(TimerId id) { return callbacks_.erase(id) > 0; }

void TimerQueue::DropCancelled() {
  while (!heap_.empty() && !callbacks_.contains(heap_.front().id)) {
    std::pop_heap(heap_.begin(), heap_.end(), IsLater);
    heap_.pop_back();
  }
}

TimePoint TimerQueue::Next() {
  DropCancelled();
  return heap_.empty() ? kNever : heap_.front().when;
}

TimerQueue::Callback TimerQueue::TakeDue(TimePoint now) {
  if (Next() > now || heap_.empty()) return nullptr;
  const auto found = callbacks_.find(heap_.front().id);
  Callback callback = std::move(found->second);
  callbacks_.erase(found);
  DropCancelled();
  return callback;
}

}  // namespace parley
