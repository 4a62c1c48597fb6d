// What the kernel completes for io_uring when nobody wants it any more.

#include <vector>

#include "tests/reactor/uring_engine_fixture.h"

namespace parley {
namespace {

TEST_F(UringEngineTest, ALateReceiveGivesItsBufferBackAndIsNotDelivered) {
  Start({.buffers = 4, .buffer_bytes = 64});
  if (IsSkipped()) return;
  // Both speak in one turn; the first to be heard closes the other, whose bytes are there already.
  // Were its buffer kept, four rounds would use up all there are.
  for (int round = 0; round < 20; ++round) {
    Connection first = Connect();
    Connection second = Connect();
    Turn();
    sink_.on_bytes = [&, a = first.handle, b = second.handle](Handle heard) {
      engine_->Close(heard == a ? b : a, CloseHow::kNow, {CloseCause::kAsked, 0});
    };
    Say(first.peer, "one");
    Say(second.peer, "two");
    ASSERT_TRUE(Until([&, a = first.handle, b = second.handle] {
      return sink_.records[a].closed + sink_.records[b].closed == 1 &&
             sink_.records[a].heard.size() + sink_.records[b].heard.size() == 3;
    }));
    sink_.on_bytes = nullptr;
  }
  EXPECT_GE(engine_->counters().late, 20u);
  Connection connection = Connect();
  Say(connection.peer, "still served");
  EXPECT_TRUE(Until([&] { return sink_.records[connection.handle].heard == "still served"; }));
  EXPECT_EQ(engine_->counters().starved_receives, 0u);
}

TEST_F(UringEngineTest, ALateAcceptClosesItsSocket) {
  Start();
  if (IsSkipped()) return;
  const Listener listener = Listen();
  Turn();
  const int before = OpenDescriptors();
  // The wake-up completes first, and its callback closes the listener.
  sink_.on_woken = [&] {
    engine_->Close(listener.handle, CloseHow::kNow, {CloseCause::kAsked, 0});
  };
  engine_->Wake();
  std::vector<Peer> peers;
  for (int i = 0; i < 3; ++i) peers.push_back(Call(listener));
  ASSERT_TRUE(Until([&] { return sink_.records[listener.handle].closed == 1; }));
  EXPECT_TRUE(sink_.accepted.empty());
  EXPECT_GT(engine_->counters().late, 0u);
  for (const Peer& peer : peers) EXPECT_TRUE(IsOver(peer));
  // The three peers came, the listener went.
  EXPECT_EQ(OpenDescriptors(), before + 3 - 1);
}

TEST_F(UringEngineTest, AcceptedSocketsOfAClosedListenerAreClosed) {
  Start();
  if (IsSkipped()) return;
  const Listener listener = Listen();
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) peers.push_back(Call(listener));
  sink_.on_accepted = [&] {
    engine_->Close(listener.handle, CloseHow::kNow, {CloseCause::kAsked, 0});
  };
  ASSERT_TRUE(Until([&] { return sink_.records[listener.handle].closed == 1; }));
  ASSERT_EQ(sink_.accepted.size(), 1u);
  sink_.accepted.clear();
  for (const Peer& peer : peers) EXPECT_TRUE(IsOver(peer));
}

}  // namespace
}  // namespace parley
