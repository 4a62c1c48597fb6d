// Listeners and outgoing connections: batches, descriptor limits, refusals.

#include <fcntl.h>

#include <cerrno>
#include <string>

#include "tests/reactor/contract_world.h"

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Handle Listen(World& world, RecordingAcceptor& acceptor) {
  const absl::StatusOr<Handle> listener = world.reactor().ListenOn(world.MakeListener(), &acceptor);
  EXPECT_TRUE(listener.ok()) << listener.status();
  return listener.value_or(Handle{});
}

PARLEY_CONTRACT(AnAcceptedConnectionTalksBothWays, kEverywhere) {
  RecordingAcceptor& acceptor = world.NewAcceptor();
  Listen(world, acceptor);
  Peer& peer = world.Call();
  peer.Say("hello");
  world.Until(
      [&] { return acceptor.accepted.size() == 1 && acceptor.accepted[0]->heard == "hello"; },
      "the words");
  world.reactor().Send(acceptor.accepted[0]->handle(), AsBytes("welcome"));
  world.Until([&] { return peer.heard() == "welcome"; }, "the welcome");
}

PARLEY_CONTRACT(ABacklogLargerThanABatchIsAcceptedWithoutANewEdge, kEverywhere) {
  const size_t peers = 3 * kAcceptBatch + 5;
  RecordingAcceptor& acceptor = world.NewAcceptor();
  UniqueFd listener = world.MakeListener();
  for (size_t i = 0; i < peers; ++i) world.Call();
  ASSERT_TRUE(world.reactor().ListenOn(std::move(listener), &acceptor).ok());
  world.Until([&] { return acceptor.accepted.size() == peers; }, "everybody to be accepted");
}

PARLEY_CONTRACT(ASocketThatIsNotAdoptedIsClosed, kEverywhere) {
  RecordingAcceptor& acceptor = world.NewAcceptor();
  acceptor.on_accepted = [](Handle, UniqueFd&) { return true; };
  Listen(world, acceptor);
  Peer& peer = world.Call();
  world.Until([&] { return peer.gone(); }, "the peer to hear of it");
}

PARLEY_CONTRACT(L1_AnAcceptHandlerThatThrowsCostsItsPeerTheConnectionAndNothingElse, kEverywhere) {
  RecordingAcceptor& acceptor = world.NewAcceptor();
  int thrown = 0;
  acceptor.on_accepted = [&](Handle, UniqueFd&) -> bool {
    if (++thrown > 2) return false;
    throw thrown;
  };
  Listen(world, acceptor);
  for (int i = 0; i < 2; ++i) {
    Peer& dropped = world.Call();
    world.Until([&] { return dropped.gone(); }, "the peer to be dropped");
  }
  Peer& peer = world.Call();
  world.Until([&] { return peer.gone() || !acceptor.accepted.empty(); }, "the next peer");
  EXPECT_EQ(acceptor.listener_closed, 0);
  EXPECT_EQ(world.reactor().listeners(), 1u);
}

PARLEY_CONTRACT(ClosingTheListenerInItsCallbackEndsTheAccepting, kEverywhere) {
  RecordingAcceptor& acceptor = world.NewAcceptor();
  UniqueFd fd = world.MakeListener();
  std::vector<Peer*> peers;
  peers.reserve(10);
  for (int i = 0; i < 10; ++i) peers.push_back(&world.Call());
  int accepted = 0;
  acceptor.on_accepted = [&](Handle listener, UniqueFd&) {
    ++accepted;
    world.reactor().CloseListener(listener);
    world.reactor().CloseListener(listener);
    return true;
  };
  ASSERT_TRUE(world.reactor().ListenOn(std::move(fd), &acceptor).ok());
  world.Until([&] { return acceptor.listener_closed == 1; }, "the listener to close");
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(world.reactor().listeners(), 0u);
  for (Peer* peer : peers) {
    world.Until([&] { return peer->gone(); }, "the backlog to be turned away");
  }
  EXPECT_EQ(acceptor.listener_closed, 1);
}

PARLEY_CONTRACT(APeerThatLeavesBeforeItIsAcceptedHarmsNobody, kEverywhere) {
  RecordingAcceptor& acceptor = world.NewAcceptor();
  UniqueFd listener = world.MakeListener();
  for (int i = 0; i < 20; ++i) {
    Peer& peer = world.Call();
    world.Turn(seconds(0));
    peer.Reset();
  }
  Peer& peer = world.Call();
  peer.Say("stayed");
  ASSERT_TRUE(world.reactor().ListenOn(std::move(listener), &acceptor).ok());
  const auto is_heard = [&] {
    for (const Recorder* recorder : acceptor.accepted) {
      if (recorder->heard == "stayed") return true;
    }
    return false;
  };
  world.Until(is_heard, "the one that stayed");
  world.Until([&] { return world.reactor().connections() == 1; }, "the others to be gone");
}

PARLEY_CONTRACT(WithoutADescriptorPeersAreTurnedAwayAndLaterAccepted, kEverywhere) {
  RecordingAcceptor& acceptor = world.NewAcceptor();
  Listen(world, acceptor);
  std::vector<Peer*> peers;
  peers.reserve(10);
  for (int i = 0; i < 5; ++i) peers.push_back(&world.Call());
  world.ExhaustDescriptors();
  world.Until([&] { return acceptor.starved > 0; }, "the shortage to be told");
  world.Until(
      [&] {
        int gone = 0;
        for (Peer* peer : peers) gone += peer->gone() ? 1 : 0;
        return gone == 5;
      },
      "the peers to be turned away");
  EXPECT_EQ(acceptor.accepted.size(), 0u);
  EXPECT_EQ(acceptor.shed, 5);
  world.ReleaseDescriptors();
  world.Call().Say("again");
  world.Until([&] { return !acceptor.accepted.empty() && acceptor.accepted[0]->heard == "again"; },
              "the next peer");
}

// A full table fails also an accept that has nobody to accept: that refuses nobody (F9).
PARLEY_CONTRACT(WithAsManyDescriptorsAsPeersNobodyIsRefused, kSocketsOnly) {
  constexpr size_t kPeers = 3;
  RecordingAcceptor& acceptor = world.NewAcceptor();
  Listen(world, acceptor);
  world.PrepareCalls(kPeers + 1);
  std::vector<UniqueFd> held;
  for (size_t i = 0; i < kPeers; ++i) held.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  world.ExhaustDescriptors();
  held.clear();
  for (size_t i = 0; i < kPeers; ++i) world.Call();
  world.Until([&] { return acceptor.accepted.size() == kPeers; }, "everybody to be accepted");
  world.Quiet();
  EXPECT_EQ(acceptor.starved, 0);
  Peer& refused = world.Call();
  world.Until([&] { return refused.gone(); }, "the one too many to be turned away");
  EXPECT_EQ(acceptor.shed, 1);
  world.ReleaseDescriptors();
}

PARLEY_CONTRACT(ARefusedPeerThatHasSpokenSeesAnEndAndNoReset, kSocketsOnly) {
  constexpr int kPeers = 3;
  RecordingAcceptor& acceptor = world.NewAcceptor();
  Listen(world, acceptor);
  world.PrepareCalls(kPeers);
  world.ExhaustDescriptors();
  std::vector<Peer*> peers;
  for (int i = 0; i < kPeers; ++i) {
    peers.push_back(&world.Call());
    peers.back()->Say("login ann\r\n");
  }
  for (const Peer* peer : peers) {
    world.Until([&] { return peer->gone(); }, "the peer to be turned away");
    EXPECT_TRUE(peer->heard_end());
  }
  EXPECT_EQ(acceptor.shed, kPeers);
  world.ReleaseDescriptors();
}

// Peers that keep coming while there is no descriptor must not make each retry dearer than the
// last.
PARLEY_CONTRACT(AStarvedListenerIsTriedAgainOnceAndNotOncePerPeer, kEverywhere) {
  RecordingAcceptor& acceptor = world.NewAcceptor();
  Listen(world, acceptor);
  constexpr int kPeers = 30;
  world.PrepareCalls(kPeers);
  world.ExhaustDescriptors();
  for (int i = 0; i < kPeers; ++i) {
    Peer& peer = world.Call();
    if (!world.Until([&] { return peer.gone(); }, "the peer to be turned away")) break;
  }
  const int before = acceptor.starved;
  // Nobody waits, so a retry finds nobody and the shortage is not told again.
  const TimePoint later = world.reactor().Now() + milliseconds(200);
  world.Until([&] { return world.reactor().Now() >= later; }, "a few retries");
  EXPECT_LE(acceptor.starved - before, 5);
  EXPECT_EQ(acceptor.shed, kPeers);
  world.ReleaseDescriptors();
}

PARLEY_CONTRACT(AnOutgoingConnectionSendsWhatWaitedForIt, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer* peer = world.DialOut(recorder, Dial::kAnswered, minutes(1));
  EXPECT_EQ(world.reactor().StateOf(recorder.handle()), ConnectionState::kConnecting);
  world.reactor().Send(recorder.handle(), AsBytes("early"));
  world.Until([&] { return peer->heard() == "early"; }, "the early words");
  EXPECT_EQ(recorder.events, "c");
  peer->Say("answer");
  world.Until([&] { return recorder.heard == "answer"; }, "the answer");
  EXPECT_EQ(world.reactor().StateOf(recorder.handle()), ConnectionState::kOpen);
}

PARLEY_CONTRACT(ARefusedConnectionIsTold, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  world.DialOut(recorder, Dial::kRefused, minutes(1));
  world.Until([&] { return recorder.closed(); }, "the refusal");
  EXPECT_EQ(recorder.events, "x");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kConnectFailed);
  EXPECT_EQ(recorder.reason.error, ECONNREFUSED);
}

PARLEY_CONTRACT(AConnectionThatNobodyAnswersTimesOut, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  world.DialOut(recorder, Dial::kSilent, milliseconds(100));
  world.Until([&] { return recorder.closed(); }, "the timeout");
  EXPECT_EQ(recorder.events, "x");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kConnectTimeout);
}

PARLEY_CONTRACT(TheConnectTimeoutEndsWithTheConnecting, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer* peer = world.DialOut(recorder, Dial::kAnswered, seconds(1));
  world.Until([&] { return recorder.events == "c"; }, "the connection");
  const TimePoint later = world.reactor().Now() + milliseconds(1200);
  world.Until([&] { return world.reactor().Now() >= later; }, "the timeout to pass");
  peer->Say("alive");
  world.Until([&] { return recorder.heard == "alive"; }, "the words");
}

PARLEY_CONTRACT(ClosingInsideOnConnected, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  recorder.on_connected = [&] { world.reactor().Close(recorder.handle()); };
  Peer* peer = world.DialOut(recorder, Dial::kAnswered, minutes(1));
  peer->Say("unheard");
  world.Until([&] { return recorder.closed() && peer->gone(); }, "the close");
  EXPECT_EQ(recorder.events, "cx");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
}

PARLEY_CONTRACT(ClosingWhileConnecting, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  world.DialOut(recorder, Dial::kSilent, minutes(1));
  world.reactor().Close(recorder.handle());
  world.Until([&] { return recorder.closed(); }, "the close");
  EXPECT_EQ(recorder.events, "x");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
}

PARLEY_CONTRACT(CloseWhenDoneWhileConnectingWithNothingOwedClosesAtOnce, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  world.DialOut(recorder, Dial::kSilent, minutes(1));
  world.reactor().CloseWhenDone(recorder.handle(), minutes(5));
  world.Until([&] { return recorder.closed(); }, "the close");
  EXPECT_EQ(recorder.events, "x");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
}

PARLEY_CONTRACT(CloseWhenDoneWhileConnectingSendsWhatIsOwedFirst, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer* peer = world.DialOut(recorder, Dial::kAnswered, minutes(1));
  world.reactor().Send(recorder.handle(), AsBytes("last words"));
  world.reactor().CloseWhenDone(recorder.handle(), minutes(5));
  world.Until([&] { return peer->gone(); }, "the end");
  EXPECT_EQ(peer->heard(), "last words");
  EXPECT_TRUE(peer->heard_end());
  peer->Leave();
  world.Until([&] { return recorder.closed(); }, "the close");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
}

}  // namespace
}  // namespace parley
