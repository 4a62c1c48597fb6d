// Much is owed to one peer (L2): it arrives while the peer reads on, and only a peer that takes
// nothing for its time, or owes more than a bound set for it, is closed, with a line in the log.
// Slow members of a broadcast: contract_broadcast_test.cc.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"
#include "tests/reactor/contract_world.h"

namespace parley {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr size_t kMoreThanAnyLag = size_t{1200} * 1024;

// The lines that are logged while it lives; afterwards nothing is logged, as before.
class LoggedLines {
 public:
  LoggedLines() {
    SetLogSink([this](Severity, absl::string_view line) { lines_.emplace_back(line); });
  }
  ~LoggedLines() {
    SetLogSink([](Severity, absl::string_view) {});
  }
  LoggedLines(const LoggedLines&) = delete;
  LoggedLines& operator=(const LoggedLines&) = delete;

  void ExpectOne(absl::string_view text) const {
    ASSERT_EQ(lines_.size(), 1u) << testing::PrintToString(lines_);
    EXPECT_NE(lines_[0].find(std::string(text)), std::string::npos) << lines_[0];
  }

 private:
  std::vector<std::string> lines_;
};

// A stall time that is short on the machine's clock.
Duration ShortStallTime(const World& world) {
  return world.is_simulated() ? Duration(seconds(2)) : Duration(milliseconds(400));
}

// Lets the peer hear `bytes` in twenty steps with a fifth of `stall_time` between them. Returns how
// long that took.
Duration ReadSlowly(World& world, Peer& peer, size_t bytes, Duration stall_time) {
  const TimePoint began = world.reactor().Now();
  TimePoint next_read = began;
  size_t step_ends = bytes / 20;
  world.Until(
      [&] {
        const TimePoint now = world.reactor().Now();
        if (peer.heard().size() >= step_ends) {
          step_ends = peer.heard().size() + bytes / 20;
          next_read = now + stall_time / 5;
        }
        peer.Read(now >= next_read);
        return peer.gone() || peer.heard().size() >= bytes;
      },
      "the slow reader");
  peer.Read(true);
  return world.reactor().Now() - began;
}

PARLEY_CONTRACT(L2_OneLargeSendArrivesWhole, kFewSeeds) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  const std::string text = Numbered(world.is_simulated() ? kMoreThanAnyLag : 3 << 20);
  world.reactor().Send(recorder.handle(), AsBytes(text));
  world.Until([&] { return peer.gone() || peer.heard().size() >= text.size(); }, "the bytes");
  EXPECT_TRUE(peer.heard() == text) << peer.heard().size() << " of " << text.size();
  EXPECT_FALSE(recorder.closed());
}

PARLEY_CONTRACT(L2_SixtyFourMegabytesInManySendsArriveWhole, kSocketsOnly) {
  constexpr size_t kSends = 1024;
  constexpr size_t kSendBytes = size_t{64} * 1024;
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  const auto letter_of = [](size_t send) { return static_cast<char>('a' + send % 26); };
  for (size_t send = 0; send < kSends; ++send) {
    world.reactor().Send(recorder.handle(), AsBytes(std::string(kSendBytes, letter_of(send))));
    if (send % 100 == 0) world.Turn(seconds(0));
  }
  // By the megabyte, each with all the time that one wait has: a machine may be busy.
  for (size_t heard = 0; heard < kSends * kSendBytes; heard += 16 * kSendBytes) {
    const auto has_more = [&] { return peer.gone() || peer.heard().size() > heard; };
    if (!world.Until(has_more, "more of the bytes")) return;
  }
  world.Until([&] { return peer.gone() || peer.heard().size() >= kSends * kSendBytes; },
              "the last bytes");
  ASSERT_EQ(peer.heard().size(), kSends * kSendBytes);
  for (size_t send = 0; send < kSends; ++send) {
    const std::string sent(kSendBytes, letter_of(send));
    ASSERT_TRUE(peer.heard().compare(send * kSendBytes, kSendBytes, sent) == 0) << send;
  }
}

PARLEY_CONTRACT(L2_APeerThatReadsSlowlyButSteadilyGetsEverything, kEverywhere) {
  const Duration stall_time = ShortStallTime(world);
  world.reactor().SetStallTime(stall_time);
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  // So much that most of it is owed by the reactor, not by the kernel.
  const std::string text = Numbered(world.is_simulated() ? 100000 : 8 << 20);
  world.reactor().Send(recorder.handle(), AsBytes(text));
  const Duration took = ReadSlowly(world, peer, text.size(), stall_time);
  EXPECT_TRUE(peer.heard() == text) << peer.heard().size() << " of " << text.size();
  EXPECT_FALSE(recorder.closed());
  if (!world.is_simulated()) {
    EXPECT_GT(took, stall_time) << "no slow reader";
  }
}

// Each turn waits for as long as it likes: the reactor wakes by itself to look.
PARLEY_CONTRACT(L2_APeerThatStopsReadingIsClosedAfterItsTimeAndItIsLogged, kEverywhere) {
  const LoggedLines log;
  const Duration stall_time = ShortStallTime(world);
  world.reactor().SetStallTime(stall_time);
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  peer.Read(false);
  const TimePoint began = world.reactor().Now();
  world.reactor().Send(recorder.handle(), AsBytes(std::string(world.Scaled(1000000), 'x')));
  for (int turns = 0; turns < 10000 && !recorder.closed(); ++turns) world.Turn(hours(1));
  EXPECT_EQ(recorder.reason.cause, CloseCause::kStalled);
  EXPECT_GE(world.reactor().Now() - began, stall_time);
  log.ExpectOne("it has taken nothing for ");
}

PARLEY_CONTRACT(L2_WhoOwesNothingIsNeverStalled, kEverywhere) {
  const Duration stall_time = ShortStallTime(world);
  world.reactor().SetStallTime(stall_time);
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  peer.Read(false);
  world.reactor().Send(recorder.handle(), AsBytes(std::string(world.Scaled(1000000), 'x')));
  world.Quiet();
  peer.Read(true);
  world.Until([&] { return peer.heard().size() >= world.Scaled(1000000); }, "the bytes");
  const TimePoint late = world.reactor().Now() + 2 * stall_time;
  world.Until([&] { return world.reactor().Now() >= late; }, "twice the time");
  EXPECT_FALSE(recorder.closed());
}

PARLEY_CONTRACT(L2_FallingBehindABoundOfItsOwnClosesAndItIsLogged, kEverywhere) {
  const LoggedLines log;
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, {.max_private_bytes = 100000});
  peer.Read(false);
  while (!recorder.closed()) {
    world.reactor().Send(recorder.handle(), AsBytes(std::string(20000, 'x')));
    ASSERT_LE(world.reactor().PendingBytes(recorder.handle()), 150000u);
    world.Turn(seconds(0));
  }
  EXPECT_EQ(recorder.reason.cause, CloseCause::kLag);
  log.ExpectOne("more than the 100000 of max_private_bytes");
  peer.Read(true);
  world.Until([&] { return peer.gone(); }, "the peer to hear of it");
}

// One send, with nothing behind it that would make anybody look again.
PARLEY_CONTRACT(L2_OneSendBeyondTheBoundToAPeerThatDoesNotReadCloses, kFewSeeds) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, {.max_private_bytes = 10000});
  peer.Read(false);
  const size_t more_than_a_socket_takes = world.is_simulated() ? 100000 : 4 << 20;
  world.reactor().Send(recorder.handle(), AsBytes(std::string(more_than_a_socket_takes, 'x')));
  world.Until([&] { return recorder.closed(); }, "the bound to be seen");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kLag);
}

PARLEY_CONTRACT(OneSendLargerThanTheLimitPassesWhenTheSocketTakesIt, kSocketsOnly) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, {.max_private_bytes = 1});
  world.reactor().Send(recorder.handle(), AsBytes("fits into the socket"));
  world.Until([&] { return peer.heard() == "fits into the socket"; }, "the bytes");
}

PARLEY_CONTRACT(L2_WhatIsSentToAMemberAloneIsNoLag, kFewSeeds) {
  BroadcastGroup room(world.reactor());
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  room.Join(recorder.handle());
  const std::string text = Numbered(kMoreThanAnyLag);
  room.Append(AsBytes("[before]"));
  world.reactor().Send(recorder.handle(), AsBytes(text));
  room.Append(AsBytes("[behind]"));
  const std::string expected = "[before]" + text + "[behind]";
  world.Until([&] { return peer.gone() || peer.heard().size() >= expected.size(); }, "the bytes");
  EXPECT_TRUE(peer.heard() == expected) << peer.heard().size() << " of " << expected.size();
}

PARLEY_CONTRACT(L2_CloseWhenDoneWaitsForASteadyReader, kEverywhere) {
  const Duration stall_time = ShortStallTime(world);
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder);
  const std::string text = Numbered(world.Scaled(3000000));
  world.reactor().Send(recorder.handle(), AsBytes(text));
  world.reactor().CloseWhenDone(recorder.handle(), stall_time);
  const Duration took = ReadSlowly(world, peer, text.size(), stall_time);
  world.Until([&] { return peer.gone(); }, "the end");
  EXPECT_TRUE(peer.heard() == text) << peer.heard().size() << " of " << text.size();
  EXPECT_TRUE(peer.heard_end()) << "a reset instead of the end";
  peer.Leave();
  world.Until([&] { return recorder.closed(); }, "the close");
  EXPECT_EQ(recorder.reason.cause, CloseCause::kAsked);
  if (!world.is_simulated()) {
    EXPECT_GT(took, stall_time) << "no slow reader";
  }
}

// Over the bound when it is left: what is owed no longer grows, so the bound has no say any more.
PARLEY_CONTRACT(L2_CloseWhenDoneSendsMoreThanTheBound, kFewSeeds) {
  Recorder& recorder = world.NewRecorder();
  Peer& peer = world.Pair(recorder, {.max_private_bytes = 10000});
  const std::string text = Numbered(world.Scaled(3000000));
  world.reactor().Send(recorder.handle(), AsBytes(text));
  world.reactor().CloseWhenDone(recorder.handle(), minutes(5));
  world.Until([&] { return peer.gone(); }, "the end");
  EXPECT_TRUE(peer.heard() == text) << peer.heard().size() << " of " << text.size();
}

}  // namespace
}  // namespace parley
