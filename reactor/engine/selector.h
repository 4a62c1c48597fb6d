#ifndef REACTOR_ENGINE_SELECTOR_H_
#define REACTOR_ENGINE_SELECTOR_H_

// What a readiness kernel offers, and no more: tell me, once per edge, which descriptors may have become
// readable or writable. One file per kernel (epoll_selector.cc, kqueue_selector.cc); everything that is
// hard about edges (draining, budgets, carry-over, stale events) is in the readiness engine above it.
//
// Thread: one, but for Wake. A descriptor is registered once, for everything, and never modified.

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "reactor/base/clock.h"

namespace parley {

class Selector {
 public:
  struct Ready {
    uint64_t token = 0;
    bool readable = false;
    bool writable = false;
    bool urgent = false;
    bool hung_up = false;  // a hint: read until nothing comes, there may still be data
    int error = 0;         // an errno value that came with the event, and may not be told again
  };
  // What Wait found beside ready descriptors.
  struct Found {
    size_t ready = 0;  // entries of the span that are filled
    bool woken = false;
    uint64_t signals = 0;  // bit n - 1: signal n arrived
  };

  virtual ~Selector() = default;
  virtual absl::string_view name() const = 0;
  // Whether `urgent` is ever set.
  virtual bool TellsUrgent() const { return true; }

  // Reports edges of `fd` with `token` until Remove. A listener is watched for reading only.
  virtual absl::Status Add(int fd, uint64_t token, bool is_listener) = 0;
  // Call it before the descriptor is closed.
  virtual void Remove(int fd) = 0;
  // Takes these signals, and no others, from now on; all of an earlier call are among them.
  virtual absl::Status WatchSignals(std::span<const int> signal_numbers) = 0;

  // Waits at most `timeout` (0: does not wait; negative: for ever). The same token may appear twice.
  virtual Found Wait(Duration timeout, std::span<Ready> ready) = 0;
  virtual void Wake() = 0;
  // Can be read (poll(2)) when Wait would find something.
  virtual int descriptor() const = 0;
};

}  // namespace parley

#endif  // REACTOR_ENGINE_SELECTOR_H_
