// The world of real sockets: TCP over the loopback interface, with small buffers so that they fill.

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <thread>

#include "reactor/base/check.h"
#include "reactor/engine/engine_list.h"
#include "reactor/engine/socket_calls.h"
#include "reactor/loop/listening_socket.h"
#include "tests/reactor/contract_world.h"
#include "tests/reactor/foreign_loop.h"
#include "tests/simulated/far_end.h"

namespace parley {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);
constexpr int kPeerBufferBytes = 16 * 1024;

class SocketPeer : public Peer {
 public:
  explicit SocketPeer(UniqueFd fd) : fd_(std::move(fd)) {}

  void Say(absl::string_view text) override {
    unsaid_.append(text.data(), text.size());
    Write();
  }
  void EndOutput() override {
    ends_ = true;
    Write();
  }
  void Reset() override {
    SetLingerReset(fd_.get());
    fd_.Reset();
  }
  void Leave() override { fd_.Reset(); }
  void Read(bool reading) override { reading_ = reading; }

  // What the peer does in a turn.
  void Work() {
    Write();
    if (!reading_) return;
    std::byte buffer[16 * 1024];
    while (fd_ && !gone()) {
      const Transfer got = Receive(fd_.get(), true, buffer);
      if (got.bytes > 0) {
        heard_.append(reinterpret_cast<const char*>(buffer), static_cast<size_t>(got.bytes));
      } else if (got.bytes == 0) {
        heard_end_ = true;
      } else if (got.would_block()) {
        return;
      } else {
        heard_reset_ = true;
      }
    }
  }
  int fd() const { return fd_.get(); }

 private:
  void Write() {
    while (fd_ && !unsaid_.empty()) {
      const iovec vector{unsaid_.data(), unsaid_.size()};
      const Transfer sent = Send(fd_.get(), true, {&vector, 1});
      if (sent.bytes < 0) {
        if (!sent.would_block()) unsaid_.clear();  // the reading side hears of it
        return;
      }
      unsaid_.erase(0, static_cast<size_t>(sent.bytes));
    }
    if (fd_ && ends_ && unsaid_.empty()) {
      ends_ = false;
      ::shutdown(fd_.get(), SHUT_WR);
    }
  }

  UniqueFd fd_;
  std::string unsaid_;
  bool reading_ = true;
  bool ends_ = false;
};

const SocketAddress& Loopback() {
  static const SocketAddress loopback = *SocketAddress::Parse("127.0.0.1:0");
  return loopback;
}

class SocketWorld : public World {
 public:
  SocketWorld(std::unique_ptr<Reactor> reactor, WaitsIn waits_in)
      : waits_in_(waits_in), reactor_(std::move(reactor)) {
    pairing_ = *MakeListeningSocket(Loopback(), {});
    // Before a case takes all descriptors.
    if (waits_in_ == WaitsIn::kForeignLoop) PARLEY_CHECK(reactor_->PollableDescriptor() >= 0);
  }
  ~SocketWorld() override { SocketWorld::ReleaseDescriptors(); }

  Reactor& reactor() override { return *reactor_; }
  bool is_simulated() const override { return false; }

  UniqueFd MakeListener() override {
    UniqueFd fd = *MakeListeningSocket(Loopback(), {});
    listening_ = SocketAddress::OfSocket(fd.get());
    return fd;
  }

  Peer& Call() override {
    if (prepared_.empty()) PrepareCalls(1);
    UniqueFd fd = std::move(prepared_.back());
    prepared_.pop_back();
    static_cast<void>(
        ::connect(fd.get(), listening_.get(), listening_.size()));  // goes on in the background
    return *AddPeer(std::move(fd));
  }
  void PrepareCalls(int count) override {
    for (int i = 0; i < count; ++i) prepared_.push_back(MakePeerSocket());
  }

  std::pair<UniqueFd, Peer*> MakePair() override {
    UniqueFd far = StartConnecting(SocketAddress::OfSocket(pairing_.get()));
    return {AcceptPairing(), AddPeer(std::move(far))};
  }

  std::pair<UniqueFd, Peer*> MakeDialled(Dial outcome) override {
    if (outcome == Dial::kAnswered) {
      UniqueFd near = StartConnecting(SocketAddress::OfSocket(pairing_.get()));
      return {std::move(near), AddPeer(AcceptPairing())};
    }
    ListenOptions options;
    options.backlog = 0;
    UniqueFd closed = *MakeListeningSocket(Loopback(), options);
    const SocketAddress address = SocketAddress::OfSocket(closed.get());
    if (outcome == Dial::kRefused) {
      closed.Reset();
      return {StartConnecting(address), nullptr};
    }
    // A full backlog answers nobody (tcp(7), tcp_abort_on_overflow off).
    silent_.push_back(std::move(closed));
    for (int i = 0; i < 3; ++i) silent_.push_back(StartConnecting(address));
    return {StartConnecting(address), nullptr};
  }

  void Raise(int signal_number) override { ::kill(::getpid(), signal_number); }

  void ExhaustDescriptors() override {
    rlimit limit;
    PARLEY_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0, errno);
    limit_ = limit.rlim_cur;
    // Every number below the limit is taken: the limit is the next number that would be given out.
    const UniqueFd next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    limit.rlim_cur = static_cast<rlim_t>(next.get());
    PARLEY_CHECK(::setrlimit(RLIMIT_NOFILE, &limit) == 0, errno);
  }
  void ReleaseDescriptors() override {
    if (limit_ == 0) return;
    rlimit limit;
    PARLEY_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0, errno);
    limit.rlim_cur = limit_;
    PARLEY_CHECK(::setrlimit(RLIMIT_NOFILE, &limit) == 0, errno);
    limit_ = 0;
  }

  void Turn(Duration longest_wait) override {
    for (const auto& peer : peers_) peer->Work();
    RunOnce(longest_wait);
    for (const auto& peer : peers_) peer->Work();
  }

  void TurnAfter(Duration quiet, const std::function<void()>& act) override {
    std::atomic<bool> acts{false};
    std::thread later([&] {
      std::this_thread::sleep_for(quiet);
      acts = true;
      act();
    });
    // What is new tells at once that it can be written to.
    while (!acts) RunOnce(std::chrono::hours(1));
    later.join();
    for (const auto& peer : peers_) peer->Work();
  }
  void Spend(Duration time) override { std::this_thread::sleep_for(time); }

  bool Until(const std::function<bool()>& done, absl::string_view what) override {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "waited too long for " << what;
        return false;
      }
      Turn(std::chrono::milliseconds(1));
    }
    return true;
  }

 private:
  void RunOnce(Duration longest_wait) {
    if (waits_in_ == WaitsIn::kReactor) return reactor_->RunOnce(longest_wait);
    const TimePoint due = reactor_->PrepareToPoll();
    if (IsToldToTurn(*reactor_, due, longest_wait)) reactor_->RunOnce(Duration::zero());
  }
  UniqueFd MakePeerSocket() {
    UniqueFd fd = MakeStreamSocket(AF_INET);
    PARLEY_CHECK(fd.get() >= 0, errno);
    SetStreamOptions(fd.get(), AF_INET, {});
    SetReceiveBuffer(fd.get(), kPeerBufferBytes);
    return fd;
  }
  UniqueFd StartConnecting(const SocketAddress& address) {
    UniqueFd fd = MakePeerSocket();
    static_cast<void>(
        ::connect(fd.get(), address.get(), address.size()));  // goes on in the background
    return fd;
  }
  UniqueFd AcceptPairing() {
    SocketAddress peer;
    while (true) {
      UniqueFd fd = AcceptNext(pairing_.get(), peer);
      if (fd) return fd;
      PARLEY_CHECK(errno == EAGAIN, errno);
    }
  }
  SocketPeer* AddPeer(UniqueFd fd) {
    peers_.push_back(std::make_unique<SocketPeer>(std::move(fd)));
    return peers_.back().get();
  }

  std::vector<std::unique_ptr<SocketPeer>> peers_;
  std::vector<UniqueFd> silent_;
  std::vector<UniqueFd> prepared_;
  UniqueFd pairing_;
  SocketAddress listening_;
  rlim_t limit_ = 0;
  const WaitsIn waits_in_;
  std::unique_ptr<Reactor> reactor_;
};

}  // namespace

std::unique_ptr<World> MakeSocketWorld(absl::string_view engine, WaitsIn waits_in) {
  for (const EngineEntry& entry : BuiltEngines()) {
    if (engine != entry.name) continue;
    absl::StatusOr<std::unique_ptr<Engine>> made = entry.make();
    if (!made.ok()) return nullptr;
    return std::make_unique<SocketWorld>(std::make_unique<Reactor>(*std::move(made)), waits_in);
  }
  return nullptr;
}

}  // namespace parley
