#include "reactor/base/watched_signals.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "reactor/base/errno_status.h"

namespace parley {
namespace {

constexpr int kMostSignals = 64;  // numbers run from 1

std::mutex mutex;  // of watchers
std::array<int, kMostSignals + 1> watchers{};
// Bit n - 1: signal n was not blocked before it was watched. Read without the mutex, because a
// child may not take it.
std::atomic<uint64_t> unblocked_before{0};
std::atomic<bool> sigpipe_ignored{false};

uint64_t BitOf(int number) { return uint64_t{1} << (number - 1); }

sigset_t SetOf(uint64_t bits) {
  sigset_t set;
  sigemptyset(&set);
  for (int number = 1; number <= kMostSignals; ++number) {
    if ((bits & BitOf(number)) != 0) sigaddset(&set, number);
  }
  return set;
}

absl::Status CheckWatchable(int number) {
  sigset_t set;
  sigemptyset(&set);
  if (number < 1 || number > kMostSignals || sigaddset(&set, number) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("there is no signal ", number));
  }
  if (number == SIGKILL || number == SIGSTOP) {
    return absl::InvalidArgumentError(absl::StrCat("nobody can watch signal ", number));
  }
  return absl::OkStatus();
}

}  // namespace

sigset_t SignalMaskForChildren() {
  sigset_t mask;
  sigemptyset(&mask);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  const uint64_t bits = unblocked_before.load(std::memory_order_relaxed);
  for (int number = 1; number <= kMostSignals; ++number) {
    if ((bits & BitOf(number)) != 0) sigdelset(&mask, number);
  }
  return mask;
}

void RestoreSignalsForChild() {
  if (sigpipe_ignored.load(std::memory_order_relaxed)) ::signal(SIGPIPE, SIG_DFL);
  const sigset_t mask = SignalMaskForChildren();
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

void IgnoreSigPipe() {
  struct sigaction current {};
  if (::sigaction(SIGPIPE, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) return;
  ::signal(SIGPIPE, SIG_IGN);
  sigpipe_ignored.store(true, std::memory_order_relaxed);
}

absl::Status WatchedSignals::Add(std::span<const int> numbers) {
  for (int number : numbers) {
    if (absl::Status watchable = CheckWatchable(number); !watchable.ok()) return watchable;
  }
  const std::lock_guard<std::mutex> lock(mutex);
  sigset_t before;
  uint64_t bits = 0;
  for (int number : numbers) bits |= BitOf(number);
  const sigset_t set = SetOf(bits);
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, &before); error != 0) {
    return ErrnoStatus(error, "cannot block signals");
  }
  for (int number : numbers) {
    if (std::find(numbers_.begin(), numbers_.end(), number) != numbers_.end()) continue;
    numbers_.push_back(number);
    if (watchers[static_cast<size_t>(number)]++ > 0) continue;
    if (sigismember(&before, number) == 0) unblocked_before.fetch_or(BitOf(number));
  }
  return absl::OkStatus();
}

WatchedSignals::~WatchedSignals() {
  const std::lock_guard<std::mutex> lock(mutex);
  uint64_t bits = 0;
  for (int number : numbers_) {
    if (--watchers[static_cast<size_t>(number)] == 0) bits |= BitOf(number);
  }
  bits &= unblocked_before.fetch_and(~bits);
  if (bits == 0) return;
  const sigset_t set = SetOf(bits);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace parley
