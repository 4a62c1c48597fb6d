#include "bench/load/delivery_check.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/payload.h"

namespace parley::bench {
namespace {

constexpr size_t kTextSize = 54;

// Ten lines by two publishers to one recipient.
class DeliveryCheckTest : public ::testing::Test {
 protected:
  DeliveryCheckTest() { check_.Expect(&recipient_); }

  void Deliver(uint32_t publisher, uint64_t sequence, int64_t now = 1000) {
    std::string text;
    AppendPayload({.publisher = publisher, .sequence = sequence, .scheduled = 100}, kTextSize,
                  &text);
    check_.OnText(recipient_, text.data(), now);
  }

  void DeliverAllOf(uint32_t publisher) {
    for (uint64_t sequence = 0; sequence < 5; ++sequence) Deliver(publisher, sequence);
  }

  const Faults& faults() const { return record_->faults; }

  const Schedule schedule_{{.publishers = 2, .lines_per_second = 10, .seconds = 1}};
  const Schedule tells_{{.publishers = 1, .lines_per_second = 0}};
  std::unique_ptr<WorkerRecord> record_ = std::make_unique<WorkerRecord>();
  std::vector<LineRecord> lines_ = std::vector<LineRecord>(10);
  DeliveryCheck check_{&schedule_, &tells_, 1, kTextSize, record_.get(), lines_.data()};
  Reception recipient_;
};

TEST_F(DeliveryCheckTest, FindsNothingWrongWithAllLinesInOrder) {
  DeliverAllOf(1);
  EXPECT_FALSE(check_.complete());
  DeliverAllOf(0);
  EXPECT_TRUE(check_.complete());
  check_.Finish(recipient_);
  EXPECT_EQ(
      faults().lost + faults().doubled + faults().reordered + faults().corrupt + faults().foreign,
      0u);
  EXPECT_EQ(record_->delivery.count(), 10u);
  EXPECT_EQ(record_->delivery.max(), 900);
  for (const LineRecord& line : lines_) EXPECT_EQ(line.received, 1u);
}

TEST_F(DeliveryCheckTest, CountsAGap) {
  DeliverAllOf(1);
  for (const uint64_t sequence : {0, 1, 4}) Deliver(0, sequence);
  check_.Finish(recipient_);
  EXPECT_EQ(faults().lost, 2u);
  EXPECT_EQ(lines_[schedule_.LineNumber(0, 2)].received, 0u);
}

TEST_F(DeliveryCheckTest, CountsWhatNeverCameAtTheEnd) {
  DeliverAllOf(1);
  Deliver(0, 0);
  EXPECT_FALSE(check_.complete());
  check_.Finish(recipient_);
  EXPECT_EQ(faults().lost, 4u);
}

TEST_F(DeliveryCheckTest, CountsADouble) {
  Deliver(0, 0);
  Deliver(0, 0);
  EXPECT_EQ(faults().doubled, 1u);
  EXPECT_EQ(record_->delivery.count(), 1u);
}

TEST_F(DeliveryCheckTest, ALateLineIsReorderedAndNotLost) {
  DeliverAllOf(1);
  for (const uint64_t sequence : {0, 2, 1, 3, 4}) Deliver(0, sequence);
  check_.Finish(recipient_);
  EXPECT_EQ(faults().reordered, 1u);
  EXPECT_EQ(faults().lost, 0u);
  EXPECT_EQ(faults().doubled, 0u);
  Deliver(0, 1);
  EXPECT_EQ(faults().doubled, 1u);
}

TEST_F(DeliveryCheckTest, ATextThatIsNotWholeIsCorruptAndItsLineLost) {
  std::string text;
  AppendPayload({.publisher = 0, .sequence = 0}, kTextSize, &text);
  text[40] = 'x';
  check_.OnText(recipient_, text.data(), 1000);
  EXPECT_EQ(faults().corrupt, 1u);
  Deliver(0, 1);
  EXPECT_EQ(faults().lost, 1u);
}

TEST_F(DeliveryCheckTest, ATextOfAnotherRoomOrOfNobodyIsForeign) {
  Reception elsewhere;
  elsewhere.room = 1;
  DeliveryCheck two_rooms(&schedule_, &tells_, 2, kTextSize, record_.get(), lines_.data());
  two_rooms.Expect(&elsewhere);
  std::string text;
  AppendPayload({.publisher = 0, .sequence = 0}, kTextSize, &text);
  two_rooms.OnText(elsewhere, text.data(), 1000);
  EXPECT_EQ(faults().foreign, 1u);
  Deliver(2, 0);
  EXPECT_EQ(faults().foreign, 2u);
  Deliver(0, 5);  // a line that nobody was to say
  EXPECT_EQ(faults().foreign, 3u);
}

TEST_F(DeliveryCheckTest, ARecipientThatStalledMaySkipButNotHearTwice) {
  Reception stalled;
  stalled.recorded = stalled.strict = false;
  check_.Expect(&stalled);
  std::string text;
  AppendPayload({.publisher = 0, .sequence = 3}, kTextSize, &text);
  check_.OnText(stalled, text.data(), 1000);
  EXPECT_EQ(faults().lost, 0u);
  EXPECT_EQ(record_->skipped, 3u);
  check_.OnText(stalled, text.data(), 1000);
  EXPECT_EQ(faults().doubled, 1u);
  EXPECT_EQ(record_->delivery.count(), 0u);
}

TEST_F(DeliveryCheckTest, TellsAreForTheOneWhoIsToldAndMayBeShownToTheTeller) {
  const Schedule tells({.publishers = 1, .lines_per_second = 2, .seconds = 1});
  DeliveryCheck check(&schedule_, &tells, 1, kTextSize, record_.get(), lines_.data());
  Reception told;
  told.hears_tells = true;
  Reception teller;
  teller.tells = true;
  for (Reception* reception : {&told, &teller}) check.Expect(reception);
  const auto tell = [&](Reception& reception, uint64_t sequence) {
    std::string text;
    AppendPayload({.publisher = 2, .sequence = sequence, .scheduled = 400}, kTextSize, &text);
    check.OnText(reception, text.data(), 1000);
  };
  tell(told, 0);
  tell(teller, 0);
  EXPECT_EQ(faults().foreign, 0u);
  EXPECT_EQ(record_->tell.count(), 1u);
  EXPECT_EQ(record_->tell.max(), 600);
  tell(told, 0);
  EXPECT_EQ(faults().doubled, 1u);
  tell(recipient_, 1);
  EXPECT_EQ(faults().foreign, 1u);
}

// How many notes there is room for.
class DeliveryCheckOfManyTest : public ::testing::TestWithParam<size_t> {};
INSTANTIATE_TEST_SUITE_P(Notes, DeliveryCheckOfManyTest,
                         ::testing::Values(0, 2, DeliveryCheck::kMostNotes));

// Two recipients of the only publisher: one by one here, many at a time there.
TEST_P(DeliveryCheckOfManyTest, RecordsLinesThatComeTogetherLikeLinesThatComeOneByOne) {
  constexpr int64_t kStart = 5000;
  const Schedule schedule({.publishers = 1, .lines_per_second = 10, .warmup = 0.2, .seconds = 1});
  const Schedule tells({.publishers = 1, .lines_per_second = 0});
  struct Side {
    Side(const Schedule* schedule, const Schedule* tells)
        : check(schedule, tells, 1, kTextSize, record.get(), lines.data(), GetParam()) {
      for (Reception& recipient : recipients) check.Expect(&recipient);
      check.RecordSeriesIn(series.get());
    }
    std::unique_ptr<WorkerRecord> record = std::make_unique<WorkerRecord>();
    std::unique_ptr<Histogram> series = std::make_unique<Histogram>();
    std::vector<LineRecord> lines = std::vector<LineRecord>(10);
    std::vector<Reception> recipients = std::vector<Reception>(2);
    DeliveryCheck check;
  };
  Side single(&schedule, &tells);
  Side together(&schedule, &tells);
  together.check.Start(kStart);

  int64_t now = kStart + 2'000'000'000;
  const auto deliver = [&](size_t recipient, uint64_t count) {
    now += 1'000'000;
    Reception& reception = single.recipients[recipient];
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t sequence = reception.next[0];
      const auto due = static_cast<uint64_t>(kStart + schedule.LineTime(sequence));
      std::string text;
      AppendPayload({.publisher = 0, .sequence = sequence, .scheduled = due}, kTextSize, &text);
      single.check.OnText(reception, text.data(), now);
    }
    together.check.OnExpectedLines(together.recipients[recipient], count, now);
  };
  deliver(0, 1);  // of the warm-up
  deliver(1, 3);
  deliver(0, 7);
  deliver(1, 9);
  EXPECT_FALSE(together.check.complete());
  deliver(0, 4);
  EXPECT_TRUE(together.check.complete());
  for (int times = 0; times < 2; ++times) together.check.Settle();

  EXPECT_EQ(together.record->deliveries, 24u);
  EXPECT_EQ(single.record->deliveries, 24u);
  EXPECT_EQ(together.record->delivery.count(), 20u);
  EXPECT_EQ(together.series->count(), 20u);
  EXPECT_EQ(single.series->count(), 20u);
  const Histogram& expected = single.record->delivery;
  const Histogram& recorded = together.record->delivery;
  EXPECT_EQ(recorded.max(), expected.max());
  for (const double percentile : {1.0, 25.0, 50.0, 75.0, 99.0}) {
    EXPECT_EQ(recorded.ValueAtPercentile(percentile), expected.ValueAtPercentile(percentile));
  }
  for (size_t line = 0; line < 10; ++line) {
    EXPECT_EQ(together.lines[line].received, 2u) << line;
    EXPECT_EQ(together.lines[line].last_ns, single.lines[line].last_ns) << line;
  }
}

TEST_F(DeliveryCheckTest, OneThatIsGoneLosesTheRestAndIsNotWaitedFor) {
  Deliver(0, 0);
  check_.Forget(&recipient_);
  EXPECT_EQ(faults().lost, 9u);
  EXPECT_TRUE(check_.complete());
}

}  // namespace
}  // namespace parley::bench
