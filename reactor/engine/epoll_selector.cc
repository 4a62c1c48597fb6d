// The epoll selector (epoll(7)): every descriptor is added once with EPOLLIN | EPOLLOUT | EPOLLRDHUP |
// EPOLLPRI | EPOLLET and never modified. An eventfd wakes, a signalfd brings the signals.

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "absl/strings/str_cat.h"
#include "reactor/base/check.h"
#include "reactor/base/errno_status.h"
#include "reactor/base/unique_fd.h"
#include "reactor/engine/engine_list.h"
#include "reactor/engine/readiness_engine.h"
#include "reactor/engine/selector.h"

namespace parley {
namespace {

// No handle has generation 0, so these two tokens are nobody's.
constexpr uint64_t kWakeToken = 0;
constexpr uint64_t kSignalToken = 1;

class EpollSelector : public Selector {
 public:
  EpollSelector(UniqueFd epoll, UniqueFd wake) : epoll_(std::move(epoll)), wake_(std::move(wake)) {}

  absl::string_view name() const override { return "epoll"; }

  absl::Status Add(int fd, uint64_t token, bool is_listener) override {
    const uint32_t events =
        is_listener ? EPOLLIN | EPOLLET : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
    return Control(fd, token, events);
  }

  void Remove(int fd) override {
    // Fails only for a descriptor that is not registered, which no caller has.
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  }

  absl::Status WatchSignals(std::span<const int> signal_numbers) override {
    sigset_t set;
    sigemptyset(&set);
    for (int number : signal_numbers) sigaddset(&set, number);
    const int known = signals_ ? signals_.get() : -1;
    UniqueFd signals(::signalfd(known, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals) return ErrnoStatus(errno, "signalfd");
    if (signals.get() == known) {  // the same descriptor, for other signals
      static_cast<void>(signals.Release());
      return absl::OkStatus();
    }
    if (absl::Status added = Control(signals.get(), kSignalToken, EPOLLIN); !added.ok())
      return added;
    signals_ = std::move(signals);
    return absl::OkStatus();
  }

  Found Wait(Duration timeout, std::span<Ready> ready) override {
    Found found;
    const int most = static_cast<int>(std::min(ready.size(), events_.size()));
    const int count = WaitForEvents(timeout, most);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events_[static_cast<size_t>(i)];
      if (event.data.u64 == kWakeToken) {
        found.woken = true;
        uint64_t ignored;
        [[maybe_unused]] ssize_t n = ::read(wake_.get(), &ignored, sizeof(ignored));
      } else if (event.data.u64 == kSignalToken) {
        found.signals |= ReadSignals();
      } else {
        ready[found.ready++] = {event.data.u64, (event.events & (EPOLLIN | EPOLLERR)) != 0,
                                (event.events & (EPOLLOUT | EPOLLERR)) != 0,
                                (event.events & EPOLLPRI) != 0,
                                (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0};
      }
    }
    return found;
  }

  void Wake() override {
    // Can fail only when the counter is full, and then the wake-up is pending anyway.
    const uint64_t one = 1;
    [[maybe_unused]] ssize_t n = ::write(wake_.get(), &one, sizeof(one));
  }

  int descriptor() const override { return epoll_.get(); }

  absl::Status Control(int fd, uint64_t token, uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = token;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      return ErrnoStatus(errno, absl::StrCat("epoll cannot watch descriptor ", fd));
    }
    return absl::OkStatus();
  }

 private:
  int WaitForEvents(Duration timeout, int most) {
    int count = -1;
    if (has_pwait2_) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
      const timespec spec{static_cast<time_t>(seconds.count()),
                          static_cast<long>((timeout - seconds).count())};
      count = ::epoll_pwait2(epoll_.get(), events_.data(), most,
                             timeout < Duration::zero() ? nullptr : &spec, nullptr);
      // Linux before 5.11 and valgrind have no such call; a container's filter may say EPERM.
      if (count < 0 && (errno == ENOSYS || errno == EPERM)) has_pwait2_ = false;
    }
    if (!has_pwait2_) {
      count = ::epoll_wait(epoll_.get(), events_.data(), most, WholeMilliseconds(timeout));
    }
    // A signal that is not watched may interrupt the wait; the caller computes a new timeout.
    PARLEY_CHECK(count >= 0 || errno == EINTR, errno);
    return count;
  }

  // Rounded up: rounded down, the wait would return before the deadline, again and again. At most
  // an hour; the caller computes a new timeout.
  static int WholeMilliseconds(Duration timeout) {
    using std::chrono::milliseconds;
    if (timeout < Duration::zero()) return -1;
    constexpr milliseconds kLongest = std::chrono::hours(1);
    return static_cast<int>(
        std::chrono::ceil<milliseconds>(std::min<Duration>(timeout, kLongest)).count());
  }

  uint64_t ReadSignals() {
    uint64_t numbers = 0;
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
      numbers |= uint64_t{1} << (info.ssi_signo - 1);
    }
    return numbers;
  }

  UniqueFd epoll_;
  UniqueFd wake_;
  UniqueFd signals_;
  bool has_pwait2_ = true;
  std::array<epoll_event, 512> events_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> MakeEpollEngine();

absl::StatusOr<std::unique_ptr<Engine>> MakeEpollEngine() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return ErrnoStatus(errno, "epoll_create1");
  UniqueFd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake) return ErrnoStatus(errno, "eventfd");
  const int wake_fd = wake.get();
  auto selector = std::make_unique<EpollSelector>(std::move(epoll), std::move(wake));
  if (absl::Status added = selector->Control(wake_fd, kWakeToken, EPOLLIN); !added.ok()) {
    return added;
  }
  return std::make_unique<ReadinessEngine>(std::move(selector));
}

}  // namespace parley
