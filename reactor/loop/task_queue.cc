#include "reactor/loop/task_queue.h"

#include <utility>

namespace parley {

bool TaskQueue::Post(Task task) {
  const std::lock_guard<std::mutex> lock(mutex_);
  tasks_.push_back(std::move(task));
  return !pending_.exchange(true, std::memory_order_acq_rel);
}

std::vector<TaskQueue::Task> TaskQueue::TakeAll() {
  const std::lock_guard<std::mutex> lock(mutex_);
  pending_.store(false, std::memory_order_release);
  return std::exchange(tasks_, {});
}

}  // namespace parley
