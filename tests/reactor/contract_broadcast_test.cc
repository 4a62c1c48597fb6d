// Broadcasts over connections: order, exclusion, slow members, disconnect storms.

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/reactor/contract_world.h"
#include "tests/reactor/random.h"

namespace parley {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct Member {
  Recorder* recorder;
  Peer* peer;
};

std::vector<Member> MakeMembers(World& world, int count, BroadcastGroup* room,
                                const ConnectionOptions& options = {}) {
  std::vector<Member> members;
  for (int i = 0; i < count; ++i) {
    Recorder& recorder = world.NewRecorder();
    Peer& peer = world.Pair(recorder, options);
    if (room != nullptr) room->Join(recorder.handle());
    members.push_back({&recorder, &peer});
  }
  return members;
}

PARLEY_CONTRACT(EveryMemberHearsEveryLineInOrder, kEverywhere) {
  BroadcastGroup room(world.reactor());
  const std::vector<Member> members = MakeMembers(world, world.is_simulated() ? 20 : 150, &room);
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const std::string line = absl::StrCat("line ", i, "\n");
    room.Append(AsBytes(line));
    expected += line;
    if (i % 3 == 0) world.Turn(seconds(0));
  }
  world.Until(
      [&] {
        return std::all_of(members.begin(), members.end(), [&](const Member& member) {
          return member.peer->heard().size() >= expected.size();
        });
      },
      "the lines");
  for (const Member& member : members) ASSERT_EQ(member.peer->heard(), expected);
  EXPECT_EQ(room.log().retained_bytes(), 0u);
}

PARLEY_CONTRACT(TheExcludedSenderHearsTheOthersAndItsRepliesInOrder, kEverywhere) {
  BroadcastGroup room(world.reactor());
  const std::vector<Member> members = MakeMembers(world, 2, &room);
  const Handle speaker = members[0].recorder->handle();
  room.Append(AsBytes("a"), speaker);
  world.reactor().Send(speaker, AsBytes("1"));
  room.Append(AsBytes("b"));
  room.Append(AsBytes("c"), speaker);
  world.reactor().Send(speaker, AsBytes("2"));
  world.Until(
      [&] { return members[0].peer->heard().size() >= 3 && members[1].peer->heard().size() >= 3; },
      "the lines");
  EXPECT_EQ(members[0].peer->heard(), "1b2");
  EXPECT_EQ(members[1].peer->heard(), "abc");
}

PARLEY_CONTRACT(ASlowMemberIsClosedAndTheOthersMissNothing, kEverywhere) {
  BroadcastGroup room(world.reactor());
  const auto lag = static_cast<uint32_t>(world.Scaled(200000));
  std::vector<Member> members =
      MakeMembers(world, world.is_simulated() ? 5 : 20, &room, {.max_lag_bytes = lag});
  members[3].peer->Read(false);
  const std::string line = std::string(2000, 'x') + "\n";
  size_t said = 0;
  const auto all_heard = [&] {
    return std::all_of(members.begin(), members.end(), [&](const Member& member) {
      return member.peer == members[3].peer || member.peer->heard().size() >= said;
    });
  };
  while (!members[3].recorder->closed()) {
    room.Append(AsBytes(line));
    said += line.size();
    if (!world.Until(all_heard, "the others")) return;
    ASSERT_LE(room.log().retained_bytes(), lag + 4 * kMaxSegmentBytes);
  }
  EXPECT_EQ(members[3].recorder->reason.cause, CloseCause::kLag);
  EXPECT_EQ(room.members(), members.size() - 1);
  EXPECT_EQ(room.log().retained_bytes(), 0u);
}

// What a room has said becomes private to a member who leaves it: there it counts too.
PARLEY_CONTRACT(ASlowMemberThatChangesRoomsAllTheTimeIsClosed, kEverywhere) {
  BroadcastGroup first(world.reactor());
  BroadcastGroup second(world.reactor());
  const auto lag = static_cast<uint32_t>(world.Scaled(200000));
  const Member slow = MakeMembers(world, 1, &first, {.max_lag_bytes = lag})[0];
  const Handle handle = slow.recorder->handle();
  slow.peer->Read(false);
  const std::string line = std::string(1000, 'x') + "\n";
  const auto is_open = [&] { return world.reactor().StateOf(handle) == ConnectionState::kOpen; };
  for (bool in_first = true; is_open(); in_first = !in_first) {
    // What the kernel has just been offered is not judged before it has had the time to take it.
    ASSERT_LE(world.reactor().PendingBytes(handle), lag + 3 * line.size());
    (in_first ? first : second).Append(AsBytes(line));
    (in_first ? second : first).Join(handle);
    world.Turn(seconds(0));
  }
  world.Until([&] { return slow.recorder->closed(); }, "the slow member to be closed");
  EXPECT_EQ(slow.recorder->reason.cause, CloseCause::kLag);
}

PARLEY_CONTRACT(ASlowMemberThatComesBackHasMissedNothing, kEverywhere) {
  BroadcastGroup room(world.reactor());
  std::vector<Member> members = MakeMembers(world, 3, &room, {.max_lag_bytes = 0});
  members[0].peer->Read(false);
  std::string expected;
  for (int i = 0; i < (world.is_simulated() ? 50 : 400); ++i) {
    const std::string line = absl::StrCat(i, std::string(1000, '.'), "\n");
    room.Append(AsBytes(line));
    expected += line;
    if (i % 50 == 0) world.Turn(seconds(0));
  }
  world.Until([&] { return members[1].peer->heard().size() >= expected.size(); }, "the others");
  members[0].peer->Read(true);
  world.Until([&] { return members[0].peer->heard().size() >= expected.size(); }, "the slow one");
  EXPECT_TRUE(members[0].peer->heard() == expected);
  world.Until([&] { return room.log().retained_bytes() == 0; }, "the log to let go");
}

PARLEY_CONTRACT(WhoLeavesStillHearsWhatWasSaidBefore, kEverywhere) {
  BroadcastGroup room(world.reactor());
  const std::vector<Member> members = MakeMembers(world, 2, &room);
  room.Append(AsBytes("before"));
  room.Leave(members[0].recorder->handle());
  room.Append(AsBytes(" after"));
  world.Until(
      [&] {
        return members[0].peer->heard() == "before" && members[1].peer->heard() == "before after";
      },
      "the words");
}

PARLEY_CONTRACT(WhoChangesRoomsStillHearsWhatWasSaidBefore, kEverywhere) {
  BroadcastGroup first(world.reactor());
  BroadcastGroup second(world.reactor());
  const std::vector<Member> members = MakeMembers(world, 1, &first);
  first.Append(AsBytes("goodbye"));
  second.Join(members[0].recorder->handle());
  world.Until([&] { return members[0].peer->heard() == "goodbye"; }, "the last words");
  EXPECT_EQ(first.members(), 0u);
  EXPECT_EQ(second.members(), 1u);
}

PARLEY_CONTRACT(ARoomThatIsDestroyedStillDeliversItsLastWords, kEverywhere) {
  auto room = std::make_unique<BroadcastGroup>(world.reactor());
  const std::vector<Member> members =
      MakeMembers(world, world.is_simulated() ? 20 : 100, room.get());
  room->Append(AsBytes("closing"));
  room.reset();
  world.Until(
      [&] {
        return std::all_of(members.begin(), members.end(),
                           [](const Member& member) { return member.peer->heard() == "closing"; });
      },
      "the last words");
}

PARLEY_CONTRACT(CloseWhenDoneOfAMemberSendsWhatTheRoomSaidBefore, kEverywhere) {
  BroadcastGroup room(world.reactor());
  const std::vector<Member> members = MakeMembers(world, 1, &room);
  room.Append(AsBytes("said "));
  world.reactor().Send(members[0].recorder->handle(), AsBytes("bye"));
  world.reactor().CloseWhenDone(members[0].recorder->handle(), minutes(5));
  room.Append(AsBytes("unheard"));
  world.Until([&] { return members[0].peer->gone(); }, "the end");
  EXPECT_EQ(members[0].peer->heard(), "said bye");
  EXPECT_TRUE(members[0].peer->heard_end());
}

PARLEY_CONTRACT(DisconnectsInTheMidstOfABroadcastCostTheOthersNothing, kEverywhere) {
  const int count = world.is_simulated() ? 20 : 300;
  BroadcastGroup room(world.reactor());
  std::vector<Member> members = MakeMembers(world, count, &room);
  Random random(11);
  std::string expected;
  std::vector<bool> left(members.size());
  for (int i = 0; i < 60; ++i) {
    const std::string line = absl::StrCat("line ", i, std::string(200, '.'), "\n");
    room.Append(AsBytes(line));
    expected += line;
    for (int j = 0; j < 4; ++j) {
      const size_t victim = random.Index(members.size());
      if (victim % 3 == 0) continue;  // a third stays
      if (!left[victim]) {
        if (random.Percent(50)) {
          members[victim].peer->Reset();
        } else {
          members[victim].peer->Leave();
        }
      }
      left[victim] = true;
    }
    world.Turn(seconds(0));
  }
  const auto all_heard = [&] {
    for (size_t i = 0; i < members.size(); ++i) {
      if (!left[i] && members[i].peer->heard().size() < expected.size()) return false;
    }
    return true;
  };
  world.Until(all_heard, "the lines");
  for (size_t i = 0; i < members.size(); ++i) {
    if (!left[i]) {
      ASSERT_TRUE(members[i].peer->heard() == expected);
    }
  }
  const auto stayed = static_cast<size_t>(std::count(left.begin(), left.end(), false));
  world.Until([&] { return room.members() == stayed; }, "the leavers to be gone");
}

PARLEY_CONTRACT(AThousandDisconnectsAtOnceCostTheOthersNothing, kSocketsOnly) {
  BroadcastGroup room(world.reactor());
  std::vector<Member> members = MakeMembers(world, 1100, &room);
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const std::string line = absl::StrCat("line ", i, "\n");
    room.Append(AsBytes(line));
    expected += line;
    if (i == 7) world.Turn(seconds(0));  // the sweep is under way
    if (i == 7) {
      for (size_t victim = 0; victim < 1000; ++victim) members[victim].peer->Reset();
    }
  }
  world.Until(
      [&] {
        return std::all_of(members.begin() + 1000, members.end(), [&](const Member& member) {
          return member.peer->heard().size() >= expected.size();
        });
      },
      "the lines");
  for (size_t i = 1000; i < members.size(); ++i) ASSERT_EQ(members[i].peer->heard(), expected);
  world.Until([&] { return room.members() == 100; }, "the leavers to be gone");
}

}  // namespace
}  // namespace parley
