// Broadcasts beside each other: none waits for another that never comes to its end (reports, F19).
//
// That a line is "sent in its turn" means here that every member was visited and flushed: what
// happens then to a send is the kernel's affair, or the seed's.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/reactor/contract_world.h"

namespace parley {
namespace {

using std::chrono::seconds;

// A broadcast with its members' far ends, and what they are to hear.
struct Room {
  Room(World& world, int members) : log(std::make_unique<BroadcastGroup>(world.reactor())) {
    for (int i = 0; i < members; ++i) {
      Recorder& recorder = world.NewRecorder();
      peers.push_back(&world.Pair(recorder));
      handles.push_back(recorder.handle());
      log->Join(recorder.handle());
    }
  }

  void Say(const std::string& line) {
    log->Append(AsBytes(line));
    said += line;
  }
  bool is_behind() const { return log->log().needs_sweep(); }
  bool AllHeardSomething() const {
    return std::none_of(peers.begin(), peers.end(),
                        [](const Peer* peer) { return peer->heard().empty(); });
  }
  bool AllHeardEverything() const {
    return std::all_of(peers.begin(), peers.end(),
                       [&](const Peer* peer) { return peer->heard() == said; });
  }

  std::unique_ptr<BroadcastGroup> log;
  std::vector<Handle> handles;
  std::vector<Peer*> peers;
  std::string said;
};

PARLEY_CONTRACT(ASmallRoomIsSentToInItsTurnBesideABusyOne, kFewSeeds) {
  Room busy(world, world.is_simulated() ? 80 : 300);
  Room small(world, 2);
  Room full(world, kSweepShare);
  for (int turn = 0; turn < 60; ++turn) {
    busy.Say(absl::StrCat("busy ", turn, "\n"));
    if (turn % 5 == 4) small.Say(absl::StrCat("small ", turn, "\n"));
    if (turn % 7 == 6) full.Say(absl::StrCat("full ", turn, "\n"));
    world.Turn(seconds(0));
    ASSERT_FALSE(small.is_behind()) << "in turn " << turn;
    ASSERT_FALSE(full.is_behind()) << "in turn " << turn;
  }
  world.Until([&] { return small.AllHeardEverything() && full.AllHeardEverything(); },
              "the small rooms");
  EXPECT_TRUE(world.is_simulated() || busy.AllHeardSomething()) << "the busy room starves";
  world.Until([&] { return busy.AllHeardEverything(); }, "the busy room");
}

PARLEY_CONTRACT(ManySmallRoomsAndABusyOneAreAllServed, kFewSeeds) {
  Room busy(world, world.is_simulated() ? 80 : 200);
  std::vector<std::unique_ptr<Room>> small;
  for (int i = 0; i < (world.is_simulated() ? 20 : 200); ++i) {
    small.push_back(std::make_unique<Room>(world, 2));
  }
  for (int turn = 0; turn < 30; ++turn) {
    busy.Say(absl::StrCat("busy ", turn, "\n"));
    for (const auto& room : small) room->Say(absl::StrCat("small ", turn, "\n"));
    world.Turn(seconds(0));
    for (const auto& room : small) ASSERT_FALSE(room->is_behind()) << "in turn " << turn;
  }
  EXPECT_TRUE(world.is_simulated() || busy.AllHeardSomething()) << "the busy room starves";
  world.Until(
      [&] {
        return busy.AllHeardEverything() &&
               std::all_of(small.begin(), small.end(),
                           [](const auto& room) { return room->AllHeardEverything(); });
      },
      "everybody");
}

PARLEY_CONTRACT(BusyRoomsTakeTurns, kFewSeeds) {
  constexpr size_t kBusy = 4;
  std::vector<std::unique_ptr<Room>> busy;
  for (size_t i = 0; i < kBusy; ++i) busy.push_back(std::make_unique<Room>(world, 70));
  Room middling(world, 2 * kSweepShare);
  int behind_for = 0;
  for (int turn = 0; turn < 60; ++turn) {
    for (const auto& room : busy) room->Say(absl::StrCat("busy ", turn, "\n"));
    if (turn % 10 == 5) middling.Say(absl::StrCat("middling ", turn, "\n"));
    world.Turn(seconds(0));
    behind_for = middling.is_behind() ? behind_for + 1 : 0;
    // Two shares, between which every other room has one; a turn has four.
    ASSERT_LE(behind_for, 2) << "in turn " << turn;
  }
  for (const auto& room : busy) {
    EXPECT_TRUE(world.is_simulated() || room->AllHeardSomething()) << "a busy room starves";
  }
  world.Until(
      [&] {
        return middling.AllHeardEverything() &&
               std::all_of(busy.begin(), busy.end(),
                           [](const auto& room) { return room->AllHeardEverything(); });
      },
      "everybody");
}

PARLEY_CONTRACT(ARoomMayEndOrShrinkWhileItWaitsForItsTurn, kFewSeeds) {
  constexpr int kMembers = 40;  // three such rooms are more than a turn serves
  Room stays(world, kMembers);
  Room ends(world, kMembers);
  Room shrinks(world, kMembers);
  for (Room* room : {&stays, &ends, &shrinks}) room->Say("line\n");
  world.Turn(seconds(0));
  ASSERT_TRUE(stays.is_behind() && ends.is_behind() && shrinks.is_behind());
  ends.log.reset();
  for (size_t i = 2; i < kMembers; ++i) shrinks.log->Leave(shrinks.handles[i]);
  stays.Say("more\n");
  shrinks.log->Append(AsBytes("to few\n"));
  world.Turn(seconds(0));
  EXPECT_FALSE(shrinks.is_behind());
  world.Until(
      [&] {
        return stays.AllHeardEverything() && ends.AllHeardEverything() &&
               std::all_of(shrinks.peers.begin(), shrinks.peers.begin() + 2,
                           [](const Peer* peer) { return peer->heard() == "line\nto few\n"; }) &&
               std::all_of(shrinks.peers.begin() + 2, shrinks.peers.end(),
                           [](const Peer* peer) { return peer->heard() == "line\n"; });
      },
      "the lines");
}

}  // namespace
}  // namespace parley
