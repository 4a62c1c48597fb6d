// What time it is in an event: reports F20. A loop that has nothing to do waits for long, and what
// happens at the end of that wait happens then and not when the wait began.

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/reactor/contract_world.h"

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Shorter than a long while.
Duration ShortLimit(const World& world) {
  return world.is_simulated() ? Duration(seconds(5)) : milliseconds(150);
}

PARLEY_CONTRACT(ATimerThatRepeatsKeepsItsTimesUntilItIsCancelled, kEverywhere) {
  constexpr auto kPeriod = milliseconds(20);
  Reactor& reactor = world.reactor();
  std::vector<TimePoint> fired;
  TimerId timer = 0;
  const TimePoint began = reactor.Now();
  timer = reactor.Every(kPeriod, [&] {
    fired.push_back(reactor.TurnBegan());
    if (fired.size() == 5) {
      EXPECT_TRUE(reactor.Cancel(timer));
    }
  });
  EXPECT_TRUE(reactor.HasWork());
  world.Until([&] { return fired.size() == 5; }, "five times");
  for (size_t i = 0; i < fired.size(); ++i) {
    EXPECT_GE(fired[i] - began, kPeriod * static_cast<int>(i + 1)) << i;
    // Nothing else happens in the simulated world, so a turn comes when it is due.
    if (world.is_simulated()) {
      EXPECT_LE(fired[i] - began, kPeriod * static_cast<int>(i + 1) + milliseconds(5)) << i;
    }
  }
  EXPECT_FALSE(reactor.HasWork());
  EXPECT_FALSE(reactor.Cancel(timer));
}

PARLEY_CONTRACT(ATimerThatRepeatsGoesOnWhenItsCallbackThrows, kEverywhere) {
  Reactor& reactor = world.reactor();
  int thrown = 0;
  int fired = 0;
  reactor.SetExceptionHook([&](const std::exception_ptr&) { return ++thrown > 0; });
  const TimerId timer = reactor.Every(milliseconds(5), [&] {
    if (++fired == 1) throw std::runtime_error("once");
  });
  world.Until([&] { return fired == 3; }, "it to go on");
  EXPECT_EQ(thrown, 1);
  EXPECT_TRUE(reactor.Cancel(timer));
  reactor.SetExceptionHook(nullptr);
}

PARLEY_CONTRACT(AfterALongWaitAGoodbyeHasItsWholeLimit, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  recorder.on_bytes = [&](ByteSpan) {
    world.reactor().Send(recorder.handle(), AsBytes("goodbye"));
    world.reactor().CloseWhenDone(recorder.handle(), ShortLimit(world));
  };
  world.TurnAfter(world.LongWhile(), [&] { peer.Say("x"); });
  world.Until([&] { return peer.gone(); }, "the goodbye");
  EXPECT_EQ(peer.heard(), "goodbye");
  EXPECT_TRUE(peer.heard_end()) << "a reset instead of the end";
  peer.EndOutput();
  world.Until([&] { return recorder.closed(); }, "the close");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
}

// The reactor closes by itself here, with its own limit.
PARLEY_CONTRACT(AfterALongWaitTheEndOfInputIsAnsweredInFull, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  recorder.on_end = [&] { world.reactor().Send(recorder.handle(), AsBytes("last words")); };
  world.TurnAfter(world.LongWhile(), [&] { peer.EndOutput(); });
  world.Until([&] { return peer.gone() && recorder.closed(); }, "the end");
  EXPECT_EQ(peer.heard(), "last words");
  EXPECT_TRUE(peer.heard_end()) << "a reset instead of the end";
  EXPECT_EQ(recorder.reason.cause, CloseCause::kPeerClosed);
}

PARLEY_CONTRACT(AfterALongWaitInputAndArrivalsAreNew, kEverywhere) {
  Recorder& speaker = world.NewRecorder();
  Recorder& newcomer = world.NewRecorder();
  Peer& peer = world.Pair(speaker);
  Reactor& reactor = world.reactor();
  TimePoint turn_began, spoke, came, now;
  speaker.on_bytes = [&](ByteSpan) {
    turn_began = reactor.TurnBegan();
    spoke = reactor.LastInput(speaker.handle());
    world.Pair(newcomer);
    came = reactor.LastInput(newcomer.handle());
    now = reactor.Now();
  };
  const TimePoint earliest = reactor.Now() + world.LongWhile();
  world.TurnAfter(world.LongWhile(), [&] { peer.Say("x"); });
  world.Until([&] { return !speaker.heard.empty(); }, "the words");
  EXPECT_GE(turn_began, earliest);
  EXPECT_GE(spoke + milliseconds(1), earliest);
  EXPECT_GE(came + milliseconds(1), earliest);
  EXPECT_LE(turn_began, now);
  EXPECT_LE(spoke, now);
  EXPECT_LE(came, now);
}

PARLEY_CONTRACT(AfterALongWaitWhatAnEventSetsCountsFromThere, kEverywhere) {
  constexpr auto kDelay = milliseconds(70);
  Recorder& speaker = world.NewRecorder();
  Recorder& dialled = world.NewRecorder();
  Peer& peer = world.Pair(speaker);
  Reactor& reactor = world.reactor();
  TimePoint set, timer_fired;
  speaker.on_bytes = [&](ByteSpan) {
    set = reactor.Now();
    reactor.After(kDelay, [&] { timer_fired = reactor.Now(); });
    reactor.SetDeadline(speaker.handle(), set + kDelay);
    world.DialOut(dialled, Dial::kSilent, kDelay);
  };
  TimePoint deadline_passed, gave_up;
  speaker.on_deadline = [&] {
    deadline_passed = reactor.Now();
    return true;
  };
  dialled.on_closed = [&] { gave_up = reactor.Now(); };
  world.TurnAfter(world.LongWhile(), [&] { peer.Say("x"); });
  world.Until([&] { return timer_fired != TimePoint() && speaker.closed() && dialled.closed(); },
              "the timer and the deadlines");
  EXPECT_GE(timer_fired, set + kDelay);
  EXPECT_GE(deadline_passed, set + kDelay);
  EXPECT_GE(gave_up, set + kDelay);
  EXPECT_EQ(dialled.reason.cause, CloseCause::kConnectTimeout);
}

// In the simulated world a send may take longer than this limit.
PARLEY_CONTRACT(AHandlerThatTakesLongerThanALimitDoesNotUseItUp, kSocketsOnly) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  recorder.on_bytes = [&](ByteSpan) {
    world.reactor().Send(recorder.handle(), AsBytes("goodbye"));
    world.reactor().CloseWhenDone(recorder.handle(), milliseconds(1));
    world.Spend(milliseconds(200));
  };
  peer.Say("x");
  world.Until([&] { return peer.gone(); }, "the goodbye");
  EXPECT_EQ(peer.heard(), "goodbye");
  EXPECT_TRUE(peer.heard_end()) << "a reset instead of the end";
}

}  // namespace
}  // namespace parley
