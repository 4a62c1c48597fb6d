// A small room beside a busy one that has many renderings: how long a line of the small room takes
// to its listener when it is spoken right behind a line in a room of 3,000 people. Everything but
// the network is as in a server: sessions, rooms, renderings, sweeps, and real (unix) sockets.
//
// The argument is the number of renderings among the 3,000; 0: nobody speaks to them.

#include <benchmark/benchmark.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/clock.h"
#include "bench/socket_pair.h"
#include "chat/delivery/chat_server.h"
#include "chat/profiles/friendly/friendly.h"
#include "chat/transport/admission.h"
#include "chat/transport/shard.h"
#include "reactor/base/check.h"
#include "reactor/base/descriptor_limit.h"
#include "reactor/base/unique_fd.h"
#include "reactor/loop/reactor.h"

namespace parley::bench {
namespace {

constexpr size_t kCrowd = 3000;

chat::Limits NoRates() {
  chat::Limits limits;
  limits.max_lines_per_second = 0;
  limits.max_bytes_per_second = 0;
  limits.max_bytes_per_second_per_address = 0;
  return limits;
}

std::unique_ptr<Reactor> MakeReactor() {
  RaiseDescriptorLimit();
  absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create();
  PARLEY_CHECK(reactor.ok());
  return *std::move(reactor);
}

class TwoRooms {
 public:
  explicit TwoRooms(size_t renderings)
      : limits_(NoRates()),
        reactor_(MakeReactor()),
        admission_(limits_),
        shard_(*reactor_, 0, limits_, admission_),
        server_(shard_, limits_) {
    shard_.SetEvents(server_);
    const chat::Profile& friendly = chat::FriendlyProfile();
    for (size_t i = 0; i < std::max<size_t>(renderings, 1); ++i) {
      // Another profile is another rendering, also where it says the same.
      profiles_.push_back(chat::Profile{friendly.name, friendly.grammar, friendly.renderer});
    }
    for (size_t i = 0; i < kCrowd; ++i) {
      people_.push_back(Connect(profiles_[i % profiles_.size()]));
      Say(people_.back(), absl::StrCat("login p", i, "\n"));
      // Everybody reads who has come and gone.
      if (i % 50 == 0) Settle();
    }
    for (UniqueFd* each : {&speaker_, &listener_}) {
      *each = Connect(friendly);
      Say(*each, absl::StrCat("login ", each == &speaker_ ? "ann" : "bob", "\njoin nook\n"));
    }
    Settle();
    PARLEY_CHECK(server_.chat().users.size() == kCrowd + 2, server_.chat().users.size());
  }
  ~TwoRooms() { shard_.CloseAll(); }

  void SpeakToTheCrowd() { Say(people_[0], "say a line of the busy room, as long as many are\n"); }
  // Returns how long it took.
  int64_t SpeakInTheNook() {
    const std::string text = absl::StrCat("line ", ++lines_);
    const int64_t began = Now();
    Say(speaker_, absl::StrCat("say ", text, "\n"));
    const std::string end = absl::StrCat(text, "\r\n");
    std::string heard;
    while (!absl::EndsWith(heard, end)) {
      reactor_->RunOnce(Duration::zero());
      Read(listener_, &heard);
    }
    return Now() - began;
  }
  // Until nobody is owed anything, everybody reads.
  void Settle() {
    for (bool is_owed = true; is_owed;) {
      reactor_->RunOnce(Duration::zero());
      for (const UniqueFd& person : people_) Read(person, nullptr);
      Read(speaker_, nullptr);
      Read(listener_, nullptr);
      is_owed = false;
      reactor_->ForEachConnection([&](Handle connection) {
        is_owed = is_owed || reactor_->PendingBytes(connection) > 0 ||
                  reactor_->HasUnreadInput(connection);
      });
    }
  }

 private:
  UniqueFd Connect(const chat::Profile& profile) {
    auto [person, server_end] = MakeSocketPair();
    static const SocketAddress peer = *SocketAddress::Parse("unix:/run/bench");
    shard_.Serve(std::move(server_end), peer,
                 server_.ListenerFor({.profile = &profile}, chat::LagPolicy::kSkip));
    return std::move(person);
  }
  static void Say(const UniqueFd& person, absl::string_view bytes) {
    const ssize_t sent = ::send(person.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    PARLEY_CHECK(sent == static_cast<ssize_t>(bytes.size()), sent, errno);
  }
  static void Read(const UniqueFd& person, std::string* heard) {
    char buffer[16 * 1024];
    while (true) {
      const ssize_t got = ::recv(person.get(), buffer, sizeof(buffer), 0);
      if (got <= 0) return;
      if (heard != nullptr) heard->append(buffer, static_cast<size_t>(got));
    }
  }

  const chat::Limits limits_;
  const std::unique_ptr<Reactor> reactor_;
  chat::Admission admission_;
  chat::Shard shard_;
  std::deque<chat::Profile> profiles_;
  chat::ChatServer server_;
  std::vector<UniqueFd> people_;  // their ends
  UniqueFd speaker_;
  UniqueFd listener_;
  uint64_t lines_ = 0;
};

double Percentile(std::vector<int64_t>& times, size_t percent) {
  const size_t at = std::min(times.size() - 1, times.size() * percent / 100);
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(at), times.end());
  return static_cast<double>(times[at]) / kNanosPerMilli;
}

void SmallRoomBesideABusyOne(benchmark::State& state) {
  const auto renderings = static_cast<size_t>(state.range(0));
  TwoRooms rooms(renderings);
  std::vector<int64_t> times;
  for (auto _ : state) {
    if (renderings > 0) rooms.SpeakToTheCrowd();
    times.push_back(rooms.SpeakInTheNook());
    state.SetIterationTime(static_cast<double>(times.back()) / kNanosPerSecond);
    rooms.Settle();
  }
  state.counters["p50_ms"] = Percentile(times, 50);
  state.counters["p99_ms"] = Percentile(times, 99);
  state.counters["max_ms"] = Percentile(times, 100);
}
BENCHMARK(SmallRoomBesideABusyOne)->Arg(0)->Arg(1)->Arg(20)->UseManualTime()->Iterations(300);

}  // namespace
}  // namespace parley::bench
