// How connections end: half-close, reset, draining, deadlines. From inside a callback:
// contract_callback_close_test.cc.

#include <string>

#include "tests/reactor/contract_world.h"

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr ConnectionOptions kKeptHalfOpen{.keep_half_open = true};

PARLEY_CONTRACT(RepliesAreSentAfterThePeerHasEndedItsSide, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  recorder.on_end = [&] {
    world.reactor().Send(recorder.handle(), AsBytes("reply to " + recorder.heard));
  };
  peer.Say("question");
  peer.EndOutput();
  world.Until([&] { return peer.gone() && recorder.closed(); }, "the reply");
  EXPECT_EQ(peer.heard(), "reply to question");
  EXPECT_FALSE(peer.heard_reset());
  EXPECT_EQ(recorder.events, "bex");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kPeerClosed);
}

PARLEY_CONTRACT(LargeRepliesAreSentAfterThePeerHasEndedItsSide, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kNoLagLimit);
  recorder.on_bytes = [&](ByteSpan) {
    world.reactor().Send(recorder.handle(), AsBytes(std::string(world.Scaled(300000), 'r')));
  };
  peer.Read(false);
  peer.Say("question");
  peer.EndOutput();
  world.Quiet();
  peer.Read(true);
  world.Until([&] { return peer.gone() && recorder.closed(); }, "the reply");
  EXPECT_GE(peer.heard().size(), world.Scaled(300000));
  EXPECT_FALSE(peer.heard_reset());
}

PARLEY_CONTRACT(AConnectionKeptHalfOpenGoesOnSending, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kKeptHalfOpen);
  peer.EndOutput();
  world.Until([&] { return recorder.events == "e"; }, "the end of input");
  EXPECT_EQ(world.reactor().StateOf(recorder.handle()), ConnectionState::kHalfClosed);
  world.reactor().Send(recorder.handle(), AsBytes("still here"));
  world.Until([&] { return peer.heard() == "still here"; }, "the words");
  world.reactor().CloseWhenDone(recorder.handle());
  world.Until([&] { return peer.heard_end() && recorder.closed(); }, "the end");
  EXPECT_EQ(recorder.events, "ex");
}

PARLEY_CONTRACT(AResetIsTheEndAndNoEndOfInput, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  peer.Say("hello");
  world.Until([&] { return recorder.heard == "hello"; }, "the words");
  peer.Reset();
  world.Until([&] { return recorder.closed(); }, "the reset");
  EXPECT_EQ(recorder.events, "bx");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kReset);
}

PARLEY_CONTRACT(AResetBehindAFullSocketIsTold, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kNoLagLimit);
  peer.Read(false);
  world.reactor().Send(recorder.handle(), AsBytes(std::string(world.Scaled(1000000), 'x')));
  world.Quiet();
  peer.Reset();
  world.Until([&] { return recorder.closed(); }, "the reset");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kReset);
}

PARLEY_CONTRACT(AResetWhilePausedIsToldAtTheNextSend, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, {.read_enabled = false});
  peer.Reset();
  world.Quiet();
  world.reactor().Send(recorder.handle(), AsBytes("x"));
  world.Until([&] { return recorder.closed(); }, "the reset");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kReset);
}

PARLEY_CONTRACT(AResetAfterTheEndOfInputIsTold, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kKeptHalfOpen);
  peer.EndOutput();
  world.Until([&] { return recorder.events == "e"; }, "the end of input");
  peer.Reset();
  world.Until([&] { return recorder.closed(); }, "the reset");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kReset);
}

PARLEY_CONTRACT(EndOutputSaysTheEndAndGoesOnReceiving, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  world.reactor().Send(recorder.handle(), AsBytes("last words"));
  world.reactor().EndOutput(recorder.handle());
  world.Until([&] { return peer.heard_end(); }, "the end");
  EXPECT_EQ(peer.heard(), "last words");
  peer.Say("answer");
  world.Until([&] { return recorder.heard == "answer"; }, "the answer");
  peer.EndOutput();
  world.Until([&] { return recorder.closed(); }, "the close");
}

PARLEY_CONTRACT(CloseWhenDoneDeliversEverythingAndThenTheEnd, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kNoLagLimit);
  peer.Say("input that nobody reads any more");
  world.reactor().Send(recorder.handle(), AsBytes(std::string(world.Scaled(600000), 'x')));
  world.reactor().CloseWhenDone(recorder.handle(), minutes(5));
  world.reactor().Send(recorder.handle(), AsBytes("too late"));
  world.Until([&] { return peer.gone(); }, "the end");
  EXPECT_TRUE(peer.heard_end()) << "a reset instead of the end";
  EXPECT_TRUE(peer.heard() == std::string(world.Scaled(600000), 'x'));
  peer.Leave();
  world.Until([&] { return recorder.closed(); }, "the close");
  EXPECT_EQ(recorder.events, "x");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
}

PARLEY_CONTRACT(CloseWhenDoneWithInputStillComingDoesNotReset, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  peer.Say(std::string(world.Scaled(200000), 'i'));
  world.reactor().Send(recorder.handle(), AsBytes("goodbye"));
  world.reactor().CloseWhenDone(recorder.handle(), minutes(5));
  world.Until([&] { return peer.gone(); }, "the end");
  EXPECT_EQ(peer.heard(), "goodbye");
  EXPECT_TRUE(peer.heard_end());
  peer.EndOutput();
  world.Until([&] { return recorder.closed(); }, "the close");
}

PARLEY_CONTRACT(APausedConnectionIsClosedWhenDoneToo, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, {.read_enabled = false});
  peer.Say("unread");
  peer.EndOutput();
  world.Quiet();
  world.reactor().Send(recorder.handle(), AsBytes("goodbye"));
  world.reactor().CloseWhenDone(recorder.handle());
  world.Until([&] { return recorder.closed() && peer.gone(); }, "the close");
  EXPECT_EQ(peer.heard(), "goodbye");
  EXPECT_EQ(recorder.events, "x");
}

PARLEY_CONTRACT(APeerThatTakesNothingIsResetWhenTheDrainTimeIsOver, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, kNoLagLimit);
  peer.Read(false);
  world.reactor().Send(recorder.handle(), AsBytes(std::string(world.Scaled(1000000), 'x')));
  world.reactor().CloseWhenDone(recorder.handle(), milliseconds(100));
  world.Until([&] { return recorder.closed(); }, "the drain time");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kDrainTimeout);
}

PARLEY_CONTRACT(APeerThatNeverEndsItsSideIsClosedAfterLingering, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  world.reactor().CloseWhenDone(recorder.handle());
  world.Until([&] { return peer.heard_end(); }, "the end");
  world.Until([&] { return recorder.closed(); }, "the close");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
}

PARLEY_CONTRACT(ADeadlineCloses, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  const TimePoint deadline = world.reactor().Now() + milliseconds(150);
  world.reactor().SetDeadline(recorder.handle(), deadline);
  world.Until([&] { return recorder.closed() && peer.gone(); }, "the deadline");
  EXPECT_EQ(recorder.events, "tx");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kDeadline);
  EXPECT_GE(world.reactor().Now(), deadline);
}

PARLEY_CONTRACT(ADeadlineMayBePutOffInItsCallback, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  world.Pair(recorder);
  int calls = 0;
  recorder.on_deadline = [&] {
    world.reactor().SetDeadline(recorder.handle(), world.reactor().Now() + milliseconds(70));
    return ++calls == 3;
  };
  world.reactor().SetDeadline(recorder.handle(), world.reactor().Now());
  world.Until([&] { return recorder.closed(); }, "the third deadline");
  EXPECT_EQ(recorder.events, "tttx");
}

PARLEY_CONTRACT(ADeadlineThatAnotherCallbackPutsOffDoesNotFire, kEverywhere) {
  Recorder& first = world.NewRecorder();
  Recorder& second = world.NewRecorder();
  world.Pair(first);
  world.Pair(second);
  const auto put_off = [&](Recorder& other) {
    return [&] {
      world.reactor().SetDeadline(other.handle(), world.reactor().Now() + minutes(10));
      return true;
    };
  };
  first.on_deadline = put_off(second);
  second.on_deadline = put_off(first);
  const TimePoint deadline = world.reactor().Now() + milliseconds(10);
  world.reactor().SetDeadline(first.handle(), deadline);
  world.reactor().SetDeadline(second.handle(), deadline);
  world.Until([&] { return first.closed() || second.closed(); }, "the deadline");
  world.Quiet();
  EXPECT_EQ(first.events + second.events, "tx");
}

PARLEY_CONTRACT(AGoodbyeFromAnothersDeadlineIsStillSent, kEverywhere) {
  Recorder& first = world.NewRecorder();
  Recorder& second = world.NewRecorder();
  Peer& first_peer = world.Pair(first);
  Peer& second_peer = world.Pair(second);
  const auto dismiss_both = [&] {
    for (Recorder* each : {&first, &second}) {
      world.reactor().Send(each->handle(), AsBytes("bye"));
      world.reactor().CloseWhenDone(each->handle(), minutes(5));
    }
    return false;
  };
  first.on_deadline = second.on_deadline = dismiss_both;
  const TimePoint deadline = world.reactor().Now() + milliseconds(10);
  world.reactor().SetDeadline(first.handle(), deadline);
  world.reactor().SetDeadline(second.handle(), deadline);
  world.Until([&] { return first_peer.gone() && second_peer.gone(); }, "the goodbyes");
  EXPECT_EQ(first_peer.heard() + second_peer.heard(), "byebye");
  EXPECT_TRUE(first_peer.heard_end() && second_peer.heard_end());
}

PARLEY_CONTRACT(TheDeadlineOfWhoIsGoneDoesNotEndTheNextInItsSlot, kEverywhere) {
  Recorder& gone = world.NewRecorder();
  world.Pair(gone);
  world.reactor().SetDeadline(gone.handle(), world.reactor().Now() + milliseconds(100));
  world.reactor().Close(gone.handle());
  if (!world.Until([&] { return gone.closed(); }, "the close")) return;
  Recorder& next = world.NewRecorder();
  world.Pair(next);
  ASSERT_EQ(next.handle().slot, gone.handle().slot);
  bool is_past = false;
  world.reactor().After(milliseconds(300), [&] { is_past = true; });
  world.Until([&] { return is_past; }, "the deadline to pass");
  EXPECT_EQ(next.events, "");
  EXPECT_EQ(world.reactor().StateOf(next.handle()), ConnectionState::kOpen);
}

// The new connection takes the number, and on most engines the slot, of the one that is gone.
PARLEY_CONTRACT(AReusedDescriptorNumberHearsNothingOfItsPast, kEverywhere) {
  constexpr int kGenerations = 20;
  Recorder* current = &world.NewRecorder();
  Peer* peer = &world.Pair(*current);
  for (int i = 0; i < kGenerations; ++i) {
    Recorder& next = world.NewRecorder();
    Peer* next_peer = nullptr;
    current->on_closed = [&] { next_peer = &world.Pair(next); };
    peer->Say("for the old one");
    peer->EndOutput();
    world.reactor().Send(current->handle(), AsBytes("to the old one"));
    world.reactor().Close(current->handle());
    if (!world.Until([&] { return next_peer != nullptr; }, "the next connection")) return;
    EXPECT_NE(next.handle(), current->handle());
    current->on_closed = nullptr;
    next_peer->Say("new");
    if (!world.Until([&] { return next.heard.size() >= 3; }, "its words")) return;
    EXPECT_EQ(next.heard, "new");
    EXPECT_EQ(next_peer->heard(), "");
    current = &next;
    peer = next_peer;
  }
}

PARLEY_CONTRACT(ManyConnectionsEndInEveryWayEachWithOneReason, kEverywhere) {
  constexpr int kConnections = 40;
  std::vector<Recorder*> recorders;
  std::vector<Peer*> peers;
  for (int i = 0; i < kConnections; ++i) {
    recorders.push_back(&world.NewRecorder());
    peers.push_back(&world.Pair(*recorders.back()));
  }
  for (int i = 0; i < kConnections; ++i) {
    peers[i]->Say("x");
    world.reactor().Send(recorders[i]->handle(), AsBytes("y"));
    switch (i % 8) {
      case 0:
        peers[i]->Reset();
        break;
      case 1:
        peers[i]->EndOutput();
        break;
      case 2:
        peers[i]->Leave();
        break;
      case 3:
        world.reactor().Close(recorders[i]->handle());
        peers[i]->Reset();
        break;
      case 4:
        world.reactor().CloseWhenDone(recorders[i]->handle(), milliseconds(50));
        break;
      case 5:
        world.reactor().SetDeadline(recorders[i]->handle(), world.reactor().Now());
        break;
      case 6:
        world.reactor().Close(recorders[i]->handle(), {CloseCause::kLag, 0}, CloseHow::kReset);
        peers[i]->EndOutput();
        break;
      default:
        recorders[i]->on_bytes = [&world, each = recorders[i]](ByteSpan) {
          world.reactor().CloseWhenDone(each->handle());
          world.reactor().Close(each->handle());
        };
    }
  }
  world.Until([&] { return world.reactor().connections() == 0; }, "everybody to go");
  for (const Recorder* recorder : recorders) EXPECT_TRUE(recorder->closed());
}

}  // namespace
}  // namespace parley
