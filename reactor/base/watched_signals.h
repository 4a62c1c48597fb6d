#ifndef REACTOR_BASE_WATCHED_SIGNALS_H_
#define REACTOR_BASE_WATCHED_SIGNALS_H_

// What reactors do to the signals of their process, and how a child gets them back.
//
// A reactor blocks the signals that it watches (Reactor::OnSignals), and ignores SIGPIPE if nobody
// has set it otherwise. Both are inherited over fork(2) and exec(3), so a program started from a
// process with a reactor would be deaf to SIGTERM. Between the two:
//
//   if (::fork() == 0) {
//     parley::RestoreSignalsForChild();
//     ::execv(path, arguments);
//   }
//
// and for posix_spawn(3): SignalMaskForChildren() with POSIX_SPAWN_SETSIGMASK, and SIGPIPE with
// POSIX_SPAWN_SETSIGDEF.

#include <csignal>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"

namespace parley {

// The calling thread's mask, less the signals that were not blocked before a reactor watched them.
// Any thread; also between fork and exec.
sigset_t SignalMaskForChildren();

// Sets that mask, and SIGPIPE's default if a reactor has it ignored. For a child between fork and
// exec: it calls nothing that is not safe there (signal-safety(7)).
void RestoreSignalsForChild();

// Ignores SIGPIPE if it has its default.
void IgnoreSigPipe();

// Signals that are blocked for as long as somebody watches them. Several may watch the same one;
// when the last is gone, the thread in which it goes gets back those that were not blocked before:
// one that is pending then does what it does by default. Thread: any, but Add and the destructor
// change the mask of the thread they are called in.
class WatchedSignals {
 public:
  WatchedSignals() = default;
  WatchedSignals(const WatchedSignals&) = delete;
  WatchedSignals& operator=(const WatchedSignals&) = delete;
  ~WatchedSignals();

  // Blocks these too, in the calling thread. Changes nothing when one of them cannot be watched.
  absl::Status Add(std::span<const int> numbers);

  // Each once, in the order in which they were added.
  std::span<const int> numbers() const { return numbers_; }

 private:
  std::vector<int> numbers_;
};

}  // namespace parley

#endif  // REACTOR_BASE_WATCHED_SIGNALS_H_
