// Nobody is judged silent while what they have sent waits somewhere (F8): in the socket of a server
// that stood still, behind more than a turn can read, for its rate, for the main thread.

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class WaitingInputTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(WaitingInputTest);

TEST_P(WaitingInputTest, WhoseLineWaitedWhileTheServerStoodStillIsNotIdle) {
  Limits limits = UnhurriedLimits();
  limits.idle_time = seconds(1);
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  const std::string line = "say here\n";
  ASSERT_EQ(ann.Offer(line), line.size());
  world.StandStill(milliseconds(1300));
  EXPECT_EQ(ann.HearsUntil("ann: here\r\n"), "ann: here\r\n");
  EXPECT_EQ(ann.Says("look"), "Room lobby: 1 person: ann\r\n");
  EXPECT_EQ(ann.LastWords(), "You were idle for 1s. Goodbye.\r\n") << "but later it is";
}

TEST_P(WaitingInputTest, LoginsThatWaitedAreObeyedBeforeTheDeadlineIsJudged) {
  // More than one turn hears of (512 events).
  const size_t count = server().engine == kSimulated ? 30 : 600;
  Limits limits = UnhurriedLimits();
  limits.login_deadline = seconds(2);
  ChatWorld world(server(), limits);
  std::vector<Person> people;
  for (size_t i = 0; i < count; ++i) people.push_back(world.Connect());
  ASSERT_TRUE(world.RunUntil([&] { return world.server().sessions() == count; }));
  for (size_t i = 0; i < count; ++i) people[i].Offer(absl::StrCat("login p", i, "\n"));
  world.StandStill(milliseconds(2300));
  EXPECT_TRUE(
      world.RunUntil([&] { return world.people() == count || world.server().sessions() < count; }));
  EXPECT_EQ(world.people(), count);
}

TEST_P(WaitingInputTest, WhoseLinesWaitForTheirRateIsNotIdle) {
  Limits limits = UnhurriedLimits();
  limits.max_lines_per_second = 20;
  limits.idle_time = milliseconds(500);
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  std::string lines;
  for (int i = 0; i < 65; ++i) absl::StrAppend(&lines, "say ", i, "\n");
  ann.Send(lines);
  EXPECT_THAT(ann.HearsUntil("ann: 64\r\n"), HasSubstr("ann: 63\r\n"));
  const TimePoint last = world.Now();
  EXPECT_EQ(ann.LastWords(), "You were idle for 500ms. Goodbye.\r\n");
  EXPECT_GE(world.Now() - last, milliseconds(400)) << "idle from its last line on";
}

// Nothing is left in the socket then: the line waits here.
TEST_P(WaitingInputTest, WhoseLineWaitsLongerForItsRateThanOneMayBeIdleIsNotIdle) {
  Limits limits = UnhurriedLimits();
  limits.max_lines_per_second = 1;
  limits.idle_time = milliseconds(400);
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  const TimePoint began = world.Now();
  ann.Send("say 0\nsay 1\nsay 2\n");
  EXPECT_EQ(ann.HearsUntil("ann: 2\r\n"), "ann: 0\r\nann: 1\r\nann: 2\r\n");
  EXPECT_GE(world.Now() - began, milliseconds(700)) << "it did wait";
}

// With I/O threads, a deadline may pass while the line is on its way to the main thread.
TEST_P(WaitingInputTest, AnIdleDeadlineThatCrossesALineIsVoid) {
  Limits limits = UnhurriedLimits();
  limits.idle_time = seconds(5);
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("say hi"), "ann: hi\r\n");
  world.server().OnNews({.kind = News::Kind::kIdleTooLong,
                         .policy = IdlePolicy::kIdle,
                         .client = world.server().chat().users.Find("ann")->client()});
  EXPECT_EQ(ann.Says("say still here"), "ann: still here\r\n");
}

// What takes more time than a test should wait for.
class LongWaitTest : public ChatTest {};
PARLEY_WITH_SERVERS(LongWaitTest, std::vector<ServerKind>({{kSimulated, 1}}));

TEST_P(LongWaitTest, WhoSendsWithoutEndAndNeverLogsInIsNotWaitedForWithoutEnd) {
  Limits limits = UnhurriedLimits();
  limits.max_lines_per_second = 20;
  limits.login_deadline = seconds(5);
  ChatWorld world(server(), limits);
  Person eve = world.Connect();
  const TimePoint began = world.Now();
  EXPECT_TRUE(world.RunUntil([&] {
    eve.Offer("nonsense\n");
    return !eve.Listen();
  }));
  EXPECT_THAT(eve.LastWords(), EndsWith("You did not log in within 5s. Goodbye.\r\n"));
  EXPECT_GE(world.Now() - began, seconds(5));
  EXPECT_LT(world.Now() - began, seconds(30));
}

}  // namespace
}  // namespace parley::chat
