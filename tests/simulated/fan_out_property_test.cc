// A session's stream is exactly the order in which the main thread spoke, whatever mixes: rooms
// that people join, change and leave, rooms that end, lines that their sender does not hear,
// replies to one of them, peers that stop reading until they fall behind their limit, peers and
// servers that close in every way. What each peer hears is held against a model that pushes every
// message into every recipient's own queue (stream_model.h).

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "reactor/base/line_splitter.h"
#include "reactor/base/log.h"
#include "reactor/loop/reactor.h"
#include "tests/reactor/random.h"
#include "tests/simulated/seeds.h"
#include "tests/simulated/simulated_engine.h"
#include "tests/simulated/simulated_network.h"
#include "tests/simulated/stream_model.h"
#include "tests/simulated/tally.h"

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kRooms = 3;
constexpr size_t kMostGuests = 12;
constexpr size_t kCrowd = 150;        // in rooms that wait for each other's sweeps
constexpr uint64_t kCrowdEvery = 25;  // runs
constexpr int kSteps = 100;
constexpr uint16_t kFirstPort = 10000;

struct Guest {
  SimulatedPeer* peer = nullptr;
  Handle handle;
  StreamModel model;
  int room = -1;
  uint32_t max_lag = 0;
  bool accepted = false;
  bool finishing = false;  // nothing that is spoken from now on reaches it
  bool cut_off = false;    // by the server, without being told the rest
  bool closed = false;
  CloseReason reason;
  // As they were a turn ago.
  uint64_t spoken_before = 0;
  uint64_t owed_before = 0;
  LineSplitter splitter;
};

class Rooms : public AcceptHandler, public ConnectionHandler {
 public:
  Rooms(uint64_t seed, bool is_crowded, Tally& tally)
      : random_(seed),
        is_crowded_(is_crowded),
        tally_(tally),
        skips_(random_.Percent(40)),
        longest_(random_.Percent(20) ? 700 : 30),
        capacity_(random_.Between(50, 3000)),
        network_(random_.Next(), Rates(), capacity_),
        reactor_(std::make_unique<SimulatedEngine>(network_)) {
    for (auto& room : rooms_) room = std::make_unique<BroadcastGroup>(reactor_);
    EXPECT_TRUE(reactor_.ListenOn(network_.MakeListener(), this).ok());
    while (is_crowded_ && guests_.size() < kCrowd) Come();
  }

  void Run() {
    for (int step = 0; step < kSteps; ++step) {
      for (uint64_t things = random_.Below(4); things > 0; --things) Step();
      Turn(milliseconds(random_.Below(20)));
      if (testing::Test::HasFatalFailure()) return;
    }
    // The weather clears: whoever is still there hears everything.
    network_.rates() = FaultRates();
    for (const auto& guest : guests_) guest->peer->Read(true);
    for (const TimePoint calm = network_.now() + seconds(10); network_.now() < calm;) {
      Turn(seconds(1));
      if (testing::Test::HasFatalFailure()) return;
    }
    for (const auto& guest : guests_) CheckEnd(*guest);
  }

  const FaultCounts& faults() const { return network_.counts(); }

  // AcceptHandler, ConnectionHandler
  void OnAccepted(Handle, UniqueFd fd, const SocketAddress& from) override {
    Guest& guest = *guests_[from.port() - kFirstPort];
    ConnectionOptions options;
    options.max_lag_bytes = options.max_private_bytes = guest.max_lag;
    if (skips_) options.soft_lag_bytes = guest.max_lag / 4;
    const absl::StatusOr<Handle> handle = reactor_.Adopt(std::move(fd), this, options);
    ASSERT_TRUE(handle.ok()) << handle.status();
    guest.handle = *handle;
    guest.accepted = true;
    Reply(guest);
    ChangeRoom(guest);
  }

  void OnBytes(Handle handle, ByteSpan bytes) override {
    Guest& guest = GuestOf(handle);
    guest.splitter.Feed(bytes, 0, [&](const LineSplitter::Line&) {
      if (guest.room >= 0) Speak(static_cast<size_t>(guest.room), &guest);
      Reply(guest);
      return true;
    });
  }

  void OnEndOfInput(Handle handle) override {
    Guest& guest = GuestOf(handle);
    Reply(guest);
    guest.finishing = true;  // the reactor hangs up when what it owes is sent
    ++tally_["ends of input"];
  }

  void OnClosed(Handle handle, CloseReason reason) override {
    Guest& guest = GuestOf(handle);
    guest.closed = true;
    guest.room = -1;
    guest.reason = reason;
    ++tally_[absl::StrCat("closed: ", CloseCauseName(reason.cause))];
    if (reason.cause == CloseCause::kLag && !skips_) {
      EXPECT_GT(guest.model.spoken_bytes() - guest.model.heard_bytes(), guest.max_lag);
    }
  }

 private:
  FaultRates Rates() {
    FaultRates rates = FaultRates::Drawn(random_);
    if (random_.Percent(60)) rates.AddHostile(random_);
    return rates;
  }

  Guest& GuestOf(Handle handle) {
    for (const auto& guest : guests_) {
      if (guest->accepted && !guest->closed && guest->handle == handle) return *guest;
    }
    ADD_FAILURE() << "news of who is gone";
    return *guests_[0];
  }

  // Whether a message is a line makes no difference: each counts as one, whatever is in it.
  std::string NewMessage(absl::string_view kind) {
    return absl::StrCat(kind, " ", ++messages_, random_.Text(random_.Below(longest_), "abc\n"),
                        random_.Percent(70) ? "\n" : ".");
  }

  bool Hears(const Guest& guest) const {
    return guest.accepted && !guest.closed && !guest.finishing;
  }

  void Speak(size_t room, const Guest* except) {
    const std::string text = NewMessage(absl::StrCat("room ", room));
    std::vector<BroadcastGroup::Override> overrides;
    const bool differs = random_.Percent(20);
    for (const auto& guest : guests_) {
      std::string heard = guest.get() == except ? "" : text;
      if (differs && guest.get() != except && random_.Percent(20)) {
        heard = NewMessage("instead");
        overrides.push_back({guest->handle, writer_.Append(AsBytes(heard))});
        ++tally_["spoken in its place"];
      }
      if (guest->room != static_cast<int>(room) || !Hears(*guest)) continue;
      guest->model.SpeakInRoom(heard);
    }
    ++tally_[except == nullptr ? "spoken" : "spoken to the others"];
    if (overrides.empty()) {
      return rooms_[room]->Append(AsBytes(text), except == nullptr ? Handle() : except->handle);
    }
    if (except != nullptr) overrides.push_back({except->handle, {}});
    rooms_[room]->Append({AsBytes(text)}, overrides);
  }

  void Reply(Guest& guest) {
    const std::string text = NewMessage("alone");
    if (Hears(guest)) guest.model.SpeakAlone(text);
    reactor_.Send(guest.handle, AsBytes(text));
  }

  void ChangeRoom(Guest& guest) {
    const size_t room = random_.Index(kRooms);
    rooms_[room]->Join(guest.handle);
    ++tally_[guest.room < 0 ? "joined" : "changed rooms"];
    guest.room = static_cast<int>(room);
  }

  void LeaveRoom(Guest& guest) {
    if (guest.room < 0) return;
    rooms_[guest.room]->Leave(guest.handle);
    guest.room = -1;
    ++tally_["left"];
  }

  void EndRoom() {
    const size_t room = random_.Index(kRooms);
    rooms_[room] = std::make_unique<BroadcastGroup>(reactor_);
    for (const auto& guest : guests_) {
      if (guest->room == static_cast<int>(room)) guest->room = -1;
    }
    ++tally_["rooms ended"];
  }

  void Come() {
    if (guests_.size() >= (is_crowded_ ? kCrowd : kMostGuests)) return;
    guests_.push_back(std::make_unique<Guest>(
        Guest{.model = StreamModel(skips_ ? ParseReactorsNotice : nullptr)}));
    Guest& guest = *guests_.back();
    guest.max_lag = static_cast<uint32_t>(random_.Between(2000, 10000));
    const uint64_t port = kFirstPort + guests_.size() - 1;
    guest.peer = &network_.Call(*SocketAddress::Parse(absl::StrCat("127.0.0.1:", port)), capacity_);
  }

  void Step() {
    if (guests_.empty() || random_.Percent(10)) return Come();
    Guest& guest = *guests_[random_.Index(guests_.size())];
    const uint64_t what = random_.Below(1000);
    if (what < 400) {
      const Guest* except = random_.Percent(30) ? &guest : nullptr;
      for (uint64_t times = random_.Between(1, 5); times > 0; --times) {
        Speak(random_.Index(kRooms), except);
      }
    } else if (what < 550) {
      Reply(guest);
    } else if (what < 680) {
      guest.peer->Say(random_.Percent(80) ? "line\n" : "half a ");
    } else if (what < 780) {
      if (Hears(guest)) ChangeRoom(guest);
    } else if (what < 820) {
      LeaveRoom(guest);
    } else if (what < 830) {
      EndRoom();
    } else if (what < 950) {
      guest.peer->Read(random_.Percent(60));
    } else if (what < 970) {
      PeerEnds(guest);
    } else if (what < 980) {
      HangUp(guest);
    }
  }

  void PeerEnds(Guest& guest) {
    const uint64_t way = random_.Below(3);
    if (way == 0) guest.peer->Reset();
    if (way == 1) guest.peer->Leave();
    if (way == 2) guest.peer->EndOutput();
  }

  void HangUp(Guest& guest) {
    if (!Hears(guest)) return;
    if (random_.Percent(70)) {
      reactor_.CloseWhenDone(guest.handle);
      ++tally_["hung up"];
    } else {
      reactor_.Close(guest.handle);
      guest.cut_off = true;
      ++tally_["closed at once"];
    }
    guest.finishing = true;
  }

  void Turn(Duration longest_wait) {
    reactor_.RunOnce(longest_wait);
    for (const auto& room : rooms_) {
      if (room->log().needs_sweep()) ++tally_["sweeps that went on in the next turn"];
    }
    for (const auto& guest : guests_) Check(*guest);
  }

  void Check(Guest& guest) {
    ASSERT_EQ(guest.model.Hear(guest.peer->heard()), "");
    guest.peer->ClearHeard();
    const uint64_t spoken = guest.model.spoken_bytes();
    const uint64_t told = spoken - guest.spoken_before;
    guest.spoken_before = spoken;
    if (guest.peer->is_connected() && reactor_.StateOf(guest.handle) == ConnectionState::kOpen) {
      const uint64_t owed = reactor_.PendingBytes(guest.handle);
      const uint64_t unheard = spoken - guest.model.heard_bytes();
      if (!skips_) {
        ASSERT_LE(owed, unheard);
        ASSERT_LE(unheard, owed + capacity_) << "kept where it is not counted";
      }
      // Who takes nothing is closed when what is spoken to it goes over its limit: in the next
      // turn, if in this one the kernel has been offered something that it may yet take. In a crowd
      // a sweep may look at it turns later.
      if (!is_crowded_ && told > 0 && owed >= guest.owed_before + told) {
        ASSERT_LE(owed,
                  uint64_t{2} * guest.max_lag + told);  // so much for the rooms, and so much alone
      }
      guest.owed_before = owed;
    }
  }

  void CheckEnd(Guest& guest) {
    tally_["messages skipped"] += guest.model.skipped_messages();
    const bool is_complete =
        guest.reason.cause == CloseCause::kAsked || guest.reason.cause == CloseCause::kPeerClosed;
    const bool hung_up = guest.closed && is_complete && !guest.cut_off && guest.peer->heard_end();
    if (!Hears(guest) && !hung_up) return;
    ASSERT_EQ(guest.model.Missing(), "");
    ++tally_[hung_up ? "heard everything to the end" : "heard everything"];
  }

  Random random_;
  const bool is_crowded_;
  Tally& tally_;
  const bool skips_;
  const uint64_t longest_;
  const size_t capacity_;
  std::vector<std::unique_ptr<Guest>> guests_;
  SimulatedNetwork network_;
  Reactor reactor_;
  std::array<std::unique_ptr<BroadcastGroup>, kRooms> rooms_;
  SegmentWriter writer_;
  uint64_t messages_ = 0;
};

class FanOut : public testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Share, FanOut, testing::Range(uint64_t{0}, ShareCount()));

TEST_P(FanOut, EveryStreamIsTheOrderInWhichThingsWereSpoken) {
  SetLogSink([](Severity, absl::string_view) {});
  FaultCounts faults;
  Tally tally;
  const SeedShare share{.first = GetParam(), .shares = ShareCount()};
  const bool all_ran = ForEachSeed(share, [&](uint64_t seed) {
    Rooms rooms(seed, seed / ShareCount() % kCrowdEvery == 0, tally);
    rooms.Run();
    faults.Add(rooms.faults());
  });
  SetLogSink(nullptr);
  if (!all_ran) return;
  ExpectEveryFault(faults);
  ExpectAll(tally,
            {"joined", "changed rooms", "left", "rooms ended", "spoken", "spoken to the others",
             "spoken in its place", "messages skipped", "sweeps that went on in the next turn",
             "hung up", "closed at once", "ends of input", "heard everything",
             "heard everything to the end", "closed: fell too far behind"});
}

}  // namespace
}  // namespace parley
