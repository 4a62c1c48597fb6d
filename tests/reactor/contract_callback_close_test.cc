// Closing from inside every callback, and callbacks that fail or delete their handler.

#include <stdexcept>
#include <string>

#include "tests/reactor/contract_world.h"

namespace parley {
namespace {

PARLEY_CONTRACT(ClosingInsideOnBytesEndsTheReading, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, {.read_enabled = false});
  peer.Say(std::string(world.Scaled(100000), 'x'));
  world.Quiet();
  int calls = 0;
  recorder.on_bytes = [&](ByteSpan) {
    ++calls;
    world.reactor().Close(recorder.handle());
  };
  world.reactor().ResumeReading(recorder.handle());
  world.Until([&] { return recorder.closed() && peer.gone(); }, "the close");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(recorder.events, "bx");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
}

PARLEY_CONTRACT(ClosingInsideOnEndOfInput, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  recorder.on_end = [&] { world.reactor().Close(recorder.handle()); };
  peer.EndOutput();
  world.Until([&] { return recorder.closed() && peer.gone(); }, "the close");
  EXPECT_EQ(recorder.events, "ex");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
}

PARLEY_CONTRACT(ClosingInsideOnDrained, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  recorder.on_drained = [&] { world.reactor().Close(recorder.handle()); };
  world.reactor().Send(recorder.handle(), AsBytes("text"));
  world.reactor().NotifyDrained(recorder.handle());
  world.Until([&] { return recorder.closed() && peer.gone(); }, "the close");
  EXPECT_EQ(recorder.events, "dx");
  EXPECT_EQ(peer.heard(), "text");
}

PARLEY_CONTRACT(ClosingInsideOnDeadline, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  world.Pair(recorder);
  recorder.on_deadline = [&] {
    world.reactor().Close(recorder.handle(), {CloseCause::kLag, 0});
    return true;
  };
  world.reactor().SetDeadline(recorder.handle(), world.reactor().Now());
  world.Until([&] { return recorder.closed(); }, "the close");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kLag) << "the first reason counts";
}

PARLEY_CONTRACT(InsideOnClosedTheHandleNamesNothing, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  recorder.on_closed = [&] {
    Reactor& reactor = world.reactor();
    const Handle handle = recorder.handle();
    EXPECT_EQ(reactor.StateOf(handle), ConnectionState::kClosed);
    reactor.Send(handle, AsBytes("x"));
    reactor.Close(handle);
    reactor.CloseWhenDone(handle);
    reactor.NotifyDrained(handle);
    reactor.PauseReading(handle);
    reactor.ResumeReading(handle);
    reactor.DiscardPending(handle);
    reactor.EndOutput(handle);
    reactor.SetDeadline(handle, reactor.Now());
    EXPECT_EQ(reactor.PendingBytes(handle), 0u);
  };
  peer.Reset();
  world.Until([&] { return recorder.closed(); }, "the close");
  world.Quiet();
  EXPECT_EQ(recorder.closed_count, 1);
}

PARLEY_CONTRACT(ClosedNeverComesFromInsideACall, kEverywhere) {
  Recorder& recorder = world.NewRecorder();
  world.Pair(recorder);
  world.reactor().Close(recorder.handle());
  world.reactor().Close(recorder.handle(), {CloseCause::kLag, 0}, CloseHow::kReset);
  EXPECT_EQ(recorder.closed_count, 0);
  EXPECT_EQ(world.reactor().connections(), 1u);
  world.Until([&] { return recorder.closed(); }, "the close");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
  EXPECT_EQ(world.reactor().connections(), 0u);
}

PARLEY_CONTRACT(WhatACallbackClosedHearsNothingMoreInThatTurn, kEverywhere) {
  Recorder& first = world.NewRecorder();
  Recorder& second = world.NewRecorder();
  Peer& first_peer = world.Pair(first, {.read_enabled = false});
  Peer& second_peer = world.Pair(second, {.read_enabled = false});
  first_peer.Say("a");
  second_peer.Say("b");
  world.Quiet();
  first.on_bytes = [&](ByteSpan) { world.reactor().Close(second.handle()); };
  second.on_bytes = [&](ByteSpan) { world.reactor().Close(first.handle()); };
  world.reactor().ResumeReading(first.handle());
  world.reactor().ResumeReading(second.handle());
  world.Until([&] { return first.closed() || second.closed(); }, "the close");
  world.Quiet();
  EXPECT_EQ(first.heard.size() + second.heard.size(), 1u);
}

PARLEY_CONTRACT(AnExceptionClosesOnlyTheConnectionWhoseHandlerThrew, kEverywhere) {
  for (const char* where :
       {"bytes", "end", "drained", "deadline", "closed", "not a std::exception"}) {
    SCOPED_TRACE(where);
    const std::string callback = where;
    Recorder& guilty = world.NewRecorder();
    Recorder& innocent = world.NewRecorder();
    Peer& guilty_peer = world.Pair(guilty);
    Peer& innocent_peer = world.Pair(innocent);
    const auto fail = [] { throw std::runtime_error("thrown by the test"); };
    if (callback == "bytes") guilty.on_bytes = [&](ByteSpan) { fail(); };
    if (callback == "end") guilty.on_end = fail;
    if (callback == "drained") guilty.on_drained = fail;
    if (callback == "deadline") {
      guilty.on_deadline = [&]() -> bool { throw std::runtime_error("thrown by the test"); };
      world.reactor().SetDeadline(guilty.handle(), world.reactor().Now());
    }
    if (callback == "closed") guilty.on_closed = fail;
    if (callback == "not a std::exception") guilty.on_bytes = [&](ByteSpan) { throw 7; };
    guilty_peer.Say("words");
    world.reactor().NotifyDrained(guilty.handle());
    if (callback == "end" || callback == "closed") guilty_peer.EndOutput();
    world.Until([&] { return guilty.closed(); }, "the close");
    if (callback != "closed") {
      EXPECT_EQ(guilty.reason.cause, CloseCause::kError);
    }
    innocent_peer.Say("words");
    world.Until([&] { return innocent.heard == "words"; }, "the others to go on");
    guilty.on_closed = nullptr;
    world.reactor().Close(innocent.handle());
  }
}

PARLEY_CONTRACT(AHandlerMayDeleteItselfInOnClosed, kEverywhere) {
  struct OneShot : ConnectionHandler {
    explicit OneShot(bool& is_gone) : gone(is_gone) {}
    ~OneShot() override { gone = true; }
    void OnBytes(Handle, ByteSpan) override {}
    void OnClosed(Handle, CloseReason) override { delete this; }
    bool& gone;
  };
  bool gone = false;
  auto [fd, peer] = world.MakePair();
  ASSERT_TRUE(world.reactor().Adopt(std::move(fd), new OneShot(gone)).ok());
  peer->Reset();
  world.Until([&] { return gone; }, "the handler to go");
}

}  // namespace
}  // namespace parley
