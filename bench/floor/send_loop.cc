// floor_send_loop: what the kernel asks for a broadcast and nothing else. For each line that a
// client sends it calls send() once for each client of the room. No protocol, no queue, no
// coalescing: what a socket does not take at once is lost to that client. A server cannot deliver
// single lines more cheaply with one send() each, so its cost is given as a ratio to this.

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "bench/clock.h"
#include "bench/cpu.h"
#include "bench/floor/floor_socket.h"
#include "bench/program_help.h"

ABSL_FLAG(int32_t, port, 0, "port on 127.0.0.1; 0: any");
ABSL_FLAG(int32_t, cpu, -1, "core to run on; -1: any");
ABSL_FLAG(int32_t, sndbuf, 0, "SO_SNDBUF of the clients; 0: the kernel's own");
ABSL_FLAG(double, lines_per_second, 0, "lines that it says by itself in room 0; 0: none");
ABSL_FLAG(int32_t, line_bytes, 64, "size of those");
ABSL_FLAG(
    std::string, fault, "",
    "what to do wrong, to try those who check: drop, double, swap, damage or hang_up at every "
    "so-manieth delivery, or starve: the lines of all rooms wait while the fullest one talks");
ABSL_FLAG(int32_t, fault_every, 1000, "with --fault: at every so-manieth delivery");
ABSL_FLAG(int32_t, fault_room, -1, "with --fault: only deliveries to this room; -1: to any");
ABSL_FLAG(int32_t, starve_ms, 50, "with --fault=starve: for so long after the fullest room's line");

namespace parley::bench {
namespace {

constexpr uint64_t kListenerTag = 0;
constexpr uint64_t kTimerTag = 1;
constexpr uint64_t kSilenceTag = 2;

struct Member {
  UniqueFd fd;
  int room = -1;
  std::string partial;
  std::string held_back;  // --fault=swap
};

class SendLoop {
 public:
  SendLoop()
      : send_buffer_(absl::GetFlag(FLAGS_sndbuf)),
        fault_(absl::GetFlag(FLAGS_fault)),
        fault_every_(absl::GetFlag(FLAGS_fault_every)),
        fault_room_(absl::GetFlag(FLAGS_fault_room)) {}

  absl::Status Run() {
    absl::StatusOr<UniqueFd> listener = ListenOnLoopback(absl::GetFlag(FLAGS_port));
    if (!listener.ok()) return listener.status();
    epoll_.Reset(::epoll_create1(EPOLL_CLOEXEC));
    Watch(epoll_.get(), listener->get(), kListenerTag);
    StartTimer();
    silence_.Reset(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    Watch(epoll_.get(), silence_.get(), kSilenceTag);
    for (;;) {
      std::array<epoll_event, 256> events;
      const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<size_t>(i)];
        if (event.data.u64 == kListenerTag) {
          AcceptAll(listener->get());
        } else if (event.data.u64 == kTimerTag) {
          SayOwnLines();
        } else if (event.data.u64 == kSilenceTag) {
          EndStarving();
        } else if ((event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) {
          ReadFrom(static_cast<Member*>(event.data.ptr));
        }
      }
      gone_.clear();
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

  void ReadFrom(Member* member) {
    bool closed = false;
    absl::string_view lines = ReadLines(member->fd.get(), &member->partial, &closed);
    if (member->room < 0 && !lines.empty()) Enter(member, TakeLine(&lines));
    while (!lines.empty()) Relay(member->room, TakeLine(&lines));
    if (closed) Remove(member);
  }

  void Enter(Member* member, absl::string_view line) {
    int room = 0;
    if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(line), &room) || room < 0) room = 0;
    if (rooms_.size() <= static_cast<size_t>(room)) rooms_.resize(static_cast<size_t>(room) + 1);
    member->room = room;
    rooms_[static_cast<size_t>(room)].push_back(member);
    ::send(member->fd.get(), kGreeting.data(), kGreeting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  // A member may still have events in this turn.
  void Remove(Member* member) {
    if (!member->fd) return;
    member->fd.Reset();
    if (member->room >= 0) std::erase(rooms_[static_cast<size_t>(member->room)], member);
    gone_.emplace_back(member);
  }

  void Relay(int room, absl::string_view line) {
    if (fault_ != "starve") return Broadcast(room, line);
    const auto fullest =
        std::max_element(rooms_.begin(), rooms_.end(),
                         [](const auto& a, const auto& b) { return a.size() < b.size(); });
    if (&*fullest != &rooms_[static_cast<size_t>(room)]) {
      if (!starving_) return Broadcast(room, line);
      waiting_.emplace_back(room, line);
      return;
    }
    Broadcast(room, line);
    starving_ = true;
    const itimerspec once = {
        .it_interval = {}, .it_value = ToTimespec(absl::GetFlag(FLAGS_starve_ms) * kNanosPerMilli)};
    ::timerfd_settime(silence_.get(), 0, &once, nullptr);
  }

  void EndStarving() {
    uint64_t passed = 0;
    if (::read(silence_.get(), &passed, sizeof(passed)) != sizeof(passed)) return;
    starving_ = false;
    for (const auto& [room, line] : std::exchange(waiting_, {})) Broadcast(room, line);
  }

  // Whether the next delivery, to somebody in `room`, is to be a wrong one.
  bool IsWrong(int room) {
    if (fault_.empty() || fault_ == "starve") return false;
    if (fault_room_ >= 0 && room != fault_room_) return false;
    return ++deliveries_ % fault_every_ == 0;
  }

  void Broadcast(int room, absl::string_view line) {
    for (Member* member : rooms_[static_cast<size_t>(room)]) {
      if (IsWrong(room)) {
        DeliverWrongly(member, line);
        continue;
      }
      ::send(member->fd.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (!member->held_back.empty()) SendHeldBack(member);
    }
  }

  void DeliverWrongly(Member* member, absl::string_view line) {
    std::string wrong(line);
    if (fault_ == "swap") {
      member->held_back = wrong;
      return;
    }
    if (fault_ == "drop") return;
    if (fault_ == "hang_up") ::shutdown(member->fd.get(), SHUT_RDWR);
    if (fault_ == "double") wrong += wrong;
    if (fault_ == "damage") wrong[wrong.size() / 2] ^= 1;
    ::send(member->fd.get(), wrong.data(), wrong.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  void SendHeldBack(Member* member) {
    ::send(member->fd.get(), member->held_back.data(), member->held_back.size(),
           MSG_DONTWAIT | MSG_NOSIGNAL);
    member->held_back.clear();
  }

  void StartTimer() {
    const double rate = absl::GetFlag(FLAGS_lines_per_second);
    if (rate <= 0) return;
    rooms_.resize(1);
    own_line_.assign(static_cast<size_t>(absl::GetFlag(FLAGS_line_bytes)), '.');
    own_line_.back() = '\n';
    timer_.Reset(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    const timespec interval = ToTimespec(static_cast<int64_t>(1e9 / rate));
    const itimerspec timing = {.it_interval = interval, .it_value = interval};
    ::timerfd_settime(timer_.get(), 0, &timing, nullptr);
    Watch(epoll_.get(), timer_.get(), kTimerTag);
  }

  void SayOwnLines() {
    uint64_t due = 0;
    if (::read(timer_.get(), &due, sizeof(due)) != sizeof(due)) return;
    for (; due > 0; --due) Broadcast(0, own_line_);
  }

  const int send_buffer_;
  const std::string fault_;
  const int fault_every_;
  const int fault_room_;
  bool starving_ = false;  // --fault=starve: the fullest room has not been silent for long enough
  std::vector<std::pair<int, std::string>> waiting_;  // what was said in others: room and line
  int64_t deliveries_ = 0;
  UniqueFd epoll_;
  UniqueFd timer_;
  UniqueFd silence_;  // rings when the fullest room has been silent for long enough
  std::string own_line_;
  std::vector<std::vector<Member*>> rooms_;
  std::vector<std::unique_ptr<Member>> gone_;
};

}  // namespace
}  // namespace parley::bench

int main(int argc, char** argv) {
  parley::bench::DescribeProgram("For each line one send() for each client of its room.", __FILE__);
  absl::ParseCommandLine(argc, argv);
  absl::Status status = parley::bench::PinToCpu(absl::GetFlag(FLAGS_cpu));
  if (status.ok()) status = parley::bench::SendLoop().Run();
  std::fprintf(stderr, "floor_send_loop: %s\n", std::string(status.message()).c_str());
  return 1;
}
