// floor_coalescing_loop: the least that a broadcast by log and cursors costs. Lines are appended to
// one log; a sweep goes round the clients and sends each, with one send(), all from its cursor to
// the head as it then is; after 64 of them it looks for input and goes on where it stopped. No
// protocol, one room, nothing that a server needs beyond that. Latency under load is given as a
// ratio to this.
//
// The log is a ring that is mapped twice, one after the other, so that everything from a cursor to
// the head is always one piece. A client that lags by more than the ring is let go.
//
// A client whose first line ends with "=" is told what other lines have behind a "=" at their
// beginning: one send(), and what the socket does not take is lost.

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "bench/cpu.h"
#include "bench/floor/floor_socket.h"
#include "bench/program_help.h"

ABSL_FLAG(int32_t, port, 0, "port on 127.0.0.1; 0: any");
ABSL_FLAG(int32_t, cpu, -1, "core to run on; -1: any");
ABSL_FLAG(int32_t, sndbuf, 0, "SO_SNDBUF of the clients; 0: the kernel's own");
ABSL_FLAG(int32_t, sweep, 64, "clients that are sent to before it looks for input");

namespace parley::bench {
namespace {

constexpr uint64_t kListenerTag = 0;

class Log {
 public:
  static constexpr size_t kSize = size_t{64} << 20;

  static absl::StatusOr<Log> Make() {
    const UniqueFd memory(::memfd_create("log", MFD_CLOEXEC));
    if (!memory || ::ftruncate(memory.get(), kSize) != 0) {
      return absl::ErrnoToStatus(errno, "cannot make the log");
    }
    void* both = ::mmap(nullptr, 2 * kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (both == MAP_FAILED) return absl::ErrnoToStatus(errno, "cannot map the log");
    auto* data = static_cast<char*>(both);
    for (char* half : {data, data + kSize}) {
      if (::mmap(half, kSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory.get(), 0) ==
          MAP_FAILED) {
        return absl::ErrnoToStatus(errno, "cannot map the log");
      }
    }
    return Log(data);
  }

  uint64_t head() const { return head_; }
  const char* At(uint64_t position) const { return data_ + position % kSize; }

  void Append(absl::string_view bytes) {
    std::memcpy(data_ + head_ % kSize, bytes.data(), bytes.size());
    head_ += bytes.size();
  }

 private:
  explicit Log(char* data) : data_(data) {}

  char* data_;  // mapped until the process ends
  uint64_t head_ = 0;
};

struct Member {
  UniqueFd fd;
  uint64_t cursor = 0;
  size_t place = 0;  // in the round
  bool entered = false;
  bool full = false;
  std::string partial;
};

class CoalescingLoop {
 public:
  explicit CoalescingLoop(Log log)
      : log_(log), send_buffer_(absl::GetFlag(FLAGS_sndbuf)), sweep_(absl::GetFlag(FLAGS_sweep)) {}

  absl::Status Run() {
    absl::StatusOr<UniqueFd> listener = ListenOnLoopback(absl::GetFlag(FLAGS_port));
    if (!listener.ok()) return listener.status();
    epoll_.Reset(::epoll_create1(EPOLL_CLOEXEC));
    Watch(epoll_.get(), listener->get(), kListenerTag);
    for (;;) {
      std::array<epoll_event, 256> events;
      const int timeout = to_visit_ > 0 ? 0 : -1;
      const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), timeout);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<size_t>(i)];
        if (event.data.u64 == kListenerTag) {
          AcceptAll(listener->get());
        } else {
          OnEvent(static_cast<Member*>(event.data.ptr), event.events);
        }
      }
      gone_.clear();
      Sweep();
    }
  }

 private:
  void AcceptAll(int listener) {
    for (UniqueFd fd = AcceptOne(listener, send_buffer_); fd;
         fd = AcceptOne(listener, send_buffer_)) {
      auto* member = new Member;
      member->fd = std::move(fd);
      Watch(epoll_.get(), member->fd.get(), reinterpret_cast<uint64_t>(member));
    }
  }

  void OnEvent(Member* member, uint32_t events) {
    if (!member->fd) return;
    if ((events & EPOLLOUT) != 0 && member->full) {
      member->full = false;
      SendTo(member);
    }
    if ((events & ~static_cast<uint32_t>(EPOLLOUT)) == 0) return;
    bool closed = false;
    absl::string_view lines = ReadLines(member->fd.get(), &member->partial, &closed);
    if (!member->entered && !lines.empty()) {
      if (absl::EndsWith(TakeLine(&lines), "=\n")) told_ = member;
      Enter(member);
    }
    if (absl::StartsWith(lines, "=")) {
      Tell(lines);
    } else if (!lines.empty()) {
      log_.Append(lines);
      to_visit_ = round_.size();
    }
    if (closed) Remove(member);
  }

  void Enter(Member* member) {
    member->entered = true;
    member->cursor = log_.head();
    member->place = round_.size();
    round_.push_back(member);
    ::send(member->fd.get(), kGreeting.data(), kGreeting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  void Tell(absl::string_view lines) {
    while (told_ != nullptr && !lines.empty()) {
      const absl::string_view text = TakeLine(&lines).substr(1);
      ::send(told_->fd.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  }

  // A member may still have events in this turn.
  void Remove(Member* member) {
    if (!member->fd) return;
    if (told_ == member) told_ = nullptr;
    member->fd.Reset();
    if (member->entered) {
      // The one that moves into the gap may be passed over by this round: one more for it.
      round_[member->place] = round_.back();
      round_[member->place]->place = member->place;
      round_.pop_back();
      to_visit_ = round_.size();
    }
    gone_.emplace_back(member);
  }

  // Goes on with the round until everybody has been visited since the head moved last.
  void Sweep() {
    for (int sent = 0; sent < sweep_ && to_visit_ > 0; --to_visit_) {
      if (next_ >= round_.size()) next_ = 0;
      Member* member = round_[next_++];
      if (member->full || member->cursor == log_.head()) continue;
      SendTo(member);
      ++sent;
    }
  }

  void SendTo(Member* member) {
    const uint64_t lag = log_.head() - member->cursor;
    if (lag == 0) return;
    if (lag > Log::kSize) {
      ::shutdown(member->fd.get(), SHUT_RDWR);
      return;
    }
    const ssize_t sent =
        ::send(member->fd.get(), log_.At(member->cursor), lag, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) member->cursor += static_cast<uint64_t>(sent);
    member->full = member->cursor != log_.head();
  }

  Log log_;
  const int send_buffer_;
  const int sweep_;
  UniqueFd epoll_;
  Member* told_ = nullptr;
  std::vector<Member*> round_;
  std::vector<std::unique_ptr<Member>> gone_;
  size_t next_ = 0;
  size_t to_visit_ = 0;
};

}  // namespace
}  // namespace parley::bench

int main(int argc, char** argv) {
  parley::bench::DescribeProgram(
      "One log; for each client one send() of all from its cursor to the head.", __FILE__);
  absl::ParseCommandLine(argc, argv);
  absl::Status status = parley::bench::PinToCpu(absl::GetFlag(FLAGS_cpu));
  if (status.ok()) {
    absl::StatusOr<parley::bench::Log> log = parley::bench::Log::Make();
    status = log.ok() ? parley::bench::CoalescingLoop(*log).Run() : log.status();
  }
  std::fprintf(stderr, "floor_coalescing_loop: %s\n", std::string(status.message()).c_str());
  return 1;
}
