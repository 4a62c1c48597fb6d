// When ChannelMap::Loop ends, and when it goes on.

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "tests/reactor/channel_test_support.h"
#include "tests/reactor/foreign_loop.h"

namespace parley {
namespace {

using testing::ElementsAre;

class ChannelMapLoop : public ChannelMapTest {
 protected:
  // Another thread, which begins when the next Loop turns.
  std::thread OnceItTurns(std::function<void()> run) {
    auto turning = std::make_shared<std::promise<void>>();
    map_->reactor().Post([turning] { turning->set_value(); });
    return std::thread([turning, run = std::move(run)] {
      turning->get_future().wait();
      run();
    });
  }
};

TEST_P(ChannelMapLoop, L6_GoesOnWhileATimerIsPending) {
  bool fired = false;
  map_->reactor().After(std::chrono::milliseconds(50), [&] { fired = true; });
  map_->Loop();
  EXPECT_TRUE(fired);
}

TEST_P(ChannelMapLoop, L6_GoesOnForATaskThatWasPosted) {
  int ran = 0;
  map_->reactor().Post([&] {
    ++ran;
    map_->reactor().Post([&] { ++ran; });
  });
  map_->Loop();
  EXPECT_EQ(ran, 2);
}

TEST_P(ChannelMapLoop, L6_GoesOnWhileAGuardIsHeld) {
  // Otherwise a worker's result is lost because nothing else is open.
  std::optional<WorkGuard> guard(map_->reactor());
  int result = 0;
  std::thread worker = OnceItTurns([&] {
    map_->reactor().Post([&] { result = 42; });
    guard.reset();
  });
  map_->Loop();
  worker.join();
  EXPECT_EQ(result, 42);
}

TEST_P(ChannelMapLoop, L6_AGuardThatMovesCountsOnce) {
  WorkGuard first(map_->reactor());
  WorkGuard second = std::move(first);
  EXPECT_TRUE(map_->reactor().HasWork());
  second.Release();
  second.Release();
  EXPECT_FALSE(map_->reactor().HasWork());
  map_->Loop();
}

TEST_P(ChannelMapLoop, L6_StopEndsItAndItMayGoOn) {
  auto [end, peer] = SocketPair();
  RecordingChat chat(*map_, std::move(end));
  chat.SetTerminator("\n");
  chat.on_message = [&](RecordingChat&) { map_->Stop(); };
  Write(*peer, "stop\n");
  map_->Loop();
  EXPECT_TRUE(chat.is_open());
  EXPECT_THAT(chat.messages, ElementsAre("stop"));
  std::thread other = OnceItTurns([&] { map_->Stop(); });
  map_->Loop();
  other.join();
  EXPECT_TRUE(chat.is_open());
  map_->Stop();
  map_->Loop();  // ends at once
  EXPECT_TRUE(chat.is_open());
}

// An echo as asyncore's people write it: what was read is written when the loop asks for it.
class WillingEcho : public Dispatcher {
 public:
  using Dispatcher::Dispatcher;
  bool Writable() const override { return !unsent_.empty(); }
  void HandleRead() override {
    std::byte bytes[64];
    unsent_ += std::string(AsText({bytes, Recv(bytes)}));
  }
  void HandleWrite() override { unsent_.erase(0, Send(unsent_)); }

 private:
  std::string unsent_;
};

class ChannelMapInAForeignLoop : public ChannelMapTest {
 protected:
  // What such a loop does in a round: it waits for at most so long, and turns the map only when it is
  // told to. Returns whether it was.
  bool Round(Duration longest) {
    const TimePoint due = map_->PrepareToPoll();
    if (!IsToldToTurn(map_->reactor(), due, longest)) return false;
    map_->RunOnce();
    return true;
  }
};

TEST_P(ChannelMapInAForeignLoop, ADispatcherThatBecomesWillingIsAsked) {
  auto [end, peer] = SocketPair();
  WillingEcho echo(*map_, std::move(end));
  const std::string text(1000, 'x');  // of which it reads a piece at a time
  ASSERT_EQ(peer->Send(text), text.size());
  std::string heard;
  while (heard.size() < text.size() && Round(std::chrono::seconds(10))) heard += ReadNow(*peer);
  EXPECT_EQ(heard, text);
}

TEST_P(ChannelMapInAForeignLoop, AMapWithoutChannelsIsQuiet) {
  {
    auto [end, peer] = SocketPair();
    WillingEcho echo(*map_, std::move(end));
    ASSERT_EQ(peer->Send("x"), 1U);
    std::string heard;
    while (heard.empty() && Round(std::chrono::seconds(10))) heard = ReadNow(*peer);
    EXPECT_EQ(heard, "x");
  }
  int rounds = 0;
  while (rounds < 100 && Round(std::chrono::milliseconds(20))) ++rounds;
  EXPECT_LT(rounds, 10) << "it goes on turning for nothing";
}

TEST_P(ChannelMapInAForeignLoop, AnotherThreadsTaskIsRunAtOnce) {
  while (Round(std::chrono::milliseconds(1))) continue;
  bool ran = false;
  std::promise<void> waits;
  std::thread other([&] {
    waits.get_future().wait();
    map_->reactor().Post([&] { ran = true; });
  });
  waits.set_value();
  // Rounds without a time limit of their own: only the wake-up ends the wait.
  while (!ran && Round(std::chrono::seconds(10))) continue;
  other.join();
  EXPECT_TRUE(ran);
}

TEST_P(ChannelMapInAForeignLoop, ExitNowLeavesTheTurn) {
  auto [end, peer] = SocketPair();
  RecordingChat chat(*map_, std::move(end));
  chat.SetTerminator("\n");
  chat.on_message = [](RecordingChat&) { throw ExitNow(); };
  ASSERT_EQ(peer->Send("x\n"), 2U);
  EXPECT_THROW(while (Round(std::chrono::seconds(10))) continue, ExitNow);
  EXPECT_TRUE(chat.is_open());
}

INSTANTIATE_TEST_SUITE_P(Engines, ChannelMapInAForeignLoop, testing::ValuesIn(EngineNames()),
                         EngineTestName);
INSTANTIATE_TEST_SUITE_P(Engines, ChannelMapLoop, testing::ValuesIn(EngineNames()), EngineTestName);

}  // namespace
}  // namespace parley
