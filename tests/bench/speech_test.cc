#include "bench/load/speech.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "bench/clock.h"
#include "bench/protocols/all.h"

namespace parley::bench {
namespace {

constexpr int64_t kStart = 7 * kNanosPerSecond;

// One publisher who says a thousand lines a second for a tenth of a second.
class SpeechTest : public ::testing::Test {
 protected:
  SpeechTest()
      : protocol_(*MakeProtocol("lines", 1)),
        schedule_({.lines_per_second = 1000, .seconds = 0.1}) {
    speaker_.fd.Reset(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  }

  Speech SpeechWithInterval(int64_t interval_ns) {
    Speech speech({.schedule = &schedule_,
                   .protocol = protocol_.get(),
                   .text_size = 64,
                   .interval_ns = interval_ns},
                  {&speaker_}, std::nullopt);
    speech.Start(kStart);
    return speech;
  }

  int64_t LinesOut() {
    const int64_t lines = std::count(speaker_.out.begin(), speaker_.out.end(), '\n');
    speaker_.out.clear();
    return lines;
  }

  std::unique_ptr<Protocol> protocol_;
  Schedule schedule_;
  Client speaker_;
  Histogram delay_;
};

TEST_F(SpeechTest, EachLineIsSaidAtItsOwnTime) {
  Speech speech = SpeechWithInterval(0);
  for (int64_t line = 0; line < 100; ++line) {
    ASSERT_EQ(speech.next_time(), kStart + line * kNanosPerMilli);
    EXPECT_TRUE(speech.SayDue(speech.next_time() - 1, &delay_).empty());
    EXPECT_EQ(speech.SayDue(speech.next_time(), &delay_).size(), 1u);
    EXPECT_EQ(LinesOut(), 1);
  }
  EXPECT_EQ(speech.next_time(), Speech::kOver);
  EXPECT_EQ(delay_.max(), 0);
}

TEST_F(SpeechTest, WithAnIntervalWhatIsDueGoesOutTogetherAtItsMultiples) {
  Speech speech = SpeechWithInterval(10 * kNanosPerMilli);
  // What is due at 0 goes at 0; what is due after 0 and up to 10 ms, at 10 ms; and so on.
  std::vector<int64_t> said;
  while (speech.next_time() != Speech::kOver) {
    ASSERT_EQ((speech.next_time() - kStart) % (10 * kNanosPerMilli), 0);
    EXPECT_EQ(speech.SayDue(speech.next_time(), &delay_).size(), 1u);
    said.push_back(LinesOut());
  }
  EXPECT_EQ(said, (std::vector<int64_t>{1, 10, 10, 10, 10, 10, 10, 10, 10, 10, 9}));
}

TEST_F(SpeechTest, TheWaitForTheIntervalIsPartOfTheDelay) {
  Speech speech = SpeechWithInterval(10 * kNanosPerMilli);
  while (speech.next_time() != Speech::kOver) speech.SayDue(speech.next_time(), &delay_);
  EXPECT_EQ(delay_.count(), 100u);
  EXPECT_EQ(delay_.max(), 9 * kNanosPerMilli);
  EXPECT_NEAR(delay_.mean(), 4.5 * kNanosPerMilli, 0.1 * kNanosPerMilli);
}

}  // namespace
}  // namespace parley::bench
