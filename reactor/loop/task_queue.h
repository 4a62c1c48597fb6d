#ifndef REACTOR_LOOP_TASK_QUEUE_H_
#define REACTOR_LOOP_TASK_QUEUE_H_

// Work that other threads hand to a reactor. Many writers, one reader; the reader is woken once per
// batch. Tasks run in the order in which they were posted.

#include <atomic>
#include <mutex>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace parley {

class TaskQueue {
 public:
  using Task = absl::AnyInvocable<void()>;

  // Any thread. Returns whether the reader has to be woken: true for the first task of a batch.
  bool Post(Task task);

  // The reader's thread: the tasks posted so far.
  std::vector<Task> TakeAll();

  bool empty() const { return !pending_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> pending_{false};
  std::mutex mutex_;
  std::vector<Task> tasks_;
};

}  // namespace parley

#endif  // REACTOR_LOOP_TASK_QUEUE_H_
