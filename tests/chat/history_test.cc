// What is kept of what happened: by number, within its limits.

#include "chat/rooms/history.h"

#include <gtest/gtest.h>

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

// A ring whose places have held long lines must not go on holding that memory for short ones.
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
