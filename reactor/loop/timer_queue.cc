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

void TimerQueue::Push(const Entry& entry) {
  heap_.push_back(entry);
  std::push_heap(heap_.begin(), heap_.end(), IsLater);
}

void TimerQueue::Pop() {
  std::pop_heap(heap_.begin(), heap_.end(), IsLater);
  heap_.pop_back();
}

TimerId TimerQueue::Add(TimePoint when, Callback callback, Duration period) {
  const TimerId id = ++last_id_;
  timers_.emplace(id, Timer{std::move(callback), period});
  Push({when, id});
  return id;
}

bool TimerQueue::Cancel(TimerId id) {
  if (timers_.erase(id) == 0) return false;
  if (heap_.size() > kFewEntries && heap_.size() > 2 * timers_.size()) {
    std::erase_if(heap_, [this](const Entry& entry) { return !timers_.contains(entry.id); });
    std::make_heap(heap_.begin(), heap_.end(), IsLater);
  }
  return true;
}

void TimerQueue::DropCancelled() {
  while (!heap_.empty() && !timers_.contains(heap_.front().id)) Pop();
}

TimePoint TimerQueue::Next() {
  DropCancelled();
  return heap_.empty() ? kNever : heap_.front().when;
}

TimerQueue::Due TimerQueue::TakeDue(TimePoint now) {
  if (Next() > now || heap_.empty()) return {};
  const Entry entry = heap_.front();
  Pop();
  const auto found = timers_.find(entry.id);
  Due due{entry.id, entry.when, std::move(found->second.callback)};
  if (found->second.period == Duration::zero()) timers_.erase(found);
  return due;
}

void TimerQueue::Renew(Due due, TimePoint now) {
  const auto found = timers_.find(due.id);
  if (found == timers_.end()) return;
  Timer& timer = found->second;
  timer.callback = std::move(due.callback);
  const Duration late = std::max(Duration::zero(), now - due.when);
  const Duration ahead = timer.period - late % timer.period;
  Push({Later(due.when + late, ahead), due.id});
}

}  // namespace parley
