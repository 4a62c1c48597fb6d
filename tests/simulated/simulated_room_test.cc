// A room of strangers on a network at its worst: resets, half-closes, no descriptors, and every
// harmless fault beside them. What must hold whatever the seed: every connection ends exactly once
// and with a reason; what a peer hears is the room's lines and its own replies, whole, in order,
// none twice and, while it is connected, none missing.
//
// PARLEY_SEED and PARLEY_SEEDS: see seeds.h.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "reactor/base/line_splitter.h"
#include "reactor/base/log.h"
#include "reactor/loop/reactor.h"
#include "tests/reactor/random.h"
#include "tests/simulated/seeds.h"
#include "tests/simulated/simulated_engine.h"
#include "tests/simulated/simulated_network.h"
#include "tests/simulated/tally.h"

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kFewCallers = 10;
constexpr size_t kManyCallers = 3 * kSweepBatch;  // a sweep takes several turns
constexpr int kRoomSteps = 60;

class Room : public AcceptHandler, public ConnectionHandler {
 public:
  Room(Reactor& reactor, std::string& trace)
      : reactor_(reactor), trace_(trace), broadcast_(reactor) {}

  void OnAccepted(Handle, UniqueFd fd, const SocketAddress&) override {
    const absl::StatusOr<Handle> handle = reactor_.Adopt(std::move(fd), this);
    ASSERT_TRUE(handle.ok());
    ASSERT_TRUE(guests_.emplace(*handle, Guest{}).second) << "a handle given out twice";
    broadcast_.Join(*handle);
    Note("accepted", *handle);
  }

  void OnBytes(Handle handle, ByteSpan bytes) override {
    const auto guest = guests_.find(handle);
    ASSERT_NE(guest, guests_.end()) << "bytes for who is gone";
    ASSERT_FALSE(guest->second.ended) << "bytes after the end of input";
    Note("bytes", handle);
    guest->second.splitter.Feed(bytes, 0, [&](LineSplitter::Line) {
      const std::string line = absl::StrCat("room ", ++spoken_, "\n");
      broadcast_.Append(AsBytes(line), handle);
      const std::string reply =
          absl::StrCat("reply ", ++guest->second.replies, " at ", spoken_, "\n");
      reactor_.Send(handle, AsBytes(reply));
      return true;
    });
  }

  void OnEndOfInput(Handle handle) override {
    const auto guest = guests_.find(handle);
    ASSERT_NE(guest, guests_.end());
    ASSERT_FALSE(guest->second.ended) << "a second end of input";
    guest->second.ended = true;
    Note("end", handle);
  }

  void OnClosed(Handle handle, CloseReason reason) override {
    ASSERT_EQ(guests_.erase(handle), 1u) << "closed twice";
    ASSERT_NE(reason.cause, CloseCause::kNone);
    Note(CloseCauseName(reason.cause), handle);
    ++causes_[reason.cause];
  }

  void Check() const {
    ASSERT_EQ(reactor_.connections(), guests_.size());
    ASSERT_LE(broadcast_.members(), guests_.size());
    if (guests_.empty()) {
      ASSERT_EQ(broadcast_.log().retained_bytes(), 0u);
    }
  }

  size_t guests() const { return guests_.size(); }
  int spoken() const { return spoken_; }
  const std::map<CloseCause, int>& causes() const { return causes_; }

 private:
  struct Guest {
    LineSplitter splitter;
    int replies = 0;
    bool ended = false;
  };

  void Note(absl::string_view what, Handle handle) {
    absl::StrAppend(&trace_, (reactor_.Now() - TimePoint()).count(), " ", what, " ", handle.slot,
                    ".", handle.generation, "\n");
  }

  Reactor& reactor_;
  std::string& trace_;
  BroadcastGroup broadcast_;
  std::map<Handle, Guest> guests_;
  int spoken_ = 0;
  std::map<CloseCause, int> causes_;
};

// Whole lines in order: room lines count up without a gap, but for those that the peer spoke itself
// and its reply tells of; replies count up.
void CheckStream(const SimulatedPeer& peer, bool heard_everything, int spoken) {
  std::vector<std::string> lines = absl::StrSplit(peer.heard(), '\n');
  const std::string unfinished = lines.back();
  lines.pop_back();
  int last_room = 0;
  int last_reply = 0;
  for (const std::string& line : lines) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    int number = 0;
    ASSERT_TRUE(absl::SimpleAtoi(words.back(), &number)) << line;
    if (words[0] == "room") {
      ASSERT_EQ(words.size(), 2u) << line;
    } else {
      ASSERT_EQ(words[0], "reply") << line;
      int reply = 0;
      ASSERT_TRUE(words.size() == 4 && absl::SimpleAtoi(words[1], &reply)) << line;
      ASSERT_EQ(reply, ++last_reply) << "a reply is missing or doubled: " << peer.heard();
    }
    if (last_room != 0) {
      ASSERT_EQ(number, last_room + 1)
          << "a line is missing, doubled or out of order: " << peer.heard();
    }
    last_room = number;
  }
  if (heard_everything && last_room != 0) {
    ASSERT_EQ(unfinished, "");
    ASSERT_EQ(last_room, spoken) << peer.heard();
  }
}

struct Outcome {
  std::string trace;
  FaultCounts faults;
  std::map<CloseCause, int> causes;
};

void RunRoom(uint64_t seed, Outcome& outcome) {
  Random random(seed);
  FaultRates rates = FaultRates::Drawn(random);
  const bool hostile = random.Percent(80);
  if (hostile) rates.AddHostile(random);
  SimulatedNetwork network(random.Next(), rates, random.Between(20, 3000));
  Reactor reactor(std::make_unique<SimulatedEngine>(network));
  Room room(reactor, outcome.trace);
  ASSERT_TRUE(reactor.ListenOn(network.MakeListener(), &room).ok());
  const size_t callers = random.Percent(5) ? kManyCallers : kFewCallers;
  std::vector<SimulatedPeer*> peers;
  for (int step = 0; step < kRoomSteps; ++step) {
    const bool comes = peers.size() < callers && random.Percent(30);
    for (size_t i = 0; comes && i < callers / 10; ++i) peers.push_back(&network.Call());
    if (!peers.empty()) {
      SimulatedPeer& peer = *peers[random.Index(peers.size())];
      const uint64_t what = random.Below(100);
      if (what < 50) peer.Say(random.Percent(20) ? "half a " : "line\r\n");
      if (what >= 50 && what < 60) peer.Read(random.Percent(50));
      if (hostile && what >= 60 && what < 64) peer.Reset();
      if (hostile && what >= 64 && what < 68) peer.Leave();
      if (hostile && what >= 68 && what < 72) peer.EndOutput();
    }
    reactor.RunOnce(milliseconds(random.Below(30)));
    room.Check();
    if (testing::Test::HasFatalFailure()) return;
  }
  // The weather clears: whoever is still there hears everything.
  network.rates() = FaultRates();
  for (SimulatedPeer* peer : peers) peer->Read(true);
  for (const TimePoint calm = network.now() + seconds(10); network.now() < calm;) {
    reactor.RunOnce(seconds(1));
  }
  for (SimulatedPeer* peer : peers) {
    CheckStream(*peer, peer->is_connected(), room.spoken());
    if (testing::Test::HasFatalFailure()) return;
  }
  for (SimulatedPeer* peer : peers) peer->Leave();
  for (const TimePoint calm = network.now() + seconds(10); network.now() < calm;) {
    reactor.RunOnce(seconds(1));
  }
  EXPECT_EQ(room.guests(), 0u);
  room.Check();
  outcome.faults = network.counts();
  outcome.causes = room.causes();
}

TEST(SimulatedRoom, HoldsWhateverTheSeed) {
  SetLogSink([](Severity, absl::string_view) {});
  FaultCounts faults;
  std::map<CloseCause, int> causes;
  const bool all_ran = ForEachSeed([&](uint64_t seed) {
    Outcome outcome;
    RunRoom(seed, outcome);
    faults.Add(outcome.faults);
    for (const auto& [cause, count] : outcome.causes) causes[cause] += count;
  });
  SetLogSink(nullptr);
  if (!all_ran) return;
  ExpectEveryFault(faults);
  for (const CloseCause cause : {CloseCause::kPeerClosed, CloseCause::kReset}) {
    EXPECT_GT(causes[cause], 0) << CloseCauseName(cause);
  }
}

TEST(SimulatedRoom, TheSameSeedGivesTheSameRunToTheNanosecond) {
  SetLogSink([](Severity, absl::string_view) {});
  std::string other;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Outcome first, second;
    RunRoom(seed, first);
    RunRoom(seed, second);
    ASSERT_EQ(first.trace, second.trace);
    ASSERT_EQ(first.faults.ToString(), second.faults.ToString());
    ASSERT_FALSE(first.trace.empty());
    ASSERT_NE(first.trace, other) << "two seeds, one run";
    other = first.trace;
  }
  SetLogSink(nullptr);
}

}  // namespace
}  // namespace parley
