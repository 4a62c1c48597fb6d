// Channel::SetTimeout and SetIdleTimeout.

#include <gmock/gmock.h>

#include <functional>
#include <string>

#include "tests/reactor/channel_test_support.h"

namespace parley {
namespace {

using testing::ElementsAre;

// Says goodbye when nothing has come for a while.
class ImpatientChat : public RecordingChat {
 public:
  using RecordingChat::RecordingChat;
  void HandleTimeout() override {
    ++timeouts;
    if (on_timeout) on_timeout(*this);
  }
  int timeouts = 0;
  std::function<void(ImpatientChat&)> on_timeout;
};

class AsyncChatTimeouts : public ChannelWithPeerTest {
 protected:
  AsyncChatTimeouts() { chat_.SetTerminator("\n"); }
  TimePoint Now() { return map_->reactor().Now(); }
  // Turns until so much time has passed.
  void Pass(Duration time) {
    const TimePoint end = Now() + time;
    while (Now() < end) map_->Loop(end - Now(), 1);
  }

  ImpatientChat chat_{*map_, std::move(end_)};
};

TEST_P(AsyncChatTimeouts, L8_AGoodbyeOnIdleReachesThePeer) {
  chat_.on_timeout = [](ImpatientChat& chat) {
    chat.Push("You were idle. Goodbye.\n");
    chat.CloseWhenDone();
  };
  chat_.SetIdleTimeout(std::chrono::milliseconds(300));
  EXPECT_EQ(ReadToEnd(*peer_), "You were idle. Goodbye.\n");
  EXPECT_EQ(chat_.timeouts, 1);
  EXPECT_THAT(chat_.closes, ElementsAre(CloseCause::kAsked));
}

TEST_P(AsyncChatTimeouts, L8_WhatComesPutsAnIdleTimeoutOff) {
  chat_.SetIdleTimeout(std::chrono::milliseconds(500));
  const TimePoint began = Now();
  TimePoint last = began;
  while (Now() - began < std::chrono::milliseconds(1500) && chat_.timeouts == 0) {
    Pass(std::chrono::milliseconds(50));
    Write(*peer_, "here\n");
    last = Now();
  }
  EXPECT_EQ(chat_.timeouts, 0);
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.timeouts == 1; }));
  EXPECT_GE(Now() - last, std::chrono::milliseconds(450));
  // It goes on, and so the timeout begins again.
  const TimePoint first = Now();
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.timeouts == 2; }));
  EXPECT_GE(Now() - first, std::chrono::milliseconds(400));
  EXPECT_TRUE(chat_.is_open());
}

TEST_P(AsyncChatTimeouts, L8_ATimeoutIsToldOnceAndReplacedOrRemoved) {
  chat_.SetTimeout(std::chrono::milliseconds(200));
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.timeouts == 1; }));
  Pass(std::chrono::milliseconds(500));
  EXPECT_EQ(chat_.timeouts, 1);
  chat_.SetIdleTimeout(std::chrono::milliseconds(200));
  chat_.SetTimeout(std::chrono::hours(1));
  Pass(std::chrono::milliseconds(500));
  EXPECT_EQ(chat_.timeouts, 1);
  chat_.SetTimeout(std::chrono::milliseconds(200));
  chat_.SetTimeout(Duration::zero());
  Pass(std::chrono::milliseconds(500));
  EXPECT_EQ(chat_.timeouts, 1);
  EXPECT_TRUE(chat_.is_open());
}

TEST_P(AsyncChatTimeouts, L8_WithoutAHandlerATimeoutEndsTheChannel) {
  auto [end, peer] = SocketPair();
  RecordingChat chat(*map_, std::move(end));
  chat.SetTimeout(std::chrono::milliseconds(100));
  EXPECT_EQ(ReadToEnd(*peer), "");
  EXPECT_THAT(chat.closes, ElementsAre(CloseCause::kDeadline));
}

TEST_P(AsyncChatTimeouts, L8_AnIdleTimeoutDoesNotOutliveItsChannel) {
  chat_.SetIdleTimeout(std::chrono::milliseconds(100));
  const uint32_t slot = chat_.handle().slot;
  chat_.Close();
  peer_.reset();
  ASSERT_TRUE(LoopUntil(*map_, [&] {
    map_->reactor().RunOnce(Duration::zero());
    return map_->reactor().connections() == 0;
  }));
  auto [end, peer] = SocketPair();
  ImpatientChat next(*map_, std::move(end));
  ASSERT_EQ(next.handle().slot, slot);
  // Not by SetTimeout, which would put an idle timeout in the place of the old one's.
  map_->reactor().SetDeadline(next.handle(), Now() + std::chrono::milliseconds(150));
  ASSERT_TRUE(LoopUntil(*map_, [&] { return next.timeouts == 1; }));
  Pass(std::chrono::milliseconds(600));
  EXPECT_EQ(next.timeouts, 1);
}

TEST_P(AsyncChatTimeouts, L8_WhoIsNotReadIsIdleAllTheSame) {
  map_->reactor().PauseReading(chat_.handle());
  Write(*peer_, "nobody reads this\n");
  chat_.SetIdleTimeout(std::chrono::milliseconds(200));
  EXPECT_TRUE(LoopUntil(*map_, [&] { return chat_.timeouts == 1; }));
  EXPECT_THAT(chat_.messages, testing::IsEmpty());
}

// A peer that takes nothing of a goodbye that is larger than every buffer.
class AsyncChatCloseWhenDone : public AsyncChatTimeouts {
 protected:
  // How long after CloseWhenDone the channel was given up.
  Duration GivenUpAfter(Duration limit) {
    chat_.Push(std::string(size_t{8} << 20, 'x'));
    chat_.CloseWhenDone(limit);
    chat_.SetTimeout(Duration::zero());
    chat_.SetIdleTimeout(std::chrono::hours(1));
    const TimePoint began = Now();
    EXPECT_TRUE(LoopUntil(*map_, [&] { return !chat_.closes.empty(); }));
    return Now() - began;
  }
};

TEST_P(AsyncChatCloseWhenDone, L8_IsHowLongItWaitsForAPeerThatTakesNothing) {
  const Duration after = GivenUpAfter(std::chrono::milliseconds(300));
  EXPECT_THAT(chat_.closes, ElementsAre(CloseCause::kDrainTimeout));
  EXPECT_GE(after, std::chrono::milliseconds(250));
  EXPECT_LT(after, std::chrono::seconds(4));
  EXPECT_EQ(chat_.timeouts, 0);
}

TEST_P(AsyncChatCloseWhenDone, L8_MayBeWithoutAnEnd) {
  chat_.Push("bye\n");
  chat_.CloseWhenDone(Duration::max());
  EXPECT_EQ(ReadToEnd(*peer_), "bye\n");
}

INSTANTIATE_TEST_SUITE_P(Engines, AsyncChatCloseWhenDone, testing::ValuesIn(EveryEngineName()),
                         EngineTestName);
INSTANTIATE_TEST_SUITE_P(Engines, AsyncChatTimeouts, testing::ValuesIn(EveryEngineName()),
                         EngineTestName);

}  // namespace
}  // namespace parley
