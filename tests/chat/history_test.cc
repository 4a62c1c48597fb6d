// What is kept of what happened: by number, within its limits.

#include "chat/rooms/history.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace parley::chat {
namespace {

constexpr RoomId kRoom = 3;

RoomEvent Said(uint64_t seq, absl::string_view text, RoomId room = kRoom, uint32_t epoch = 1) {
  return {.kind = RoomEvent::Kind::kSaid,
          .room = room,
          .epoch = epoch,
          .seq = seq,
          .actor = {.name = "ann"},
          .text = text};
}

std::vector<std::string> TextsSince(const History& history, uint64_t seq, RoomId room = kRoom,
                                    uint32_t epoch = 1) {
  std::vector<std::string> texts;
  history.ForEachSince(room, epoch, seq, [&](const RoomEvent& event) {
    texts.push_back(absl::StrCat(event.seq, " ", event.actor.name, ": ", event.text));
  });
  return texts;
}

TEST(HistoryTest, GivesBackWhatCameBehindANumber) {
  History history;
  for (uint64_t seq = 1; seq <= 3; ++seq) history.Add(Said(seq, absl::StrCat("line ", seq)));
  EXPECT_EQ(TextsSince(history, 1), (std::vector<std::string>{"2 ann: line 2", "3 ann: line 3"}));
  EXPECT_EQ(TextsSince(history, 3), std::vector<std::string>());
  EXPECT_EQ(history.OldestSeq(kRoom), 1U);
}

TEST(HistoryTest, AnotherEpochHasNothing) {
  History history;
  history.Add(Said(1, "before"));
  history.Forget(kRoom);
  EXPECT_EQ(history.bytes(), 0U);
  history.Add(Said(1, "after", kRoom, 2));
  EXPECT_EQ(TextsSince(history, 0, kRoom, 1), std::vector<std::string>());
  EXPECT_EQ(TextsSince(history, 0, kRoom, 2).size(), 1U);
}

TEST(HistoryTest, KeepsTheLastTwoHundredOfARoom) {
  History history;
  for (uint64_t seq = 1; seq <= 1000; ++seq) {
    history.Add(Said(seq, absl::StrCat(seq)));
    const std::vector<std::string> held = TextsSince(history, 0);
    const uint64_t oldest = seq > History::kEventsPerRoom ? seq - History::kEventsPerRoom + 1 : 1;
    ASSERT_EQ(held.size(), seq - oldest + 1);
    ASSERT_EQ(history.OldestSeq(kRoom), oldest);
    ASSERT_EQ(held.front(), absl::StrCat(oldest, " ann: ", oldest));
    ASSERT_EQ(held.back(), absl::StrCat(seq, " ann: ", seq));
  }
}

TEST(HistoryTest, OverItsBytesTheOldestOfAllRoomsGo) {
  constexpr size_t kMostBytes = 100'000;
  History history(kMostBytes);
  const std::string text(1000, 'x');
  for (uint64_t seq = 1; seq <= 50; ++seq) {
    for (RoomId room = 1; room <= 4; ++room) {
      history.Add(Said(seq, text, room));
      ASSERT_LE(history.bytes(), kMostBytes);
    }
  }
  // The four rooms had the same to say, so what is left of each is the same.
  for (RoomId room = 1; room <= 4; ++room) {
    EXPECT_GT(history.OldestSeq(room), 25U);
    EXPECT_LE(history.OldestSeq(room) - history.OldestSeq(4), 1U);
    EXPECT_EQ(TextsSince(history, 0, room).size(), 50 - history.OldestSeq(room) + 1);
  }
}

TEST(HistoryTest, GivesBackAnEventAsItWas) {
  History history;
  const Profile* const profile = reinterpret_cast<const Profile*>(&history);  // is not looked at
  const RoomEvent events[] = {
      {.kind = RoomEvent::Kind::kEntered,
       .room = kRoom,
       .epoch = 7,
       .seq = 41,
       .time = TimePoint(std::chrono::seconds(5)),
       .actor = {.name = "ann", .profile = profile, .host = "192.0.2.7"},
       .people = 12},
      {.kind = RoomEvent::Kind::kTopicSet,
       .room = kRoom,
       .epoch = 7,
       .seq = 42,
       .time = TimePoint(std::chrono::seconds(6)),
       .actor = {.name = "", .profile = nullptr},
       .text = "tea",
       .people = 3},
  };
  for (const RoomEvent& event : events) history.Add(event);
  const RoomEvent* expected = events;
  history.ForEachSince(kRoom, 7, 0, [&](const RoomEvent& event) {
    EXPECT_EQ(event.kind, expected->kind);
    EXPECT_EQ(event.room, expected->room);
    EXPECT_EQ(event.epoch, expected->epoch);
    EXPECT_EQ(event.seq, expected->seq);
    EXPECT_EQ(event.time, expected->time);
    EXPECT_EQ(event.actor.name, expected->actor.name);
    EXPECT_EQ(event.actor.profile, expected->actor.profile);
    EXPECT_EQ(event.actor.host, "") << "which is not kept";
    EXPECT_EQ(event.text, expected->text);
    EXPECT_EQ(event.people, expected->people);
    ++expected;
  });
  EXPECT_EQ(expected, events + 2);
}

TEST(HistoryTest, WhatIsLargerThanTheLimitIsNotKeptAndTheRoomGoesOn) {
  History history(10'000);
  history.Add(Said(1, "before"));
  history.Add(Said(2, std::string(20'000, 'x')));
  EXPECT_EQ(history.bytes(), 0U);
  EXPECT_EQ(history.OldestSeq(kRoom), 0U);
  history.Add(Said(3, "after"));
  EXPECT_EQ(TextsSince(history, 0), std::vector<std::string>{"3 ann: after"});
  history.Forget(kRoom);
  EXPECT_EQ(history.bytes(), 0U);
}

// A room that has had long lines must not go on holding that memory for short ones.
TEST(HistoryTest, MemoryOfLongLinesIsGivenBack) {
  History history;
  uint64_t seq = 0;
  for (size_t i = 0; i < History::kEventsPerRoom; ++i) {
    history.Add(Said(++seq, std::string(4000, 'x')));
  }
  EXPECT_GT(history.bytes(), 4000 * History::kEventsPerRoom);
  for (size_t i = 0; i < History::kEventsPerRoom; ++i) history.Add(Said(++seq, "short"));
  EXPECT_LT(history.bytes(), 1000 * History::kEventsPerRoom);
}

}  // namespace
}  // namespace parley::chat
