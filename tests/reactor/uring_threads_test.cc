// The kernel runs io_uring's completions on one thread; an engine may change its thread between
// turns, and may let the kernel run them anywhere.

#include <string>
#include <thread>
#include <vector>

#include "tests/reactor/uring_engine_fixture.h"

namespace parley {
namespace {

TEST_F(UringEngineTest, ItMayChangeItsThreadBetweenTurns) {
  Start({.submissions = 4});
  if (IsSkipped()) return;
  const Listener listener = Listen();
  std::vector<Connection> connections;
  for (int i = 0; i < 20; ++i) connections.push_back(Connect());
  std::vector<Peer> callers;
  size_t said = 0;
  const auto hear_everybody = [&] {
    said += 3;
    for (const auto& [handle, peer] : connections) Say(peer, "abc");
    callers.push_back(Call(listener));
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
  Connection stalled;
  std::thread([&] { stalled = ConnectStalled(); }).join();
  std::string heard;
  ASSERT_TRUE(Until([&] {
    heard += Hear(stalled.peer);
    return heard.size() == 1'000'000;
  }));
  EXPECT_EQ(heard, Pattern(1'000'000));
}

TEST_F(UringEngineTest, ServesAlsoWithoutDeferredTaskRuns) {
  Start({.deferred_task_run = false});
  if (IsSkipped()) return;
  Connection connection = Connect();
  sink_.on_bytes = [&](Handle heard) {
    sink_.records[heard].owed += "echo";
    const Handle one[] = {heard};
    engine_->Flush(one);
  };
  Say(connection.peer, "hello");
  std::string heard;
  EXPECT_TRUE(Until([&] {
    heard += Hear(connection.peer);
    return heard == "echo";
  }));
}

}  // namespace
}  // namespace parley
