#include "reactor/loop/timer_queue.h"

#include <algorithm>
#include <utility>

namespace parley {
namespace {

constexpr size_t kFewEntries = 64;  // not worth tidying

}  // namespace

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

bool TimerQueue::Cancel(TimerId id) {
  if (callbacks_.erase(id) == 0) return false;
  if (heap_.size() > kFewEntries && heap_.size() > 2 * callbacks_.size()) {
    std::erase_if(heap_, [this](const Entry& entry) { return !callbacks_.contains(entry.id); });
    std::make_heap(heap_.begin(), heap_.end(), IsLater);
  }
  return true;
}

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
