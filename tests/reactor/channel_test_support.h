#ifndef TESTS_REACTOR_CHANNEL_TEST_SUPPORT_H_
#define TESTS_REACTOR_CHANNEL_TEST_SUPPORT_H_

// What the tests of channels share: a map per engine, a raw peer for a channel, waiting for an
// event with a deadline, and the log's lines.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reactor/async_chat/async_chat.h"
#include "reactor/async_chat/channel_map.h"
#include "reactor/async_chat/dispatcher.h"
#include "reactor/base/log.h"
#include "reactor/engine/engine_list.h"

namespace parley {

inline std::vector<std::string> EngineNames() {
  std::vector<std::string> names;
  for (const EngineEntry& engine : BuiltEngines()) names.emplace_back(engine.name);
  return names;
}

// For INSTANTIATE_TEST_SUITE_P over EngineNames().
inline std::string EngineTestName(const testing::TestParamInfo<std::string>& engine) {
  return engine.param;
}

// Turns the map's loop until `happened`, at most ten seconds. Returns whether it has.
inline bool LoopUntil(ChannelMap& map, const std::function<bool()>& happened) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!happened()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    map.Loop(std::chrono::milliseconds(20), 1);
  }
  return true;
}

// A few turns that wait for nothing: what was going to happen by itself has happened.
inline void Settle(ChannelMap& map) { map.Loop(Duration::zero(), 5); }

// A map on one engine.
class ChannelMapTest : public testing::TestWithParam<std::string> {
 protected:
  ChannelMapTest() : map_(*ChannelMap::Create(GetParam())) {}

  // One end for a channel, the other for the test.
  std::pair<UniqueFd, UniqueFd> SocketPair() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (int fd : fds) {
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
  }

  // Writes all of `text` to a non-blocking descriptor, turning the loop while it is full.
  void Write(const UniqueFd& fd, absl::string_view text) {
    ASSERT_TRUE(LoopUntil(*map_, [&] {
      const ssize_t written = ::write(fd.get(), text.data(), text.size());
      if (written > 0) text.remove_prefix(static_cast<size_t>(written));
      return text.empty();
    }));
  }

  // What is there to read now; `ended` says whether the end was.
  static std::string ReadNow(const UniqueFd& fd, bool* ended = nullptr) {
    std::string text;
    char buffer[4096];
    while (true) {
      const ssize_t count = ::read(fd.get(), buffer, sizeof(buffer));
      if (count == 0 && ended != nullptr) *ended = true;
      if (count <= 0) return text;
      text.append(buffer, static_cast<size_t>(count));
    }
  }

  std::string ReadBytes(const UniqueFd& fd, size_t bytes) {
    std::string text;
    EXPECT_TRUE(LoopUntil(*map_,
                          [&] {
                            text += ReadNow(fd);
                            return text.size() >= bytes;
                          }))
        << "read " << text.size() << " of " << bytes << " bytes";
    return text;
  }

  std::string ReadToEnd(const UniqueFd& fd) {
    std::string text;
    bool ended = false;
    EXPECT_TRUE(LoopUntil(*map_, [&] {
      text += ReadNow(fd, &ended);
      return ended;
    }));
    return text;
  }

  std::unique_ptr<ChannelMap> map_;
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
