// Few buffers, a small completion queue and a flood: io_uring takes what comes and loses nothing.

#include <string>
#include <vector>

#include "reactor/engine/socket_calls.h"
#include "tests/reactor/uring_engine_fixture.h"

namespace parley {
namespace {

TEST_F(UringEngineTest, FewBuffersServeManyConnectionsInTurn) {
  Start({.buffers = 2, .buffer_bytes = 64});
  if (IsSkipped()) return;
  std::vector<Connection> connections;
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
  std::vector<Connection> connections;
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
  Connection connection = Connect();
  Turn();
  std::string said;
  for (int round = 0; round < 10; ++round) {
    said += Pattern(400);
    Say(connection.peer, Pattern(400));
    ASSERT_TRUE(
        Until([&] { return sink_.records[connection.handle].heard.size() == said.size(); }));
  }
  EXPECT_EQ(sink_.records[connection.handle].heard, said);
  EXPECT_GT(engine_->counters().ended_multishots, 0u);
}

TEST_F(UringEngineTest, AFloodIsTakenABudgetATurn) {
  Start();
  if (IsSkipped()) return;
  Connection connection = Connect();
  SetOption(connection.peer.get(), SOL_SOCKET, SO_SNDBUF, 1 << 20);
  const std::string flood = Pattern(3'000'000);
  absl::string_view unsaid = flood;
  ASSERT_TRUE(Until([&] {
    unsaid = SayWhatFits(connection.peer, unsaid);
    return sink_.records[connection.handle].heard.size() == flood.size();
  }));
  EXPECT_EQ(sink_.records[connection.handle].heard, flood);
  EXPECT_EQ(sink_.records[connection.handle].most_in_a_turn, kReadBudgetBytes);
}

}  // namespace
}  // namespace parley
