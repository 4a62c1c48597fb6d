// Four I/O threads under everything that makes them meet: people arrive, change rooms, talk, tell
// and leave in masses, by FIN and by reset, while some stay and count what they hear. Most telling
// in a build with the thread sanitizer.

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/chat/running_server.h"

namespace parley::chat {
namespace {

class ThreadsStressTest : public ChatTest {};

std::vector<ServerKind> KindsWithFourThreads() {
  std::vector<ServerKind> kinds = ServerKinds();
  std::erase_if(kinds, [](const ServerKind& kind) { return kind.threads != 1; });
  for (ServerKind& kind : kinds) kind.threads = 4;
  return kinds;
}
INSTANTIATE_TEST_SUITE_P(With, ThreadsStressTest, ::testing::ValuesIn(KindsWithFourThreads()),
                         [](const auto& parameter) { return parameter.param.Name(); });

constexpr auto kDuration = std::chrono::milliseconds(kSanitized ? 5000 : 2000);
constexpr int kSurvivors = 8;
constexpr int kSpeakers = 2;
constexpr int kMovers = 2;
constexpr int kCrowds = 3;
constexpr int kCrowdSize = 24;
constexpr int kRooms = 5;
constexpr absl::string_view kLastLine = "speaker0: that was all";

// When the noise has to end.
class Clock {
 public:
  bool Running() const { return std::chrono::steady_clock::now() < end_; }

 private:
  const std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + kDuration;
};

// Speaks numbered lines in the lobby until the time is over, a few ahead of what comes back.
// Returns how many.
int Speak(Terminal& speaker, absl::string_view name, const Clock& clock) {
  constexpr int kAhead = 10;
  int spoken = 0;
  while (clock.Running()) {
    std::string lines;
    for (int i = 0; i < kAhead; ++i) absl::StrAppend(&lines, "say ", spoken++, "\n");
    speaker.Send(lines);
    speaker.LinesUntil(absl::StrCat(name, ": ", spoken - 1));
  }
  return spoken;
}

// Goes from room to room and says something in each; hears itself once each time, in order.
void MoveAbout(const SocketAddress& server, int number, const Clock& clock) {
  const std::string name = absl::StrCat("mover", number);
  Terminal mover = ArriveAt(server, name);
  const std::string prefix = absl::StrCat(name, ": ");
  for (int said = 0; clock.Running(); ++said) {
    mover.Say(said % 4 == 3 ? "leave" : absl::StrCat("join room", (said + number) % kRooms));
    mover.Say(absl::StrCat("say ", said));
    const std::string own = absl::StrCat(prefix, said);
    std::vector<std::string> own_lines;
    for (std::string& line : mover.LinesUntil(own)) {
      if (absl::StartsWith(line, prefix)) own_lines.push_back(std::move(line));
    }
    ASSERT_THAT(own_lines, ::testing::ElementsAre(own));
  }
}

// Crowds that come, talk, tell survivors something and leave all at once, each in one of four ways.
// Returns how many people came.
int ComeAndGo(const SocketAddress& server, int number, const Clock& clock) {
  int come = 0;
  int told = 0;
  while (clock.Running()) {
    std::vector<Terminal> crowd;
    crowd.reserve(kCrowdSize);
    for (int i = 0; i < kCrowdSize; ++i) {
      crowd.emplace_back(server);
      crowd.back().Send(absl::StrCat("login c", number, "x", come++, "\ntell survivor",
                                     i % kSurvivors, " ", number, " ", told++, "\njoin room",
                                     i % kRooms, "\nsay hello\nleave\nsay again\nsay hal"));
      // The told numbers are in order only when whoever tells has been heard.
      crowd.back().LinesUntil("You tell");
    }
    for (size_t i = 0; i < crowd.size(); ++i) {
      if (i % 4 == 1) crowd[i].EndOutput();
      if (i % 4 == 2) crowd[i].Reset();
      if (i % 4 == 3) crowd[i].Say("f a line");
    }
    for (size_t i = 1; i < crowd.size(); i += 4) {
      while (crowd[i].Line()) {
      }
    }
  }
  return come;
}

// What a survivor heard: each speaker's numbers, and each crowd's told numbers.
struct Heard {
  std::array<std::vector<int>, kSpeakers> spoken;
  std::array<std::vector<int>, kCrowds> told;
  std::vector<std::string> room;  // all but what was told to this survivor alone
};

Heard Sort(const std::vector<std::string>& lines) {
  Heard heard;
  for (const std::string& line : lines) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    int number = 0;
    int crowd = 0;
    if (absl::StrContains(line, " tells you: ")) {
      if (absl::SimpleAtoi(words[words.size() - 2], &crowd) &&
          absl::SimpleAtoi(words.back(), &number)) {
        heard.told.at(static_cast<size_t>(crowd)).push_back(number);
      }
      continue;
    }
    heard.room.push_back(line);
    for (int speaker = 0; speaker < kSpeakers; ++speaker) {
      if (words[0] == absl::StrCat("speaker", speaker, ":") &&
          absl::SimpleAtoi(words[1], &number)) {
        heard.spoken[static_cast<size_t>(speaker)].push_back(number);
      }
    }
  }
  return heard;
}

std::vector<int> NumbersTo(int count) {
  std::vector<int> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(i);
  return numbers;
}

TEST_P(ThreadsStressTest, WhoStaysHearsEveryLineOnceAndInOrder) {
  Limits limits = UnhurriedLimits();
  limits.max_lag_bytes = 0;  // a slow machine is no reason to lose a survivor
  RunningServer server(this->server(), limits, "friendly@127.0.0.1:0");
  const SocketAddress& address = server.address(0);
  std::vector<Terminal> survivors;
  for (int i = 0; i < kSurvivors; ++i) {
    survivors.push_back(ArriveAt(address, absl::StrCat("survivor", i)));
  }
  std::vector<Terminal> speakers;
  for (int i = 0; i < kSpeakers; ++i) {
    speakers.push_back(ArriveAt(address, absl::StrCat("speaker", i)));
  }
  survivors[kSurvivors - 1].LinesUntil("speaker1 has entered the room.");

  const Clock clock;
  std::vector<std::vector<std::string>> lines(kSurvivors);
  std::array<int, kSpeakers> spoken{};
  std::atomic<int> come = 0;
  std::vector<std::thread> listening;
  for (size_t i = 0; i < kSurvivors; ++i) {
    listening.emplace_back([&, i] { lines[i] = survivors[i].LinesUntil(kLastLine); });
  }
  std::vector<std::thread> noise;
  for (size_t i = 0; i < kSpeakers; ++i) {
    noise.emplace_back(
        [&, i] { spoken[i] = Speak(speakers[i], absl::StrCat("speaker", i), clock); });
  }
  for (int i = 0; i < kMovers; ++i) noise.emplace_back([&, i] { MoveAbout(address, i, clock); });
  for (int i = 0; i < kCrowds; ++i) {
    noise.emplace_back([&, i] { come += ComeAndGo(address, i, clock); });
  }
  for (std::thread& thread : noise) thread.join();
  speakers[0].Say(kLastLine.substr(kLastLine.find(' ') + 1));
  for (std::thread& thread : listening) thread.join();

  EXPECT_GT(come, 2 * kCrowds * kCrowdSize) << "there was hardly any noise";
  const Heard last = Sort(lines[kSurvivors - 1]);
  for (const std::vector<std::string>& of_one : lines) {
    const Heard heard = Sort(of_one);
    for (size_t i = 0; i < kSpeakers; ++i) EXPECT_EQ(heard.spoken[i], NumbersTo(spoken[i]));
    for (const std::vector<int>& told : heard.told) {
      EXPECT_FALSE(told.empty());
      EXPECT_EQ(std::adjacent_find(told.begin(), told.end(), std::greater_equal<>()), told.end())
          << "told twice or out of order";
    }
    // All but the first lines, when others were still arriving: everybody hears the same room.
    ASSERT_GE(heard.room.size(), last.room.size());
    EXPECT_TRUE(std::equal(last.room.rbegin(), last.room.rend(), heard.room.rbegin()));
  }
  survivors.clear();
  speakers.clear();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.sessions() > 0 && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(server.sessions(), 0U);
}

}  // namespace
}  // namespace parley::chat
