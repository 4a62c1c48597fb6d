// Readers who stop reading, on a server whose listeners treat them differently: what they are told,
// why they are closed, and that nobody else notices.

#include <gmock/gmock.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "reactor/base/log.h"
#include "tests/chat/running_server.h"

namespace parley::chat {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class SlowReadersTest : public ChatTest {};
PARLEY_WITH_EVERY_SOCKET_SERVER(SlowReadersTest);

constexpr absl::string_view kSkipAndDisconnect =
    "friendly+skip@127.0.0.1:0,friendly+disconnect@127.0.0.1:0";
constexpr size_t kSkip = 0;
constexpr size_t kDisconnect = 1;
constexpr int kSmallBuffer = 4096;
constexpr size_t kLineBytes = 1000;

Limits NarrowLimits() {
  Limits limits = UnhurriedLimits();
  limits.soft_lag_bytes = 64 * 1024;
  limits.max_lag_bytes = 256 * 1024;
  return limits;
}

// One who speaks and one who listens, each on another listener, both as fast as the server: neither
// is ever more than one line behind.
class Conversation {
 public:
  explicit Conversation(const RunningServer& server)
      : speaker_(ArriveAt(server.address(kDisconnect), "speaker")),
        listener_(ArriveAt(server.address(kSkip), "listener")) {
    speaker_.LinesUntil("listener has entered");
  }

  // Waits until somebody has come; what is heard is counted from here.
  void Await(absl::string_view name) {
    speaker_.LinesUntil(absl::StrCat(name, " has entered the room."));
    listener_.LinesUntil(absl::StrCat(name, " has entered the room."));
    heard_.clear();
  }

  void Speak(int number) {
    const std::string text = absl::StrCat(number, " ", std::string(kLineBytes, 'x'));
    speaker_.Say(absl::StrCat("say ", text));
    const std::vector<std::string> by_speaker = speaker_.LinesUntil(text);
    const std::vector<std::string> by_listener = listener_.LinesUntil(text);
    ASSERT_EQ(by_speaker, by_listener) << "both hear everything";
    ASSERT_EQ(by_speaker.back(), absl::StrCat("speaker: ", text));
    heard_.insert(heard_.end(), by_listener.begin(), by_listener.end());
  }
  void SpeakLines(int count) {
    for (int i = 0; i < count && !::testing::Test::HasFatalFailure(); ++i) Speak(i);
  }

  const std::vector<std::string>& heard() const { return heard_; }

 private:
  Terminal speaker_;
  Terminal listener_;
  std::vector<std::string> heard_;
};

// The number in "[17 lines skipped]".
std::optional<size_t> LinesSkipped(absl::string_view line) {
  size_t count = 0;
  if (!absl::ConsumePrefix(&line, "[") || !absl::ConsumeSuffix(&line, " lines skipped]") ||
      !absl::SimpleAtoi(line, &count)) {
    return std::nullopt;
  }
  return count;
}

// What a slow reader reads must be what everybody heard, with gaps of exactly the lengths that it
// is told. Returns how many lines it was told to have missed.
size_t ExpectAllIsReadOrCounted(Terminal& slow, const std::vector<std::string>& heard) {
  size_t skipped = 0;
  for (size_t next = 0; next < heard.size();) {
    const std::optional<std::string> line = slow.Line();
    if (!line) {
      ADD_FAILURE() << "closed after " << next << " of " << heard.size() << " lines";
      break;
    }
    if (const std::optional<size_t> count = LinesSkipped(*line)) {
      EXPECT_GT(*count, 0U);
      skipped += *count;
      next += *count;
      EXPECT_LE(next, heard.size()) << "told of more lines than there were";
    } else if (*line != heard[next++]) {
      ADD_FAILURE() << "line " << next - 1 << " is " << line->substr(0, 60);
      break;
    }
  }
  return skipped;
}

// What is logged while it lives.
class LogLines {
 public:
  LogLines() {
    SetLogSink([this](Severity, absl::string_view line) {
      const std::lock_guard<std::mutex> lock(mutex_);
      lines_.emplace_back(line);
    });
  }
  ~LogLines() { SetLogSink(nullptr); }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  std::vector<std::string> lines() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// The one line about somebody who was too slow (F4).
auto IsDisconnected(absl::string_view name, absl::string_view reason) {
  return MatchesRegex(absl::StrCat("\"", name, "\" from 127.0.0.1:[0-9]+ is disconnected: ", reason,
                                   " \\([0-9]+ bytes were owed\\)"));
}

TEST_P(SlowReadersTest, EachListenerHasItsPolicyAndNobodyElseNotices) {
  const LogLines log;
  RunningServer server(this->server(), NarrowLimits(), kSkipAndDisconnect);
  Conversation conversation(server);
  Terminal cut = ArriveAt(server.address(kDisconnect), "cut", kSmallBuffer);
  Terminal late = ArriveAt(server.address(kSkip), "late", kSmallBuffer);
  conversation.Await("late");
  ASSERT_NO_FATAL_FAILURE(conversation.SpeakLines(2000));

  EXPECT_THAT(server.reasons(), ElementsAre("fell too far behind"));
  EXPECT_THAT(log.lines(), ElementsAre(IsDisconnected("cut", "fell too far behind")));
  EXPECT_THAT(conversation.heard(), Contains("cut has left the room."));
  EXPECT_EQ(server.sessions(), 3U) << "who is skipped for stays";
  const size_t skipped = ExpectAllIsReadOrCounted(late, conversation.heard());
  EXPECT_GT(skipped, 1000U);
  // It has caught up, and is one among others again.
  late.Say("say here I am");
  EXPECT_EQ(late.Line(), "late: here I am");
}

TEST_P(SlowReadersTest, WhoDoesNotReadTheNoticeInTimeIsClosedForIt) {
  constexpr auto kLongest = std::chrono::milliseconds(300);
  const LogLines log;
  Limits limits = NarrowLimits();
  limits.longest_lag = kLongest;
  RunningServer server(this->server(), limits, kSkipAndDisconnect);
  Conversation conversation(server);
  Terminal late = ArriveAt(server.address(kSkip), "late", kSmallBuffer);
  conversation.Await("late");
  const auto began = std::chrono::steady_clock::now();
  const auto deadline = began + std::chrono::seconds(20);
  for (int i = 0; server.reasons().empty() && std::chrono::steady_clock::now() < deadline; ++i) {
    ASSERT_NO_FATAL_FAILURE(conversation.Speak(i));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - began, kLongest);
  constexpr char kReason[] = "did not read in time that lines were skipped";
  EXPECT_THAT(server.reasons(), ElementsAre(kReason));
  EXPECT_THAT(log.lines(), ElementsAre(IsDisconnected("late", kReason)));
  ASSERT_NO_FATAL_FAILURE(conversation.Speak(0));  // by which the farewell has been heard
  EXPECT_THAT(conversation.heard(), Contains("late has left the room."));
}

TEST_P(SlowReadersTest, WhatIsMeantForItAloneIsNotSkippedAndCountsAgainstTheHardLimit) {
  RunningServer server(this->server(), NarrowLimits(), kSkipAndDisconnect);
  Conversation conversation(server);
  Terminal late = ArriveAt(server.address(kSkip), "late", kSmallBuffer);
  conversation.Await("late");
  Terminal teller = ArriveAt(server.address(kDisconnect), "teller");
  const std::string tell = absl::StrCat("tell late ", std::string(kLineBytes, 'x'));
  for (int told = 0; told < 4000 && server.reasons().empty(); ++told) {
    teller.Say(tell);
    teller.Line();
  }
  EXPECT_THAT(server.reasons(), ElementsAre("fell too far behind"));
}

TEST_P(SlowReadersTest, WithoutALongestLagWhoIsSkippedForMayStayForEver) {
  Limits limits = NarrowLimits();
  limits.longest_lag = Duration::zero();
  RunningServer server(this->server(), limits, kSkipAndDisconnect);
  Conversation conversation(server);
  Terminal late = ArriveAt(server.address(kSkip), "late", kSmallBuffer);
  conversation.Await("late");
  ASSERT_NO_FATAL_FAILURE(conversation.SpeakLines(1000));
  EXPECT_THAT(server.reasons(), IsEmpty());
  EXPECT_GT(ExpectAllIsReadOrCounted(late, conversation.heard()), 100U);
}

}  // namespace
}  // namespace parley::chat
