// An I/O thread by itself, without the chat behind it.

#include "chat/transport/io_thread.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chat/transport/shard.h"
#include "reactor/base/check.h"
#include "reactor/engine/socket_calls.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

std::vector<ServerKind> KindsWithIoThreads() {
  std::vector<ServerKind> kinds = ServerKinds();
  std::erase_if(kinds, [](const ServerKind& kind) { return kind.threads == 1; });
  return kinds;
}

class IoThreadTest : public ChatTest {
 protected:
  void Start(const Limits& limits) {
    thread_.reset();
    limits_ = limits;
    admission_.emplace(limits_);
    main_reactor_ = engine_.MakeReactor();
    thread_.emplace(0, limits_, *admission_, *main_reactor_);
    ASSERT_TRUE(thread_->Start(server().engine).ok());
  }
  // Gives it a client that was accepted from somewhere.
  void Serve(UniqueFd fd) {
    thread_->Call([&](Shard& shard) {
      shard.Serve(std::move(fd), *SocketAddress::Parse("192.0.2.1:1"), {});
    });
  }
  // A client's end of a connection that is served.
  UniqueFd Connect() {
    int ends[2];
    PARLEY_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, errno);
    PARLEY_CHECK(MakeNonBlocking(ends[0]), errno);
    Serve(UniqueFd(ends[0]));
    return UniqueFd(ends[1]);
  }
  // The news of this kind that wait. The thread is held meanwhile, and adds none.
  std::vector<std::string> TakeNews(News::Kind kind) {
    std::vector<std::string> texts;
    thread_->Call([&](Shard&) {
      thread_->TakeNews([&](const News& news) {
        if (news.kind == kind) texts.emplace_back(news.text);
      });
    });
    return texts;
  }
  // Lets it read what has come.
  void TakeTurns() {
    for (int turn = 0; turn < 100; ++turn) thread_->Call([](Shard&) {});
  }

 private:
  Limits limits_;
  EngineUnderTest engine_{server().engine};
  std::optional<Admission> admission_;
  std::unique_ptr<Reactor> main_reactor_;
  std::optional<IoThread> thread_;
};
PARLEY_WITH_SERVERS(IoThreadTest, KindsWithIoThreads());

TEST_P(IoThreadTest, ABusyMainThreadSlowsReadingAndNoLineIsLost) {
  constexpr int kLines = 12'000;  // which one read may bring
  constexpr size_t kMostWaiting = 8192 + 1;
  Start(UnhurriedLimits());
  const UniqueFd client = Connect();
  std::string lines;
  std::vector<std::string> expected;
  for (int i = 0; i < kLines; ++i) {
    expected.push_back(absl::StrCat(i));
    absl::StrAppend(&lines, i, "\n");
  }
  ASSERT_EQ(::send(client.get(), lines.data(), lines.size(), 0),
            static_cast<ssize_t>(lines.size()));
  TakeTurns();

  std::vector<std::string> spoken;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (spoken.size() < kLines && std::chrono::steady_clock::now() < deadline) {
    const std::vector<std::string> waiting = TakeNews(News::Kind::kSpoke);
    EXPECT_LE(waiting.size(), kMostWaiting);
    spoken.insert(spoken.end(), waiting.begin(), waiting.end());
  }
  EXPECT_EQ(spoken, expected);
}

TEST_P(IoThreadTest, AConnectionThatCannotBeServedGivesItsPlaceBack) {
  for (const bool by_address : {false, true}) {
    Limits limits = UnhurriedLimits();
    (by_address ? limits.max_connections_per_address : limits.max_connections) = 1;
    Start(limits);
    // No engine takes this for a connected socket.
    UniqueFd no_socket(::open("/dev/null", O_RDWR | O_CLOEXEC));
    ASSERT_TRUE(no_socket);
    Serve(std::move(no_socket));
    EXPECT_EQ(TakeNews(News::Kind::kArrived).size(), 0U);
    const UniqueFd client = Connect();
    EXPECT_EQ(TakeNews(News::Kind::kArrived).size(), 1U);
  }
}

}  // namespace
}  // namespace parley::chat
