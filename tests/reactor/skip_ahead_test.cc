// What passes a reader by who is too far behind: whole messages, counted, and a notice in their place.

#include <gtest/gtest.h>

#include <chrono>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "reactor/broadcast/broadcast_log.h"
#include "reactor/broadcast/outbox.h"
#include "tests/reactor/outbox_test_support.h"

namespace parley {
namespace {

// A notice of so many messages.
Slice Skipped(uint64_t messages) { return Text(absl::StrCat("[", messages, "]")); }

// Somebody who reads too slowly, in a log from its beginning on.
class SkipAhead : public testing::Test {
 protected:
  SkipAhead() { reader_.Join(log_); }

  BroadcastLog log_;
  SegmentWriter writer_;
  Outbox reader_;
};

TEST_F(SkipAhead, GoesByMessageWhateverIsInIt) {
  Outbox other;
  other.Join(log_);
  log_.Append({AsBytes("one\nand a half")});
  log_.Append({AsBytes("two\n\n\n")});
  AppendWithout(other, log_, "three");
  reader_.Advance(1);
  reader_.SkipAhead(0, TimePoint(), writer_, Skipped);
  EXPECT_EQ(Owed(reader_), "ne\nand a half[2]") << "the message that was begun is heard to its end";
  other.SkipAhead(0, TimePoint(), writer_, Skipped);
  EXPECT_EQ(Owed(other), "[2]") << "what it was left out of does not count";
}

TEST_F(SkipAhead, WhatTheKernelReadsIsKeptToTheEndOfItsMessage) {
  const std::string messages[] = {"a\n", "bcd", "ef\ng"};
  const std::string kept[] = {"[3]", "a\n[2]", "a\n[2]", "a\nbcd[1]", "a\nbcd[1]", "a\nbcd[1]"};
  for (uint64_t reading = 0; reading < std::size(kept); ++reading) {
    BroadcastLog log;
    SegmentWriter writer;
    Outbox reader;
    reader.Join(log);
    for (const std::string& message : messages) log.Append({AsBytes(message)});
    reader.SkipAhead(reading, TimePoint(), writer, Skipped);
    EXPECT_EQ(Owed(reader), kept[reading]) << reading;
  }
}

TEST_F(SkipAhead, CountsWhatSlowerReadersLeaveBehind) {
  BroadcastLog log;
  SegmentWriter writer;
  Outbox slow, slower;
  slow.Join(log);
  slower.Join(log);
  constexpr int kMessages = 3000;
  uint64_t heard = 0;
  for (int i = 0; i < kMessages; ++i) {
    log.Append({AsBytes(absl::StrCat("message ", i, "."))});
    if (i % 7 == 0) slower.SkipAhead(0, TimePoint(), writer, Skipped);
    if (i % 100 == 0) {
      SendAll(slow);
      heard = static_cast<uint64_t>(i) + 1;
    }
  }
  slow.SkipAhead(0, TimePoint(), writer, Skipped);
  EXPECT_EQ(Owed(slow), absl::StrCat("[", kMessages - heard, "]"));
  slower.SkipAhead(0, TimePoint(), writer, Skipped);
  EXPECT_EQ(Owed(slower), absl::StrCat("[", kMessages, "]"));
  EXPECT_EQ(log.retained_bytes(), 0U);
}

TEST_F(SkipAhead, WhatIsHeardInPlaceOfAMessageIsSkippedLikeIt) {
  const auto say = [&](absl::string_view text, absl::string_view instead) {
    const BroadcastLog::Override override{&reader_, Text(instead)};
    log_.Append({AsBytes(text)}, {&override, 1});
  };
  say("a", "first ");
  say("b", "second ");
  reader_.Push(Text("alone "));
  say("c", "third ");
  log_.Append({AsBytes("d")});
  reader_.Advance(2);
  reader_.SkipAhead(0, TimePoint(), writer_, Skipped);
  EXPECT_EQ(Owed(reader_), "rst [3]alone ") << "the one that was begun is heard to its end";
}

TEST_F(SkipAhead, WhatALogOwedThatWasLeftIsSkippedToo) {
  BroadcastLog other_log;
  for (int i = 0; i < 1000; ++i) log_.Append({AsBytes(absl::StrCat("message ", i, "."))});
  reader_.Push(Text("alone"));
  reader_.Advance(3);  // so that its first must be heard to its end
  reader_.Join(other_log);
  EXPECT_EQ(log_.retained_bytes(), 0u);
  EXPECT_EQ(reader_.private_bytes(), 5u);
  other_log.Append({AsBytes("more")});
  reader_.SkipAhead(0, TimePoint(), writer_, Skipped);
  EXPECT_EQ(Owed(reader_), "sage 0.[1000]alone");
}

TEST_F(SkipAhead, OfALogThatWasLeftGoesByWholeEntriesOfAFewKibibytes) {
  BroadcastLog other_log;
  const std::string message(100, 'x');
  for (int i = 0; i < 1000; ++i) log_.Append({AsBytes(message)});
  reader_.Join(other_log);
  reader_.Advance(1);
  other_log.Append({AsBytes("more")});
  reader_.SkipAhead(0, TimePoint(), writer_, Skipped);
  // What was begun is more than its message, because only the log knew where that ends.
  EXPECT_LE(reader_.pending_bytes(), 4200u);
  const std::string owed = Owed(reader_);
  const size_t heard = (1 + owed.find('[')) / message.size();
  EXPECT_EQ(owed,
            absl::StrCat(std::string(heard * message.size() - 1, 'x'), "[", 1001 - heard, "]"));
}

TEST_F(SkipAhead, ANoticeKeepsItsAgeAndItsCountWhenTheLogIsLeftForAnother) {
  BroadcastLog other_log;
  log_.Append({AsBytes("missed")});
  const TimePoint began = TimePoint() + std::chrono::seconds(1);
  reader_.SkipAhead(0, began, writer_, Skipped);
  reader_.Join(other_log);
  other_log.Append({AsBytes("too")});
  const TimePoint later = began + std::chrono::seconds(1);
  EXPECT_EQ(reader_.SkipAhead(0, later, writer_, Skipped), began);
  EXPECT_EQ(Owed(reader_), "[2]");
}

TEST_F(SkipAhead, ANoticeThatTheKernelReadsKeepsItsAge) {
  log_.Append({AsBytes("missed")});
  const TimePoint began = TimePoint() + std::chrono::seconds(1);
  reader_.SkipAhead(0, began, writer_, Skipped);
  const TimePoint later = began + std::chrono::seconds(1);
  EXPECT_EQ(reader_.SkipAhead(3, later, writer_, Skipped), began) << "it has not gone out";
  log_.Append({AsBytes("too")});
  EXPECT_EQ(reader_.SkipAhead(0, later, writer_, Skipped), began);
  EXPECT_EQ(Owed(reader_), "[2]");
}

TEST_F(SkipAhead, ANoticeThatHasNotGoneOutIsStillToldWhenTheLogIsLeft) {
  log_.Append({AsBytes("missed")});
  reader_.SkipAhead(0, TimePoint(), writer_, Skipped);
  reader_.Leave();
  const TimePoint later = TimePoint() + std::chrono::seconds(1);
  EXPECT_EQ(reader_.SkipAhead(0, later, writer_, Skipped), later);
  EXPECT_EQ(Owed(reader_), "[1]");
}

}  // namespace
}  // namespace parley
