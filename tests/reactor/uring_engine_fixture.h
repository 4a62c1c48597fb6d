#ifndef TESTS_REACTOR_URING_ENGINE_FIXTURE_H_
#define TESTS_REACTOR_URING_ENGINE_FIXTURE_H_

// What can go wrong with io_uring alone is tested on real sockets (uring_*_test.cc); what every
// engine promises is in the contract suite. Here is what those tests share: the engine without a
// reactor, a sink that records what it tells, and peers on unix sockets.
//
//   TEST_F(UringEngineTest, HearsWhatIsSaid) {
//     Start({.buffers = 2});
//     if (IsSkipped()) return;
//     Connection ann = Connect();
//     Say(ann.peer, "hello");
//     EXPECT_TRUE(Until([&] { return sink_.records[ann.handle].heard == "hello"; }));
//   }

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"
#include "reactor/engine/uring_engine.h"
#include "reactor/loop/listening_socket.h"

namespace parley {

// How long a test waits for what it expects.
inline constexpr auto kPatience = std::chrono::seconds(20);

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

  void WaitEnded(TimePoint) override {}
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

inline int OpenDescriptors() {
  int count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

// Bytes in which every position is recognisable.
inline std::string Pattern(size_t size) {
  std::string text;
  text.reserve(size + 16);
  while (text.size() < size) text += std::to_string(text.size()) + " ";
  text.resize(size);
  return text;
}

class UringEngineTest : public testing::Test {
 protected:
  using Peer = UniqueFd;
  struct Connection {
    Handle handle;
    Peer peer;
  };
  struct Listener {
    Handle handle;
    SocketAddress address;
  };

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

  Connection Connect() {
    auto [near, far] = Pair();
    const Handle handle = *engine_->Adopt(std::move(near), FdKind::kConnected, true);
    sink_.records[handle];
    return {handle, std::move(far)};
  }

  // Listens on a port of the loopback.
  Listener Listen() {
    UniqueFd socket = *MakeListeningSocket(*SocketAddress::Parse("127.0.0.1:0"), {});
    const SocketAddress address = SocketAddress::OfSocket(socket.get());
    const absl::StatusOr<Handle> handle = engine_->Listen(std::move(socket));
    EXPECT_TRUE(handle.ok()) << handle.status();
    return {handle.value_or(Handle()), address};
  }

  // Somebody who has connected to it, on a socket that blocks.
  static Peer Call(const Listener& listener) {
    Peer peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(peer.get(), listener.address.get(), listener.address.size()), 0);
    return peer;
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

  // Waits until the connection of one who has Called has ended or is broken.
  static bool IsOver(const Peer& caller) {
    char byte;
    return ::recv(caller.get(), &byte, 1, 0) <= 0;
  }

  // A connection whose socket is full, with a send in flight.
  Connection ConnectStalled() {
    Connection connection = Connect();
    const Handle handle = connection.handle;
    sink_.records[handle].owed = Pattern(1'000'000);
    const Handle one[] = {handle};
    engine_->Flush(one);
    EXPECT_TRUE(Until([&] {
      const size_t before = sink_.records[handle].sent;
      Turn();
      engine_->Flush(one);
      return before > 0 && sink_.records[handle].sent == before && engine_->InFlight(handle) > 0;
    }));
    return connection;
  }

  RecordingSink sink_;
  std::unique_ptr<UringEngine> engine_;
};

}  // namespace parley

#endif  // TESTS_REACTOR_URING_ENGINE_FIXTURE_H_
