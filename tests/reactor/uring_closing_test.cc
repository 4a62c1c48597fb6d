// Closing and pausing connections that io_uring has requests in flight for.

#include <string>
#include <vector>

#include "tests/reactor/uring_engine_fixture.h"

namespace parley {
namespace {

TEST_F(UringEngineTest, ClosingWaitsForWhatIsInFlightAndNoLonger) {
  Start();
  if (IsSkipped()) return;
  Connection connection = ConnectStalled();
  const int fd = engine_->DescriptorOf(connection.handle);
  engine_->Close(connection.handle, CloseHow::kNow, {CloseCause::kLag, 0});
  EXPECT_EQ(engine_->DescriptorOf(connection.handle), fd);
  EXPECT_EQ(sink_.records[connection.handle].closed, 0);
  for (int turn = 0; turn < 3 && sink_.records[connection.handle].closed == 0; ++turn) {
    engine_->Wait(engine_->Now() + kPatience);
  }
  EXPECT_EQ(sink_.records[connection.handle].closed, 1);
  EXPECT_EQ(sink_.records[connection.handle].reason.cause, CloseCause::kLag);
  EXPECT_EQ(engine_->DescriptorOf(connection.handle), -1);
  Hear(connection.peer);
  EXPECT_TRUE(IsAtEnd(connection.peer));
  Turn();
  EXPECT_EQ(sink_.records[connection.handle].closed, 1);
}

TEST_F(UringEngineTest, ManyCloseAtOnceWithEverythingInFlight) {
  Start({.submissions = 8, .completions = 16});
  if (IsSkipped()) return;
  const int before = OpenDescriptors();
  {
    std::vector<Connection> connections;
    for (int i = 0; i < 200; ++i) connections.push_back(Connect());
    Turn();
    for (const auto& [handle, peer] : connections) {
      Say(peer, "never heard");
      engine_->Close(handle, CloseHow::kReset, {CloseCause::kAsked, 0});
    }
    ASSERT_TRUE(Until([&] {
      for (const auto& [handle, peer] : connections) {
        if (sink_.records[handle].closed == 0) return false;
      }
      return true;
    }));
    for (const auto& [handle, peer] : connections) EXPECT_EQ(sink_.records[handle].closed, 1);
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_F(UringEngineTest, DestroyingItReleasesSocketsAtOnceWhateverIsInFlight) {
  Start();
  if (IsSkipped()) return;
  Connection connection = ConnectStalled();
  Connection idle = Connect();
  Turn();
  engine_.reset();
  Hear(connection.peer);
  EXPECT_TRUE(IsAtEnd(connection.peer));
  EXPECT_TRUE(IsAtEnd(idle.peer));
}

TEST_F(UringEngineTest, APausedConnectionKeepsItsBytesAndNobodysBuffers) {
  Start({.buffers = 4, .buffer_bytes = 256});
  if (IsSkipped()) return;
  Connection paused = Connect();
  Connection other = Connect();
  Turn();
  // Its receive is in the kernel and takes bytes until the cancellation gets there.
  const std::string said = Pattern(60'000);
  Say(paused.peer, said);
  sink_.on_bytes = [&, h = paused.handle](Handle heard) {
    if (heard == h) engine_->ReadEnabled(h, false);
  };
  Turn();
  sink_.on_bytes = nullptr;
  const size_t heard = sink_.records[paused.handle].heard.size();
  EXPECT_LE(heard, 256u);
  for (int i = 0; i < 20; ++i) {
    Say(other.peer, "tick");
    ASSERT_TRUE(
        Until([&] { return sink_.records[other.handle].heard.size() == size_t{4} * (i + 1u); }));
  }
  EXPECT_EQ(sink_.records[paused.handle].heard.size(), heard);
  engine_->ReadEnabled(paused.handle, true);
  ASSERT_TRUE(Until([&] { return sink_.records[paused.handle].heard.size() == said.size(); }));
  EXPECT_EQ(sink_.records[paused.handle].heard, said);
}

TEST_F(UringEngineTest, TheEndOfInputWaitsBehindWhatAPausedConnectionHasNotHeard) {
  Start();
  if (IsSkipped()) return;
  Connection connection = Connect();
  Turn();
  Say(connection.peer, "last words");
  connection.peer.Reset();
  engine_->ReadEnabled(connection.handle, false);
  for (int i = 0; i < 5; ++i) Turn();
  EXPECT_EQ(sink_.records[connection.handle].heard, "");
  EXPECT_EQ(sink_.records[connection.handle].ended, 0);
  engine_->ReadEnabled(connection.handle, true);
  ASSERT_TRUE(Until([&] { return sink_.records[connection.handle].ended == 1; }));
  EXPECT_EQ(sink_.records[connection.handle].heard, "last words");
}

TEST_F(UringEngineTest, PausingAndResumingBeforeTheKernelHearsOfItLosesNothing) {
  Start();
  if (IsSkipped()) return;
  Connection connection = Connect();
  std::string said;
  for (int round = 0; round < 50; ++round) {
    engine_->ReadEnabled(connection.handle, false);
    Say(connection.peer, Pattern(100));
    said += Pattern(100);
    if (round % 3 == 0) Turn();
    engine_->ReadEnabled(connection.handle, true);
    if (round % 2 == 0) Turn();
  }
  ASSERT_TRUE(Until([&] { return sink_.records[connection.handle].heard.size() == said.size(); }));
  EXPECT_EQ(sink_.records[connection.handle].heard, said);
}

}  // namespace
}  // namespace parley
