// What a peer hears that is not wanted, on every engine: the whole sentence and the end, whatever
// it has sent and whenever.

#include "reactor/loop/refusals.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "reactor/engine/engine_list.h"
#include "reactor/engine/socket_calls.h"
#include "reactor/loop/reactor.h"

namespace parley {
namespace {

constexpr absl::string_view kSentence = "The server is full.\r\n";

class RefusalsTest : public testing::TestWithParam<std::string>, private AcceptHandler {
 protected:
  void SetUp() override {
    reactor_ = *Reactor::Create(GetParam());
    if (reactor_->engine_name() != GetParam()) GTEST_SKIP() << "the kernel forbids it";
    ListenOptions options;
    options.stream.urgent_in_line = true;
    address_ =
        reactor_->AddressOf(*reactor_->Listen(*SocketAddress::Parse("127.0.0.1:0"), options, this));
  }

  // A peer that has sent `bytes` before the reactor may look.
  UniqueFd Come(absl::string_view bytes) const {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(fd.get(), address_.get(), address_.size()), 0);
    EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    return fd;
  }

  bool RunUntil(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      reactor_->RunOnce(std::chrono::milliseconds(10));
    }
    return true;
  }

  // What it reads up to the end, or up to an error, which is added in words.
  std::string Hears(const UniqueFd& peer) {
    std::string heard;
    const bool ended = RunUntil([&] {
      std::array<char, 256> buffer;
      const ssize_t got = ::recv(peer.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got > 0) heard.append(buffer.data(), static_cast<size_t>(got));
      if (got < 0 && errno != EAGAIN) heard += "(error)";
      return got == 0 || (got < 0 && errno != EAGAIN);
    });
    if (!ended) heard += "(no end)";
    // A reset after the end is an error of the socket, for which programs throw away what they
    // have.
    if (PendingError(peer.get()) != 0) heard += "(reset)";
    return heard;
  }

  void OnAccepted(Handle, UniqueFd fd, const SocketAddress&) override {
    ++refused_;
    reactor_->Refuse(std::move(fd), AsBytes(kSentence));
  }

  std::unique_ptr<Reactor> reactor_;
  SocketAddress address_;
  size_t refused_ = 0;
};

std::vector<std::string> Engines() {
  std::vector<std::string> names;
  for (const EngineEntry& engine : BuiltEngines()) names.emplace_back(engine.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(With, RefusalsTest, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param; });

TEST_P(RefusalsTest, WhoHasSpokenAlreadyHearsTheSentenceAndTheEnd) {
  UniqueFd peer = Come("login ann\r\n");
  EXPECT_EQ(Hears(peer), kSentence);
  peer.Reset();
  EXPECT_TRUE(RunUntil([&] { return reactor_->connections() == 0; }));
}

TEST_P(RefusalsTest, WhoSpeaksAfterwardsIsNotReset) {
  const UniqueFd peer = Come("");
  EXPECT_EQ(Hears(peer), kSentence);
  ASSERT_EQ(::send(peer.get(), "login ann\r\n", 11, MSG_NOSIGNAL), 11);
  for (int turn = 0; turn < 5; ++turn) reactor_->RunOnce(Duration::zero());
  EXPECT_EQ(PendingError(peer.get()), 0);
}

TEST_P(RefusalsTest, WithMoreThanMayStayForItEverybodyStillHearsTheSentence) {
  std::vector<UniqueFd> peers;
  for (size_t i = 0; i < Refusals::kMostAtOnce + 20; ++i) peers.push_back(Come("login ann\r\n"));
  EXPECT_TRUE(RunUntil([&] { return refused_ == peers.size(); }));
  EXPECT_LE(reactor_->connections(), Refusals::kMostAtOnce);
  for (const UniqueFd& peer : peers) EXPECT_EQ(Hears(peer), kSentence);
}

TEST_P(RefusalsTest, WhoNeverLeavesIsClosedAllTheSame) {
  const UniqueFd peer = Come("");
  EXPECT_EQ(Hears(peer), kSentence);
  EXPECT_EQ(reactor_->connections(), 1U);
  EXPECT_TRUE(RunUntil([&] { return reactor_->connections() == 0; }));
}

}  // namespace
}  // namespace parley
