// What can go wrong with io_uring alone, on real sockets. What every engine promises is in the
// contract suite.

#include "reactor/engine/uring_engine.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "reactor/loop/listening_socket.h"
#include "reactor/loop/reactor.h"

namespace parley {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);

// Records what an engine tells; `owed` is what a connection sends.
class RecordingSink final : public Engine::Sink {
 public:
  struct Record {
    std::string heard;
    std::string owed;
    size_t sent = 0;
    size_t most_in_a_turn = 0;
    size_t this_turn = 0;
    int ended = 0;
    int closed = 0;
    bool blocked = false;
    CloseReason reason;
  };

  std::map<Handle, Record> records;
  std::vector<UniqueFd> accepted;
  int woken = 0;
  std::function<void(Handle)> on_bytes;
  std::function<void()> on_woken;
  std::function<void()> on_accepted;

  void Accepted(Handle, UniqueFd fd, const SocketAddress&) override {
    accepted.push_back(std::move(fd));
    if (on_accepted) on_accepted();
  }
  void AcceptStarved(Handle, int, int) override {}
  void Connected(Handle) override {}
  void Bytes(Handle connection, ByteSpan bytes) override {
    Record& record = records[connection];
    EXPECT_EQ(record.closed, 0);
    EXPECT_EQ(record.ended, 0);
    record.heard += std::string(AsText(bytes));
    record.this_turn += bytes.size();
    record.most_in_a_turn = std::max(record.most_in_a_turn, record.this_turn);
    if (on_bytes) on_bytes(connection);
  }
  void Urgent(Handle, ByteSpan) override {}
  void EndOfInput(Handle connection) override { ++records[connection].ended; }
  void Closed(Handle connection, CloseReason reason) override {
    ++records[connection].closed;
    records[connection].reason = reason;
    // The memory of what was being sent need not outlive this.
    records[connection].owed = std::string();
  }
  void Signalled(int) override {}
  void Woken() override {
    ++woken;
    if (on_woken) on_woken();
  }
  size_t Gather(Handle connection, std::span<iovec> vectors) override {
    // In pieces, so that sends of one vector and of several both occur.
    Record& record = records[connection];
    constexpr size_t kPiece = 5000;
    size_t count = 0;
    for (size_t at = record.sent; at < record.owed.size() && count < vectors.size(); ++count) {
      const size_t size = std::min(kPiece, record.owed.size() - at);
      vectors[count] = {record.owed.data() + at, size};
      at += size;
    }
    return count;
  }
  void Sent(Handle connection, size_t bytes) override { records[connection].sent += bytes; }
  void Blocked(Handle connection, bool blocked) override { records[connection].blocked = blocked; }
};

int OpenDescriptors() {
  int count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

// Bytes in which every position is recognisable.
std::string Pattern(size_t size) {
  std::string text;
  text.reserve(size + 16);
  while (text.size() < size) text += std::to_string(text.size()) + " ";
  text.resize(size);
  return text;
}

class UringEngineTest : public testing::Test {
 protected:
  using Peer = UniqueFd;

  // Makes the engine, or skips the test where the kernel forbids io_uring.
  void Start(const UringOptions& options = {}) {
    absl::StatusOr<std::unique_ptr<UringEngine>> made = UringEngine::Make(options);
    if (!made.ok()) GTEST_SKIP() << made.status().ToString();
    engine_ = *std::move(made);
    engine_->SetSink(&sink_);
  }

  std::pair<UniqueFd, Peer> Pair() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
  }

  std::pair<Handle, Peer> Connect(bool read_enabled = true) {
    auto near_and_far = Pair();
    auto& near = near_and_far.first;
    auto& far = near_and_far.second;
    const Handle handle = *engine_->Adopt(std::move(near), FdKind::kConnected, read_enabled);
    sink_.records[handle];
    return {handle, std::move(far)};
  }

  void Turn() {
    for (auto& [handle, record] : sink_.records) record.this_turn = 0;
    engine_->Wait(engine_->Now() + std::chrono::milliseconds(5));
  }

  template <typename Done>
  [[nodiscard]] bool Until(Done done) {
    const TimePoint deadline = engine_->Now() + kPatience;
    while (!done()) {
      if (engine_->Now() > deadline) return false;
      Turn();
    }
    return true;
  }

  static void Say(const Peer& peer, absl::string_view text) {
    ASSERT_EQ(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }

  // As much of `text` as the socket takes; returns the rest.
  static absl::string_view SayWhatFits(const Peer& peer, absl::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      text.remove_prefix(static_cast<size_t>(sent));
    }
    return text;
  }

  static std::string Hear(const Peer& peer) {
    std::string heard;
    char buffer[16 * 1024];
    ssize_t count;
    while ((count = ::recv(peer.get(), buffer, sizeof(buffer), 0)) > 0) {
      heard.append(buffer, static_cast<size_t>(count));
    }
    return heard;
  }

  static bool IsAtEnd(const Peer& peer) {
    char byte;
    return ::recv(peer.get(), &byte, 1, MSG_PEEK) == 0;
  }

  // A connection whose socket is full, with a send in flight.
  std::pair<Handle, Peer> ConnectStalled() {
    auto handle_and_peer = Connect();
    auto& handle = handle_and_peer.first;
    auto& peer = handle_and_peer.second;
    sink_.records[handle].owed = Pattern(1'000'000);
    const Handle one[] = {handle};
    engine_->Flush(one);
    EXPECT_TRUE(Until([&] {
      const size_t before = sink_.records[handle].sent;
      Turn();
      engine_->Flush(one);
      return before > 0 && sink_.records[handle].sent == before && engine_->InFlight(handle) > 0;
    }));
    return {handle, std::move(peer)};
  }

  RecordingSink sink_;
  std::unique_ptr<UringEngine> engine_;
};

TEST_F(UringEngineTest, FewBuffersServeManyConnectionsInTurn) {
  Start({.buffers = 2, .buffer_bytes = 64});
  if (IsSkipped()) return;
  std::vector<std::pair<Handle, Peer>> connections;
  for (int i = 0; i < 40; ++i) connections.push_back(Connect());
  Turn();
  for (int round = 0; round < 5; ++round) {
    for (const auto& [handle, peer] : connections) Say(peer, Pattern(300));
  }
  ASSERT_TRUE(Until([&] {
    for (const auto& [handle, peer] : connections) {
      if (sink_.records[handle].heard.size() < 1500) return false;
    }
    return true;
  }));
  for (const auto& [handle, peer] : connections) {
    EXPECT_EQ(sink_.records[handle].heard.substr(1200), Pattern(300));
  }
  EXPECT_GT(engine_->counters().starved_receives, 0u);
}

TEST_F(UringEngineTest, AnOverfullCompletionQueueLosesNothing) {
  Start({.submissions = 4, .completions = 4, .buffers = 256, .buffer_bytes = 64});
  if (IsSkipped()) return;
  std::vector<std::pair<Handle, Peer>> connections;
  for (int i = 0; i < 100; ++i) connections.push_back(Connect());
  Turn();
  std::vector<Handle> everybody;
  for (const auto& [handle, peer] : connections) {
    sink_.records[handle].owed = Pattern(9000);
    everybody.push_back(handle);
    Say(peer, Pattern(500));
  }
  engine_->Flush(everybody);
  ASSERT_TRUE(Until([&] {
    for (const Handle handle : everybody) {
      if (sink_.records[handle].heard.size() < 500 || sink_.records[handle].sent < 9000)
        return false;
    }
    return true;
  }));
  for (const auto& [handle, peer] : connections) {
    EXPECT_EQ(sink_.records[handle].heard, Pattern(500));
    EXPECT_EQ(Hear(peer), Pattern(9000));
  }
  EXPECT_GT(engine_->counters().completion_overflows, 0u);
}

TEST_F(UringEngineTest, AReceiveThatEndsWithoutTheMoreFlagIsArmedAgain) {
  // The kernel ends a multishot request whose completion finds no room.
  Start({.submissions = 1, .completions = 2, .buffers = 64, .buffer_bytes = 16});
  if (IsSkipped()) return;
  auto handle_and_peer = Connect();
  auto& handle = handle_and_peer.first;
  auto& peer = handle_and_peer.second;
  Turn();
  std::string said;
  for (int round = 0; round < 10; ++round) {
    said += Pattern(400);
    Say(peer, Pattern(400));
    ASSERT_TRUE(Until([&, h = handle] { return sink_.records[h].heard.size() == said.size(); }));
  }
  EXPECT_EQ(sink_.records[handle].heard, said);
  EXPECT_GT(engine_->counters().ended_multishots, 0u);
}

TEST_F(UringEngineTest, ALateReceiveGivesItsBufferBackAndIsNotDelivered) {
  Start({.buffers = 4, .buffer_bytes = 64});
  if (IsSkipped()) return;
  // Both speak in one turn; the first to be heard closes the other, whose bytes are there already.
  // Were its buffer kept, four rounds would use up all there are.
  for (int round = 0; round < 20; ++round) {
    auto first_and_first_peer = Connect();
    auto& first = first_and_first_peer.first;
    auto& first_peer = first_and_first_peer.second;
    auto second_and_second_peer = Connect();
    auto& second = second_and_second_peer.first;
    auto& second_peer = second_and_second_peer.second;
    Turn();
    sink_.on_bytes = [&, a = first, b = second](Handle heard) {
      engine_->Close(heard == a ? b : a, CloseHow::kNow, {CloseCause::kAsked, 0});
    };
    Say(first_peer, "one");
    Say(second_peer, "two");
    ASSERT_TRUE(Until([&, a = first, b = second] {
      return sink_.records[a].closed + sink_.records[b].closed == 1 &&
             sink_.records[a].heard.size() + sink_.records[b].heard.size() == 3;
    }));
    sink_.on_bytes = nullptr;
  }
  EXPECT_GE(engine_->counters().late, 20u);
  auto handle_and_peer = Connect();
  auto& handle = handle_and_peer.first;
  auto& peer = handle_and_peer.second;
  Say(peer, "still served");
  EXPECT_TRUE(Until([&, h = handle] { return sink_.records[h].heard == "still served"; }));
  EXPECT_EQ(engine_->counters().starved_receives, 0u);
}

TEST_F(UringEngineTest, ALateAcceptClosesItsSocket) {
  Start();
  if (IsSkipped()) return;
  UniqueFd listening = *MakeListeningSocket(*SocketAddress::Parse("127.0.0.1:0"), {});
  const SocketAddress address = SocketAddress::OfSocket(listening.get());
  const Handle listener = *engine_->Listen(std::move(listening));
  Turn();
  const int before = OpenDescriptors();
  // The wake-up completes first, and its callback closes the listener.
  sink_.on_woken = [&] { engine_->Close(listener, CloseHow::kNow, {CloseCause::kAsked, 0}); };
  engine_->Wake();
  std::vector<Peer> peers;
  for (int i = 0; i < 3; ++i) {
    peers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(peers.back().get(), address.get(), address.size()), 0);
  }
  ASSERT_TRUE(Until([&] { return sink_.records[listener].closed == 1; }));
  EXPECT_TRUE(sink_.accepted.empty());
  EXPECT_GT(engine_->counters().late, 0u);
  for (const Peer& peer : peers) {
    char byte;
    EXPECT_LE(::recv(peer.get(), &byte, 1, 0), 0);
  }
  // The three peers came, the listener went.
  EXPECT_EQ(OpenDescriptors(), before + 3 - 1);
}

TEST_F(UringEngineTest, AcceptedSocketsOfAClosedListenerAreClosed) {
  Start();
  if (IsSkipped()) return;
  UniqueFd listening = *MakeListeningSocket(*SocketAddress::Parse("127.0.0.1:0"), {});
  const SocketAddress address = SocketAddress::OfSocket(listening.get());
  const Handle listener = *engine_->Listen(std::move(listening));
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) {
    peers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(peers.back().get(), address.get(), address.size()), 0);
  }
  sink_.on_accepted = [&] { engine_->Close(listener, CloseHow::kNow, {CloseCause::kAsked, 0}); };
  ASSERT_TRUE(Until([&] { return sink_.records[listener].closed == 1; }));
  ASSERT_EQ(sink_.accepted.size(), 1u);
  sink_.accepted.clear();
  for (const Peer& peer : peers) {
    char byte;
    EXPECT_LE(::recv(peer.get(), &byte, 1, 0), 0);
  }
}

TEST_F(UringEngineTest, ClosingWaitsForWhatIsInFlightAndNoLonger) {
  Start();
  if (IsSkipped()) return;
  auto handle_and_peer = ConnectStalled();
  auto& handle = handle_and_peer.first;
  auto& peer = handle_and_peer.second;
  const int fd = engine_->DescriptorOf(handle);
  engine_->Close(handle, CloseHow::kNow, {CloseCause::kLag, 0});
  EXPECT_EQ(engine_->DescriptorOf(handle), fd);
  EXPECT_EQ(sink_.records[handle].closed, 0);
  for (int turn = 0; turn < 3 && sink_.records[handle].closed == 0; ++turn) {
    engine_->Wait(engine_->Now() + kPatience);
  }
  EXPECT_EQ(sink_.records[handle].closed, 1);
  EXPECT_EQ(sink_.records[handle].reason.cause, CloseCause::kLag);
  EXPECT_EQ(engine_->DescriptorOf(handle), -1);
  Hear(peer);
  EXPECT_TRUE(IsAtEnd(peer));
  Turn();
  EXPECT_EQ(sink_.records[handle].closed, 1);
}

TEST_F(UringEngineTest, ManyCloseAtOnceWithEverythingInFlight) {
  Start({.submissions = 8, .completions = 16});
  if (IsSkipped()) return;
  const int before = OpenDescriptors();
  {
    std::vector<std::pair<Handle, Peer>> connections;
    for (int i = 0; i < 200; ++i) connections.push_back(Connect());
    Turn();
    for (const auto& [handle, peer] : connections) {
      Say(peer, "never heard");
      engine_->Close(handle, CloseHow::kReset, {CloseCause::kAsked, 0});
    }
    ASSERT_TRUE(Until([&] {
      for (const auto& [handle, peer] : connections) {
        if (sink_.records[handle].closed == 0) return false;
      }
      return true;
    }));
    for (const auto& [handle, peer] : connections) EXPECT_EQ(sink_.records[handle].closed, 1);
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_F(UringEngineTest, APausedConnectionKeepsItsBytesAndNobodysBuffers) {
  Start({.buffers = 4, .buffer_bytes = 256});
  if (IsSkipped()) return;
  auto paused_and_paused_peer = Connect();
  auto& paused = paused_and_paused_peer.first;
  auto& paused_peer = paused_and_paused_peer.second;
  auto other_and_other_peer = Connect();
  auto& other = other_and_other_peer.first;
  auto& other_peer = other_and_other_peer.second;
  Turn();
  // Its receive is in the kernel and takes bytes until the cancellation gets there.
  const std::string said = Pattern(60'000);
  Say(paused_peer, said);
  sink_.on_bytes = [&, h = paused](Handle heard) {
    if (heard == h) engine_->ReadEnabled(h, false);
  };
  Turn();
  sink_.on_bytes = nullptr;
  const size_t heard = sink_.records[paused].heard.size();
  EXPECT_LE(heard, 256u);
  for (int i = 0; i < 20; ++i) {
    Say(other_peer, "tick");
    ASSERT_TRUE(
        Until([&, h = other] { return sink_.records[h].heard.size() == size_t{4} * (i + 1u); }));
  }
  EXPECT_EQ(sink_.records[paused].heard.size(), heard);
  engine_->ReadEnabled(paused, true);
  ASSERT_TRUE(Until([&, h = paused] { return sink_.records[h].heard.size() == said.size(); }));
  EXPECT_EQ(sink_.records[paused].heard, said);
}

TEST_F(UringEngineTest, TheEndOfInputWaitsBehindWhatAPausedConnectionHasNotHeard) {
  Start();
  if (IsSkipped()) return;
  auto handle_and_peer = Connect();
  auto& handle = handle_and_peer.first;
  auto& peer = handle_and_peer.second;
  Turn();
  Say(peer, "last words");
  peer.Reset();
  engine_->ReadEnabled(handle, false);
  for (int i = 0; i < 5; ++i) Turn();
  EXPECT_EQ(sink_.records[handle].heard, "");
  EXPECT_EQ(sink_.records[handle].ended, 0);
  engine_->ReadEnabled(handle, true);
  ASSERT_TRUE(Until([&, h = handle] { return sink_.records[h].ended == 1; }));
  EXPECT_EQ(sink_.records[handle].heard, "last words");
}

TEST_F(UringEngineTest, PausingAndResumingBeforeTheKernelHearsOfItLosesNothing) {
  Start();
  if (IsSkipped()) return;
  auto handle_and_peer = Connect();
  auto& handle = handle_and_peer.first;
  auto& peer = handle_and_peer.second;
  std::string said;
  for (int round = 0; round < 50; ++round) {
    engine_->ReadEnabled(handle, false);
    Say(peer, Pattern(100));
    said += Pattern(100);
    if (round % 3 == 0) Turn();
    engine_->ReadEnabled(handle, true);
    if (round % 2 == 0) Turn();
  }
  ASSERT_TRUE(Until([&, h = handle] { return sink_.records[h].heard.size() == said.size(); }));
  EXPECT_EQ(sink_.records[handle].heard, said);
}

TEST_F(UringEngineTest, AFloodIsTakenABudgetATurn) {
  Start();
  if (IsSkipped()) return;
  auto handle_and_peer = Connect();
  auto& handle = handle_and_peer.first;
  auto& peer = handle_and_peer.second;
  const int buffer = 1 << 20;
  ::setsockopt(peer.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
  const std::string flood = Pattern(3'000'000);
  absl::string_view unsaid = flood;
  ASSERT_TRUE(Until([&, h = handle] {
    unsaid = SayWhatFits(peer, unsaid);
    return sink_.records[h].heard.size() == flood.size();
  }));
  EXPECT_EQ(sink_.records[handle].heard, flood);
  EXPECT_EQ(sink_.records[handle].most_in_a_turn, kReadBudgetBytes);
}

TEST_F(UringEngineTest, WhatIsOwedBehindAStalledSendFollowsInOrder) {
  Start();
  if (IsSkipped()) return;
  auto handle_and_peer = ConnectStalled();
  auto& handle = handle_and_peer.first;
  auto& peer = handle_and_peer.second;
  EXPECT_TRUE(sink_.records[handle].blocked);
  std::string heard;
  ASSERT_TRUE(Until([&] {
    heard += Hear(peer);
    return heard.size() == 1'000'000;
  }));
  EXPECT_EQ(heard, Pattern(1'000'000));
  EXPECT_FALSE(sink_.records[handle].blocked);
  EXPECT_EQ(engine_->InFlight(handle), 0u);
}

TEST_F(UringEngineTest, TheEndIsSaidBehindASendInFlight) {
  Start();
  if (IsSkipped()) return;
  auto handle_and_peer = ConnectStalled();
  auto& handle = handle_and_peer.first;
  auto& peer = handle_and_peer.second;
  engine_->ShutdownWrite(handle);
  std::string heard;
  ASSERT_TRUE(Until([&] {
    heard += Hear(peer);
    return IsAtEnd(peer);
  }));
  EXPECT_EQ(heard, Pattern(1'000'000));
}

TEST_F(UringEngineTest, DestroyingItReleasesSocketsAtOnceWhateverIsInFlight) {
  Start();
  if (IsSkipped()) return;
  auto handle_and_peer = ConnectStalled();
  auto& peer = handle_and_peer.second;
  auto idle_and_idle_peer = Connect();
  auto& idle_peer = idle_and_idle_peer.second;
  Turn();
  engine_.reset();
  Hear(peer);
  EXPECT_TRUE(IsAtEnd(peer));
  EXPECT_TRUE(IsAtEnd(idle_peer));
}

TEST_F(UringEngineTest, ItMayChangeItsThreadBetweenTurns) {
  Start({.submissions = 4});
  if (IsSkipped()) return;
  UniqueFd listening = *MakeListeningSocket(*SocketAddress::Parse("127.0.0.1:0"), {});
  const SocketAddress address = SocketAddress::OfSocket(listening.get());
  ASSERT_TRUE(engine_->Listen(std::move(listening)).ok());
  std::vector<std::pair<Handle, Peer>> connections;
  for (int i = 0; i < 20; ++i) connections.push_back(Connect());
  std::vector<Peer> callers;
  size_t said = 0;
  const auto hear_everybody = [&] {
    said += 3;
    for (const auto& [handle, peer] : connections) Say(peer, "abc");
    callers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(callers.back().get(), address.get(), address.size()), 0);
    engine_->Wake();
    sink_.woken = 0;
    EXPECT_TRUE(Until([&] {
      for (const auto& [handle, peer] : connections) {
        if (sink_.records[handle].heard.size() != said) return false;
      }
      return sink_.woken > 0 && sink_.accepted.size() == callers.size();
    }));
  };
  std::thread(hear_everybody).join();  // prepared here, first waited for there
  hear_everybody();
  std::thread(hear_everybody).join();
  // Closed by a thread that has never waited, more of them than the submission queue holds.
  for (const auto& [handle, peer] : connections) {
    engine_->Close(handle, CloseHow::kNow, {CloseCause::kAsked, 0});
  }
  EXPECT_TRUE(Until([&] {
    for (const auto& [handle, peer] : connections) {
      if (sink_.records[handle].closed != 1) return false;
    }
    return true;
  }));
}

TEST_F(UringEngineTest, ABlockedSendSurvivesAChangeOfThread) {
  Start();
  if (IsSkipped()) return;
  std::pair<Handle, Peer> stalled;
  std::thread([&] { stalled = ConnectStalled(); }).join();
  std::string heard;
  ASSERT_TRUE(Until([&] {
    heard += Hear(stalled.second);
    return heard.size() == 1'000'000;
  }));
  EXPECT_EQ(heard, Pattern(1'000'000));
}

TEST_F(UringEngineTest, ServesAlsoWithoutDeferredTaskRuns) {
  Start({.deferred_task_run = false});
  if (IsSkipped()) return;
  auto handle_and_peer = Connect();
  auto& peer = handle_and_peer.second;
  sink_.on_bytes = [&](Handle heard) {
    sink_.records[heard].owed += "echo";
    const Handle one[] = {heard};
    engine_->Flush(one);
  };
  Say(peer, "hello");
  std::string heard;
  EXPECT_TRUE(Until([&] {
    heard += Hear(peer);
    return heard == "echo";
  }));
}

class Ignoring : public ConnectionHandler {
 public:
  void OnBytes(Handle, ByteSpan) override {}
  void OnClosed(Handle, CloseReason) override {}
};

TEST_F(UringEngineTest, DiscardingKeepsWhatTheKernelIsReading) {
  Start();
  if (IsSkipped()) return;
  Ignoring handler;
  Reactor reactor(std::move(engine_));
  auto near_and_peer = Pair();
  auto& near = near_and_peer.first;
  auto& peer = near_and_peer.second;
  const Handle handle = *reactor.Adopt(std::move(near), &handler, {.max_lag_bytes = 0});
  const std::string first = Pattern(2'000'000);
  Broadcast broadcast(reactor);
  broadcast.Join(handle);
  for (size_t at = 0; at < first.size(); at += 50'000) {
    broadcast.Append(AsBytes(absl::string_view(first).substr(at, 50'000)));
  }
  uint64_t pending = 0;
  do {
    pending = reactor.PendingBytes(handle);
    for (int i = 0; i < 5; ++i) reactor.RunOnce(std::chrono::milliseconds(1));
  } while (reactor.PendingBytes(handle) != pending || pending == first.size());
  reactor.DiscardPending(handle);
  EXPECT_LT(reactor.PendingBytes(handle), pending);
  reactor.Send(handle, AsBytes("the end"));
  std::string heard;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (heard.size() < 7 || heard.substr(heard.size() - 7) != "the end") {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    reactor.RunOnce(std::chrono::milliseconds(1));
    heard += Hear(peer);
  }
  heard.resize(heard.size() - 7);
  EXPECT_EQ(heard, first.substr(0, heard.size()));
  EXPECT_EQ(reactor.PendingBytes(handle), 0u);
}

}  // namespace
}  // namespace parley
