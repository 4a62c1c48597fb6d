#ifndef TESTS_REACTOR_CHANNEL_TEST_SUPPORT_H_
#define TESTS_REACTOR_CHANNEL_TEST_SUPPORT_H_

// What the tests of channels share: a map per engine, a far end for a channel, waiting for an event
// with a deadline, and the log's lines.
//
// A suite runs with EveryEngineName(), the simulated engine among them, or, where its subject is
// the machine's own (files, addresses, urgent bytes), with EngineNames().

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "reactor/async_chat/async_chat.h"
#include "reactor/async_chat/channel_map.h"
#include "reactor/async_chat/dispatcher.h"
#include "reactor/base/log.h"
#include "tests/simulated/engine_under_test.h"
#include "tests/simulated/far_end.h"
#include "tests/simulated/simulated_network.h"

namespace parley {

inline constexpr Duration kTestTurn = std::chrono::milliseconds(20);

// For INSTANTIATE_TEST_SUITE_P over either.
inline std::string EngineTestName(const testing::TestParamInfo<std::string>& engine) {
  return engine.param;
}

// Turns the map's loop until `happened`, at most ten seconds. Returns whether it has.
inline bool LoopUntil(ChannelMap& map, const std::function<bool()>& happened) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!happened()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    map.Loop(kTestTurn, 1);
    // Without channels a map has nothing to turn for, but a simulated network carries what was sent
    // only while somebody turns.
    if (map.empty() && map.reactor().engine_name() == kSimulated) map.reactor().RunOnce(kTestTurn);
  }
  return true;
}

// A few turns, after which what was going to happen by itself has happened. On the machine they
// wait for nothing; in simulated time they take longer than anything that is on its way.
inline void Settle(ChannelMap& map) {
  if (map.reactor().engine_name() != kSimulated) return map.Loop(Duration::zero(), 5);
  const TimePoint settled = map.reactor().Now() + std::chrono::milliseconds(200);
  LoopUntil(map, [&] { return map.reactor().Now() >= settled; });
}

// Does not outlive the engine.
inline std::unique_ptr<ChannelMap> MakeMap(EngineUnderTest& engine) {
  return std::make_unique<ChannelMap>(engine.MakeReactor());
}

// A map on one engine.
class ChannelMapTest : public testing::TestWithParam<std::string> {
 protected:
  // One end of a stream for a channel, the other for the test.
  std::pair<UniqueFd, std::unique_ptr<FarEnd>> SocketPair() {
    if (engine_.network() != nullptr) {
      auto [fd, peer] = engine_.network()->MakePair();
      return {std::move(fd), FarEndOf(*peer)};
    }
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (int fd : fds) {
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return {UniqueFd(fds[0]), FarEndOf(UniqueFd(fds[1]))};
  }

  // Sends all of `text`, turning the loop while the stream is full.
  void Write(FarEnd& end, absl::string_view text) {
    bool broken = false;
    ASSERT_TRUE(LoopUntil(*map_, [&] {
      const std::optional<size_t> sent = end.Send(text);
      broken = !sent.has_value();
      text.remove_prefix(sent.value_or(0));
      return broken || text.empty();
    }));
    ASSERT_FALSE(broken) << text.size() << " bytes can never be sent";
  }

  // What is there to read now.
  static std::string ReadNow(FarEnd& end) {
    std::string text;
    end.Receive(text);
    return text;
  }

  std::string ReadBytes(FarEnd& end, size_t bytes) {
    std::string text;
    EXPECT_TRUE(LoopUntil(*map_,
                          [&] {
                            text += ReadNow(end);
                            return text.size() >= bytes;
                          }))
        << "read " << text.size() << " of " << bytes << " bytes";
    return text;
  }

  std::string ReadToEnd(FarEnd& end) {
    std::string text;
    EXPECT_TRUE(LoopUntil(*map_, [&] { return end.Receive(text) == StreamState::kEnded; }));
    return text;
  }

  EngineUnderTest engine_{GetParam()};
  std::unique_ptr<ChannelMap> map_ = MakeMap(engine_);
};

// One end of a stream for a channel that the test makes, the other for the test.
class ChannelWithPeerTest : public ChannelMapTest {
 protected:
  ChannelWithPeerTest() { std::tie(end_, peer_) = SocketPair(); }

  UniqueFd end_;
  std::unique_ptr<FarEnd> peer_;
};

// Records what a chat is told. Its messages are the strings between ends; `on_message` may do
// anything.
class RecordingChat : public AsyncChat {
 public:
  using AsyncChat::AsyncChat;
  using AsyncChat::collected;

  void CollectIncomingData(ByteSpan bytes) override {
    received_bytes += bytes.size();
    AsyncChat::CollectIncomingData(bytes);
    if (on_collected) on_collected(*this);
  }
  void FoundTerminator() override {
    messages.push_back(TakeCollected());
    if (on_message) on_message(*this);
  }
  void HandleClose(CloseReason reason) override { closes.push_back(reason.cause); }
  size_t MaxCollectedBytes() const override { return size_t{64} << 20; }

  std::vector<std::string> messages;
  std::vector<CloseCause> closes;
  size_t received_bytes = 0;
  std::function<void(RecordingChat&)> on_message;
  std::function<void(RecordingChat&)> on_collected;
};

// Connects, and returns the first line that is heard, or "closed" where the far end closes before.
inline std::string FirstLineOf(ChannelMap& map, const SocketAddress& server) {
  RecordingChat visitor(map);
  visitor.SetTerminator("\n");
  EXPECT_TRUE(visitor.Connect(server).ok());
  EXPECT_TRUE(LoopUntil(map, [&] { return !visitor.messages.empty() || !visitor.closes.empty(); }));
  return visitor.messages.empty() ? "closed" : visitor.messages[0];
}

// The lines that are logged while it lives.
class LogLines {
 public:
  LogLines() {
    SetLogSink([this](Severity severity, absl::string_view message) {
      lines.push_back(std::string(SeverityName(severity)) + ": " + std::string(message));
    });
  }
  ~LogLines() { SetLogSink(nullptr); }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  size_t Count(absl::string_view text) const {
    size_t count = 0;
    for (const std::string& line : lines)
      count += line.find(std::string(text)) != std::string::npos;
    return count;
  }

  std::vector<std::string> lines;
};

}  // namespace parley

#endif  // TESTS_REACTOR_CHANNEL_TEST_SUPPORT_H_
