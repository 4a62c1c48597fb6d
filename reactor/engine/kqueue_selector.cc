// The kqueue selector (kqueue(2)): macOS, FreeBSD, and Linux with libkqueue. Every descriptor gets
// its filters in one call, edge-triggered (EV_CLEAR), and is never modified. EVFILT_USER wakes,
// EVFILT_SIGNAL brings the signals.
//
// TCP's out-of-band byte is reported where there is a filter for it (NOTE_OOB: macOS, OpenBSD);
// elsewhere only sockets that take it in line (SO_OOBINLINE) hear of it.
//
// libkqueue is for trying this out on Linux, not for serving with it: when one wait finds so many
// descriptors that their events do not fit into the array (both filters of each: 256 of 512), it
// drops what does not fit, and an edge does not come again.

#include <sys/event.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "reactor/base/check.h"
#include "reactor/base/errno_status.h"
#include "reactor/base/unique_fd.h"
#include "reactor/engine/engine_list.h"
#include "reactor/engine/readiness_engine.h"
#include "reactor/engine/selector.h"

namespace parley {
namespace {

using Event = struct kevent;

struct Filter {
  int16_t filter;
  uint32_t note;
};

// For a listener the first; what fails for a descriptor behind the first is done without.
constexpr Filter kFilters[] = {
    {EVFILT_READ, 0},
    {EVFILT_WRITE, 0},
#ifdef NOTE_OOB
    {EVFILT_EXCEPT, NOTE_OOB},
#endif
};

// The user event that wakes; an identifier of its own, no descriptor.
constexpr uintptr_t kWakeIdent = 0;

Event MakeEvent(uintptr_t ident, Filter filter, uint16_t flags, uint64_t token) {
  Event event{};
  event.ident = ident;
  event.filter = filter.filter;
  event.flags = flags;
  event.fflags = filter.note;
  event.udata = reinterpret_cast<void*>(static_cast<uintptr_t>(token));
  return event;
}

class KqueueSelector : public Selector {
 public:
  explicit KqueueSelector(UniqueFd queue) : queue_(std::move(queue)) {}

  absl::string_view name() const override { return "kqueue"; }
  bool TellsUrgent() const override { return kAll > 2; }

  absl::Status Add(int fd, uint64_t token, bool is_listener) override {
    const Receipts receipts = ChangeFilters(fd, EV_ADD | EV_CLEAR, token, is_listener ? 1 : kAll);
    if (receipts[0].data != 0) {
      return ErrnoStatus(static_cast<int>(receipts[0].data),
                         absl::StrCat("kqueue cannot watch descriptor ", fd));
    }
    return absl::OkStatus();
  }

  void Remove(int fd) override {
    // A filter that a descriptor never got cannot be deleted, which is as good.
    ChangeFilters(fd, EV_DELETE, 0, kAll);
  }

  absl::Status WatchSignals(std::span<const int> signal_numbers) override {
    for (int number : signal_numbers) {
      const absl::Status watched = Change(
          MakeEvent(static_cast<uintptr_t>(number), {EVFILT_SIGNAL, 0}, EV_ADD | EV_CLEAR, 0));
      if (!watched.ok()) return watched;
    }
    return absl::OkStatus();
  }

  absl::Status WatchWake() {
    return Change(MakeEvent(kWakeIdent, {EVFILT_USER, 0}, EV_ADD | EV_CLEAR, 0));
  }

  Found Wait(Duration timeout, std::span<Ready> ready) override {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const timespec spec{static_cast<time_t>(seconds.count()),
                        static_cast<long>((timeout - seconds).count())};
    const int most = static_cast<int>(std::min(ready.size(), events_.size()));
    const int count = ::kevent(queue_.get(), nullptr, 0, events_.data(), most,
                               timeout < Duration::zero() ? nullptr : &spec);
    // A signal that is not watched may interrupt the wait; the caller computes a new timeout.
    PARLEY_CHECK(count >= 0 || errno == EINTR, errno);
    Found found;
    for (int i = 0; i < count; ++i) {
      const Event& event = events_[static_cast<size_t>(i)];
      switch (event.filter) {
        case EVFILT_USER:
          found.woken = true;
          break;
        case EVFILT_SIGNAL:
          found.signals |= uint64_t{1} << (event.ident - 1);
          DiscardPending(static_cast<int>(event.ident));
          break;
        default:
          ready[found.ready++] = ReadyOf(event);
      }
    }
    return found;
  }

  void Wake() override {
    const Event trigger = MakeEvent(kWakeIdent, {EVFILT_USER, NOTE_TRIGGER}, 0, 0);
    const int result = ::kevent(queue_.get(), &trigger, 1, nullptr, 0, nullptr);
    PARLEY_CHECK(result >= 0 || errno == EINTR, errno);
  }

  int descriptor() const override { return queue_.get(); }

 private:
  static constexpr size_t kAll = std::size(kFilters);
  using Receipts = std::array<Event, kAll>;

  // The event does not consume the signal, which is blocked and so stays pending, and would be taken
  // for a new one when it is unblocked. To ignore a signal discards it (sigaction(2)).
  static void DiscardPending(int number) {
    sigset_t pending;
    if (::sigpending(&pending) != 0 || sigismember(&pending, number) != 1) return;
    struct sigaction ignored {};
    struct sigaction before {};
    ignored.sa_handler = SIG_IGN;
    if (::sigaction(number, &ignored, &before) == 0) ::sigaction(number, &before, nullptr);
  }

  // One event reports one filter: the same token may come once for each.
  static Ready ReadyOf(const Event& event) {
    const bool is_error = (event.flags & EV_ERROR) != 0;
    Ready ready;
    ready.token = reinterpret_cast<uintptr_t>(event.udata);
    ready.readable = event.filter == EVFILT_READ || is_error;
    ready.writable = event.filter == EVFILT_WRITE || is_error;
    ready.urgent = !ready.readable && !ready.writable;
    // Whether or not EV_EOF is set: a filter may forget it, and no other edge would come.
    ready.hung_up = event.filter == EVFILT_READ || (event.flags & EV_EOF) != 0 || is_error;
    if ((event.flags & EV_EOF) != 0) ready.error = static_cast<int>(event.fflags);
    return ready;
  }

  // Changes the first `count` filters in one call. Each comes back with its error, or 0, in `data`:
  // with EV_RECEIPT one failure does not keep the others from being tried.
  Receipts ChangeFilters(int fd, int flags, uint64_t token, size_t count) {
    Receipts receipts{};
    for (size_t i = 0; i < count; ++i) {
      receipts[i] = MakeEvent(static_cast<uintptr_t>(fd), kFilters[i],
                              static_cast<uint16_t>(flags | EV_RECEIPT), token);
    }
    const int size = static_cast<int>(count);
    const int result =
        ::kevent(queue_.get(), receipts.data(), size, receipts.data(), size, nullptr);
    PARLEY_CHECK(result == size, result, errno);
    return receipts;
  }

  absl::Status Change(const Event& event) {
    if (::kevent(queue_.get(), &event, 1, nullptr, 0, nullptr) < 0) {
      return ErrnoStatus(errno, absl::StrCat("kqueue filter ", event.filter, " of ", event.ident));
    }
    return absl::OkStatus();
  }

  UniqueFd queue_;
  std::array<Event, 512> events_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> MakeKqueueEngine();

absl::StatusOr<std::unique_ptr<Engine>> MakeKqueueEngine() {
  UniqueFd queue(::kqueue());
  if (!queue) return ErrnoStatus(errno, "kqueue");
  auto selector = std::make_unique<KqueueSelector>(std::move(queue));
  if (absl::Status watched = selector->WatchWake(); !watched.ok()) return watched;
  return std::make_unique<ReadinessEngine>(std::move(selector));
}

}  // namespace parley
