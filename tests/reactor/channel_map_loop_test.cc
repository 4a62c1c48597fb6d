// When ChannelMap::Loop ends, and when it goes on.

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "tests/reactor/channel_test_support.h"

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

INSTANTIATE_TEST_SUITE_P(Engines, ChannelMapLoop, testing::ValuesIn(EngineNames()), EngineTestName);

}  // namespace
}  // namespace parley
