// Receiving and sending on one connection: order, budgets, pausing, full sockets, limits.

#include <algorithm>
#include <string>

#include "tests/reactor/contract_world.h"
#include "tests/reactor/random.h"

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

PARLEY_CONTRACT(BytesArriveInOrderAndOnce, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  const std::string text = Numbered(world.Scaled(150000));
  peer.Say(text);
  world.Until([&] { return recorder.heard.size() >= text.size(); }, "the bytes");
  EXPECT_TRUE(recorder.heard == text);
  EXPECT_EQ(recorder.events, "b");
}

PARLEY_CONTRACT(OneTurnReadsNoMoreThanTheBudgetAndTheRestComesWithoutANewEdge, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, {.read_enabled = false});
  const std::string text = Numbered(world.Scaled(1000000));
  peer.Say(text);
  world.Quiet();  // as much as the path holds is waiting
  world.reactor().ResumeReading(recorder.handle());
  size_t most = 0;
  for (int turns = 0; recorder.heard.size() < text.size() && turns < 100000; ++turns) {
    const size_t before = recorder.heard.size();
    world.Turn(milliseconds(1));
    most = std::max(most, recorder.heard.size() - before);
  }
  EXPECT_LE(most, kReadBudgetBytes);
  EXPECT_TRUE(recorder.heard == text);
}

PARLEY_CONTRACT(AFloodFromOneDoesNotKeepAnotherFromBeingHeard, kSocketsOnly) {
  Recorder& flooded = world.NewRecorder();
  Recorder& quiet = world.NewRecorder();
  Peer& flood = world.Pair(flooded);
  Peer& whisper = world.Pair(quiet);
  flood.Say(std::string(8 << 20, 'x'));
  whisper.Say("hello");
  world.Until([&] { return quiet.heard == "hello"; }, "the whisper");
  EXPECT_LT(flooded.heard.size(), size_t{4} << 20);
}

PARLEY_CONTRACT(APausedConnectionHearsNothingAndThenEverything, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  peer.Say("first,");
  world.Until([&] { return recorder.heard == "first,"; }, "the first words");
  world.reactor().PauseReading(recorder.handle());
  peer.Say("second");
  peer.EndOutput();
  world.Quiet();
  EXPECT_EQ(recorder.events, "b");
  EXPECT_EQ(recorder.heard, "first,");
  world.reactor().ResumeReading(recorder.handle());
  world.Until([&] { return recorder.closed(); }, "the end");
  EXPECT_EQ(recorder.heard, "first,second");
  EXPECT_EQ(recorder.events, "bex");
}

PARLEY_CONTRACT(PausingInsideOnBytesHoldsWithDataPending, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, {.read_enabled = false});
  int calls = 0;
  recorder.on_bytes = [&](ByteSpan) {
    ++calls;
    world.reactor().PauseReading(recorder.handle());
  };
  const std::string text = Numbered(world.Scaled(200000));
  peer.Say(text);
  world.Quiet();
  for (int expected = 1; recorder.heard.size() < text.size(); ++expected) {
    world.reactor().ResumeReading(recorder.handle());
    if (!world.Until([&] { return calls >= expected; }, "bytes after resuming")) return;
    world.Turn(seconds(0));
    ASSERT_EQ(calls, expected) << "bytes while paused";
  }
  EXPECT_TRUE(recorder.heard == text);
}

PARLEY_CONTRACT(PausingAndResumingInOneTurnLosesNothing, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  recorder.on_bytes = [&](ByteSpan) {
    world.reactor().PauseReading(recorder.handle());
    world.reactor().ResumeReading(recorder.handle());
    world.reactor().ResumeReading(recorder.handle());
  };
  const std::string text = Numbered(world.Scaled(100000));
  peer.Say(text);
  peer.EndOutput();
  world.Until([&] { return recorder.closed(); }, "the end");
  EXPECT_TRUE(recorder.heard == text);
}

PARLEY_CONTRACT(SendsOfOneTurnArriveInOrder, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string part = std::to_string(i) + ";";
    world.reactor().Send(recorder.handle(), {AsBytes(part), AsBytes("-")});
    expected += part + "-";
  }
  EXPECT_EQ(world.reactor().PendingBytes(recorder.handle()), expected.size());
  world.Until([&] { return peer.heard().size() >= expected.size(); }, "the sends");
  EXPECT_EQ(peer.heard(), expected);
  EXPECT_EQ(world.reactor().PendingBytes(recorder.handle()), 0u);
}

PARLEY_CONTRACT(SendingToAFullSocketGoesOnWhenThePeerReads, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kNoLagLimit);
  peer.Read(false);
  const std::string text = Numbered(world.Scaled(1000000));
  world.reactor().Send(recorder.handle(), AsBytes(text));
  world.Quiet();
  EXPECT_GT(world.reactor().PendingBytes(recorder.handle()), 0u);
  peer.Read(true);
  world.Until([&] { return peer.heard().size() >= text.size(); }, "the rest");
  EXPECT_TRUE(peer.heard() == text);
}

PARLEY_CONTRACT(BothDirectionsFillUpAndDrainWithoutLoss, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kNoLagLimit);
  recorder.on_bytes = [&](ByteSpan bytes) {
    world.reactor().Send(recorder.handle(), bytes);  // an echo
  };
  const std::string text = Numbered(world.Scaled(400000));
  peer.Read(false);
  peer.Say(text);
  world.Quiet();
  peer.Read(true);
  world.Until([&] { return peer.heard().size() >= text.size(); }, "the echo");
  EXPECT_TRUE(peer.heard() == text);
}

PARLEY_CONTRACT(DrainedIsToldOnceWhenEverythingIsHandedOver, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kNoLagLimit);
  peer.Read(false);
  world.reactor().Send(recorder.handle(), AsBytes(std::string(world.Scaled(500000), 'x')));
  world.reactor().NotifyDrained(recorder.handle());
  world.Quiet();
  EXPECT_EQ(recorder.events, "");
  uint64_t pending = 1;
  recorder.on_drained = [&] { pending = world.reactor().PendingBytes(recorder.handle()); };
  peer.Read(true);
  world.Until([&] { return recorder.events == "d"; }, "the drained call");
  EXPECT_EQ(pending, 0u);
  world.Quiet();
  EXPECT_EQ(recorder.events, "d");
}

PARLEY_CONTRACT(AProducerThatRefillsWhenDrainedSendsEverything, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  std::string expected;
  int left = 50;
  recorder.on_drained = [&] {
    const std::string chunk = Numbered(3000) + std::to_string(left);
    world.reactor().Send(recorder.handle(), AsBytes(chunk));
    expected += chunk;
    if (--left > 0) world.reactor().NotifyDrained(recorder.handle());
  };
  world.reactor().NotifyDrained(recorder.handle());
  world.Until([&] { return left == 0 && peer.heard().size() >= expected.size(); }, "the producer");
  EXPECT_TRUE(peer.heard() == expected);
}

PARLEY_CONTRACT(DiscardedBytesAreNotSent, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kNoLagLimit);
  world.reactor().Send(recorder.handle(), AsBytes("never"));
  world.reactor().DiscardPending(recorder.handle());
  EXPECT_EQ(world.reactor().PendingBytes(recorder.handle()), 0u);
  world.reactor().Send(recorder.handle(), AsBytes("said"));
  world.Until([&] { return peer.heard() == "said"; }, "what was said");
}

PARLEY_CONTRACT(DiscardingBehindAFullSocketKeepsTheConnection, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kNoLagLimit);
  peer.Read(false);
  world.reactor().Send(recorder.handle(), AsBytes(std::string(world.Scaled(1000000), 'x')));
  world.Quiet();
  world.reactor().DiscardPending(recorder.handle());
  world.reactor().Send(recorder.handle(), AsBytes("!"));
  peer.Read(true);
  world.Until([&] { return !peer.heard().empty() && peer.heard().back() == '!'; }, "the rest");
  EXPECT_LT(peer.heard().size(), world.Scaled(1000000));
  EXPECT_EQ(peer.heard().find_first_not_of('x'), peer.heard().size() - 1);
}

PARLEY_CONTRACT(NulBytesPassBothWays, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  const std::string text("\0a\0\0\xff\0", 6);
  recorder.on_bytes = [&](ByteSpan bytes) { world.reactor().Send(recorder.handle(), bytes); };
  peer.Say(text);
  world.Until([&] { return peer.heard().size() >= text.size(); }, "the echo");
  EXPECT_EQ(peer.heard(), text);
}

// F8: so that nobody is judged silent before what they said is read.
PARLEY_CONTRACT(InputThatWasNotToldYetIsKnown, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  world.Turn(seconds(0));
  EXPECT_FALSE(world.reactor().HasUnreadInput(recorder.handle()));
  world.reactor().PauseReading(recorder.handle());
  peer.Say("waits");
  world.Until([&] { return world.reactor().HasUnreadInput(recorder.handle()); }, "the bytes");
  EXPECT_EQ(recorder.heard, "");
  world.reactor().ResumeReading(recorder.handle());
  world.Until([&] { return recorder.heard == "waits"; }, "the words");
  EXPECT_FALSE(world.reactor().HasUnreadInput(recorder.handle()));
  EXPECT_FALSE(world.reactor().HasUnreadInput(Handle())) << "nobody has said nothing";
}

}  // namespace
}  // namespace parley
