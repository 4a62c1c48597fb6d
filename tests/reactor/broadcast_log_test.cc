#include "reactor/broadcast/broadcast_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/reactor/outbox_test_support.h"

namespace parley {
namespace {

TEST(BroadcastLog, KeepsNothingWhenNobodyListens) {
  BroadcastLog log;
  log.Append({AsBytes("unheard")});
  EXPECT_EQ(log.retained_bytes(), 0u);
  EXPECT_FALSE(log.needs_sweep());
}

TEST(BroadcastLog, AMemberHearsWhatIsSaidFromItsJoiningOn) {
  BroadcastLog log;
  Outbox first, second;
  first.Join(log);
  log.Append({AsBytes("one ")});
  second.Join(log);
  log.Append({AsBytes("two "), AsBytes("three")});
  EXPECT_EQ(Owed(first), "one two three");
  EXPECT_EQ(Owed(second), "two three");
}

TEST(BroadcastLog, PrivateMessagesKeepTheirPlace) {
  BroadcastLog log;
  Outbox member;
  member.Push(Text("before "));
  member.Join(log);
  log.Append({AsBytes("said ")});
  member.Push(Text("told "));
  log.Append({AsBytes("said again ")});
  member.Push(Text("told again"));
  EXPECT_EQ(Owed(member), "before said told said again told again");
}

TEST(BroadcastLog, TheExcludedMemberHearsTheOthersInOrder) {
  BroadcastLog log;
  Outbox speaker, listener;
  speaker.Join(log);
  listener.Join(log);
  AppendWithout(listener, log, "a");
  AppendWithout(speaker, log, "b");
  AppendWithout(listener, log, "c");
  log.Append({AsBytes("d")});
  EXPECT_EQ(Owed(speaker), "acd");
  EXPECT_EQ(Owed(listener), "bd");
  EXPECT_EQ(speaker.pending_bytes(), 3u);
  EXPECT_EQ(listener.pending_bytes(), 2u);
}

TEST(BroadcastLog, ExcludingWhoIsNoMemberExcludesNobody) {
  BroadcastLog log;
  Outbox member, stranger;
  member.Join(log);
  AppendWithout(stranger, log, "a");
  EXPECT_EQ(Owed(member), "a");
  EXPECT_TRUE(stranger.empty());
}

TEST(BroadcastLog, SomeMembersHearSomethingElseInItsPlace) {
  BroadcastLog log;
  Outbox ann, bob, cat, dan;
  for (Outbox* member : {&ann, &bob, &cat, &dan}) member->Join(log);
  log.Append({AsBytes("one ")});
  bob.Push(Text("alone "));
  const BroadcastLog::Override overrides[] = {
      {&bob, Text("TWO ")}, {&cat, {}}, {&dan, Text("2 ")}, {nullptr, Text("nobody")}};
  log.Append({AsBytes("two ")}, overrides);
  bob.Push(Text("again "));
  log.Append({AsBytes("three")});
  EXPECT_EQ(Owed(ann), "one two three");
  EXPECT_EQ(Owed(bob), "one alone TWO again three");
  EXPECT_EQ(Owed(cat), "one three");
  EXPECT_EQ(Owed(dan), "one 2 three");
  EXPECT_EQ(bob.lag_bytes(), 13u) << "it is of the log";
  EXPECT_EQ(bob.private_bytes(), 12u);
}

TEST(BroadcastLog, ASweepVisitsWhoHearsSomethingElseThoughNobodyHearsTheMessage) {
  for (const char* message : {"unheard", ""}) {
    BroadcastLog log;
    Outbox member;
    member.Join(log);
    const BroadcastLog::Override override{&member, Text("instead")};
    log.Append({AsBytes(message)}, {&override, 1});
    EXPECT_TRUE(log.needs_sweep());
    int visits = 0;
    EXPECT_TRUE(log.Sweep(9, [&](Outbox& visited) {
      EXPECT_EQ(Owed(visited), "instead");
      ++visits;
    }));
    EXPECT_EQ(visits, 1);
  }
}

TEST(BroadcastLog, LeavingKeepsWhatWasSaidBefore) {
  BroadcastLog log;
  Outbox member;
  member.Join(log);
  log.Append({AsBytes("before")});
  member.Leave();
  log.Append({AsBytes("after")});
  EXPECT_EQ(Owed(member), "before");
  EXPECT_EQ(log.members(), 0u);
  EXPECT_EQ(log.retained_bytes(), 0u);
}

TEST(BroadcastLog, DestroyingItLeavesItsMembersWithWhatTheyAreOwed) {
  Outbox member;
  {
    BroadcastLog log;
    member.Join(log);
    log.Append({AsBytes("last words")});
  }
  EXPECT_EQ(member.log(), nullptr);
  EXPECT_EQ(Owed(member), "last words");
}

TEST(BroadcastLog, HoldsNothingOnceEverybodyHasCaughtUp) {
  BroadcastLog log;
  Outbox fast, slow;
  fast.Join(log);
  slow.Join(log);
  SegmentWriter writer;
  Slice slice = writer.Append(AsBytes("line"));
  const Segment* segment = slice.segment.get();
  const uint32_t capacity = slice.segment->capacity();
  log.Append(slice);
  slice = Slice();
  writer.Rest();
  SendAll(fast);
  EXPECT_EQ(log.retained_bytes(), 4u);
  SendAll(slow);
  EXPECT_EQ(log.retained_bytes(), 0u);
  EXPECT_EQ(SegmentRef::Allocate(capacity).get(), segment) << "the segment was not given back";
}

TEST(BroadcastLog, GivesBackWhatTheSlowestHasPassed) {
  BroadcastLog log;
  Outbox fast, slow;
  fast.Join(log);
  slow.Join(log);
  const std::string line(1000, 'x');
  for (int i = 0; i < 1000; ++i) log.Append({AsBytes(line)});
  SendAll(fast);
  EXPECT_EQ(log.retained_bytes(), 1000000u);
  slow.Advance(900000);
  EXPECT_GE(log.retained_bytes(), 100000u);
  EXPECT_LE(log.retained_bytes(), 100000u + 2 * kMaxSegmentBytes);
  slow.Clear();
  EXPECT_EQ(log.retained_bytes(), 0u);
}

TEST(BroadcastLog, ASweepVisitsEveryMemberThatIsBehindOnce) {
  BroadcastLog log;
  std::vector<std::unique_ptr<Outbox>> members;
  for (int i = 0; i < 100; ++i) {
    members.push_back(std::make_unique<Outbox>());
    members.back()->Join(log);
  }
  log.Append({AsBytes("x")});
  for (int i = 0; i < 10; ++i) SendAll(*members[i]);
  std::vector<Outbox*> visited;
  int turns = 1;
  while (!log.Sweep(7, [&](Outbox& member) { visited.push_back(&member); })) ++turns;
  std::sort(visited.begin(), visited.end());
  EXPECT_EQ(visited.size(), 90u);
  EXPECT_EQ(std::unique(visited.begin(), visited.end()), visited.end());
  EXPECT_EQ(turns, 13);
  EXPECT_FALSE(log.needs_sweep());
}

TEST(BroadcastLog, ASweepVisitsEverybodyThoughMembersLeaveInItsMidst) {
  for (size_t leaver = 0; leaver < 20; ++leaver) {
    for (size_t after = 0; after < 20; ++after) {
      BroadcastLog log;
      std::vector<std::unique_ptr<Outbox>> members;
      for (int i = 0; i < 20; ++i) {
        members.push_back(std::make_unique<Outbox>());
        members.back()->Join(log);
      }
      log.Append({AsBytes("x")});
      size_t visits = 0;
      const auto visit = [&](Outbox& member) {
        SendAll(member);
        ++visits;
      };
      while (visits < after && !log.Sweep(1, visit)) {
      }
      members[leaver]->Clear();
      while (!log.Sweep(1, visit)) {
      }
      for (const auto& member : members) {
        ASSERT_TRUE(member->empty()) << leaver << " left after " << after << " visits";
      }
    }
  }
}

TEST(BroadcastLog, ASweepVisitsEverybodyThoughSomebodyJoinsInItsMidst) {
  BroadcastLog log;
  std::vector<std::unique_ptr<Outbox>> members;
  for (int i = 0; i < 5; ++i) {
    members.push_back(std::make_unique<Outbox>());
    members.back()->Join(log);
  }
  std::vector<Outbox*> visited;
  const auto visit = [&](Outbox& member) { visited.push_back(&member); };
  log.Append({AsBytes("x")});
  log.Sweep(4, visit);
  log.Append({AsBytes("y")});  // everybody is to be visited again, from the fifth on
  log.Sweep(1, visit);
  visited.clear();
  Outbox joiner;
  joiner.Join(log);
  while (!log.Sweep(1, visit)) {
  }
  EXPECT_EQ(visited.size(), 4u);
}

// A member that always has something to send, and never hears itself, must not collect a record of
// every line it ever spoke.
TEST(Outbox, TheRecordOfUnheardLinesDoesNotGrowWhileSomethingIsAlwaysOwed) {
  BroadcastLog log;
  Outbox speaker, other;
  speaker.Join(log);
  other.Join(log);
  speaker.Push(Text("x"));
  for (int i = 0; i < 100000; ++i) {
    AppendWithout(speaker, log, "spoken");
    speaker.Push(Text("y"));
    speaker.Advance(1);
    SendAll(other);
  }
  EXPECT_EQ(Owed(speaker), "y");
}

// Nor must one that owes a little of the log, and is left out of everything, make it keep all of it.
TEST(Outbox, WhoIsLeftOutOfEverythingDoesNotHoldTheLog) {
  for (const bool owes_of_the_log : {false, true}) {
    BroadcastLog log;
    Outbox speaker, other;
    speaker.Join(log);
    other.Join(log);
    if (owes_of_the_log) log.Append({AsBytes("said ")});
    speaker.Push(Text("alone"));
    uint64_t most = 0;
    for (int i = 0; i < 100000; ++i) {
      AppendWithout(speaker, log, "spoken");
      SendAll(other);
      most = std::max(most, log.retained_bytes());
    }
    EXPECT_LE(most, uint64_t{128} * 1024);
    log.Append({AsBytes(" heard")});
    EXPECT_EQ(Owed(speaker), owes_of_the_log ? "said alone heard" : "alone heard");
    SendAll(speaker);
    EXPECT_TRUE(speaker.empty());
  }
}

TEST(Outbox, ClearingForgetsEverythingAndLeaves) {
  BroadcastLog log;
  Outbox member;
  member.Push(Text("private"));
  member.Join(log);
  log.Append({AsBytes("said")});
  member.Clear();
  EXPECT_TRUE(member.empty());
  EXPECT_EQ(member.pending_bytes(), 0u);
  EXPECT_EQ(log.members(), 0u);
}

TEST(Outbox, JoiningAnotherLogLeavesTheFirstWithoutLosingALine) {
  BroadcastLog first, second;
  Outbox member;
  member.Join(first);
  first.Append({AsBytes("first ")});
  second.Append({AsBytes("unheard ")});
  member.Join(second);
  first.Append({AsBytes("unheard ")});
  second.Append({AsBytes("second")});
  EXPECT_EQ(Owed(member), "first second");
}

}  // namespace
}  // namespace parley
