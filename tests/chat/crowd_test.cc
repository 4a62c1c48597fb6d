// Many people at once: those who leave together, and a server that leaves while they talk.

#include <gmock/gmock.h>

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chat/profiles/friendly/friendly.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using ::testing::EndsWith;

class CrowdTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(CrowdTest);
class GoodbyeTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(GoodbyeTest);

void SendLines(Person& speaker, int from, int to) {
  std::string lines;
  for (int i = from; i < to; ++i) absl::StrAppend(&lines, "say ", i, "\n");
  speaker.Send(lines);
}

// The lines of `heard` that end with `ending`, in order.
std::vector<std::string> LinesEnding(absl::string_view heard, absl::string_view ending) {
  std::vector<std::string> found;
  for (absl::string_view line : absl::StrSplit(heard, "\r\n")) {
    if (absl::EndsWith(line, ending)) found.emplace_back(line);
  }
  return found;
}

TEST_P(CrowdTest, AThousandMayLeaveAtOnceWhileABroadcastRuns) {
  constexpr size_t kLeavers = 1000;
  constexpr int kLines = 40;
  ChatWorld world(server());
  Person speaker = world.Arrive("speaker");
  std::vector<Person> stayers = world.ArriveMany("s", 5);
  std::vector<Person> leavers = world.ArriveMany("g", kLeavers);
  speaker.Hears();
  for (Person& stayer : stayers) stayer.Hears();

  SendLines(speaker, 0, kLines / 2);
  for (size_t i = 0; i < kLeavers; ++i) {
    if (i % 2 == 0) {
      leavers[i].Close();
    } else {
      leavers[i].Reset();
    }
    if (i == kLeavers / 2) SendLines(speaker, kLines / 2, kLines);
  }
  EXPECT_TRUE(world.RunUntil([&] { return world.people() == 1 + stayers.size(); }));

  const std::string heard = speaker.Hears();
  std::vector<std::string> said;
  for (absl::string_view line : absl::StrSplit(heard, "\r\n")) {
    if (absl::StartsWith(line, "speaker: ")) said.emplace_back(line);
  }
  ASSERT_EQ(said.size(), static_cast<size_t>(kLines));
  for (int i = 0; i < kLines; ++i) EXPECT_EQ(said[i], absl::StrCat("speaker: ", i));
  std::vector<std::string> left = LinesEnding(heard, " has left the room.");
  std::vector<std::string> expected;
  for (size_t i = 0; i < kLeavers; ++i) {
    expected.push_back(absl::StrCat("g", i, " has left the room."));
  }
  EXPECT_THAT(left, ::testing::UnorderedElementsAreArray(expected));
  for (Person& stayer : stayers) EXPECT_EQ(stayer.Hears(), heard);
}

TEST_P(CrowdTest, EverybodyHearsTheSameOrder) {
  ChatWorld world(server());
  std::vector<Person> people = world.ArriveMany("p", 20);
  for (Person& person : people) person.Hears();
  for (Person& person : people) SendLines(person, 0, 50);
  // Everybody's lines are handled once everybody has been answered; then all has been spoken.
  std::vector<std::string> heard;
  heard.reserve(people.size());
  for (Person& person : people) heard.push_back(person.Hears());
  for (size_t i = 0; i < people.size(); ++i) heard[i] += people[i].Hears();
  for (const std::string& stream : heard) {
    EXPECT_EQ(stream, heard[0]);
    EXPECT_EQ(std::count(stream.begin(), stream.end(), '\n'), 20 * 50);
  }
}

// F19, with several renderings in the large room, each with a log that one turn does not sweep. Another profile is another rendering, also where it
// says the same.
class ManyRenderingsTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(ManyRenderingsTest);

TEST_P(ManyRenderingsTest, ASmallRoomDoesNotWaitForALargeOne) {
  constexpr size_t kRenderings = 4;
  constexpr size_t kEach = kSweepBatch + 4;
  constexpr int kLines = 15;
  std::deque<std::string> names;
  std::deque<Profile> profiles;
  for (size_t i = 0; i < kRenderings; ++i) {
    names.push_back(absl::StrCat("rendering", i));
    profiles.push_back({names.back(), FriendlyProfile().grammar, FriendlyProfile().renderer});
  }
  ChatWorld world(server());
  std::vector<Person> crowd;
  for (size_t i = 0; i < kRenderings * kEach; ++i) {
    crowd.push_back(world.ConnectTo(profiles[i % kRenderings]));
    crowd.back().Send(absl::StrCat("login c", i, "\n"));
  }
  ASSERT_TRUE(world.RunUntil([&] { return world.people() == crowd.size(); }));
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Says("join nook");
  bob.Says("join nook");
  for (Person& person : crowd) person.Hears();

  // The large room talks all the time, so that it always has somebody who is behind.
  int said = 0;
  std::string unsaid;
  for (int line = 0; line < kLines; ++line) {
    const std::string answer = absl::StrCat("ann: nook ", line, "\r\n");
    ann.Send(absl::StrCat("say nook ", line, "\n"));
    const TimePoint asked = world.Now();
    ASSERT_TRUE(world.RunUntil([&] {
      if (unsaid.empty()) unsaid = absl::StrCat("say ", said++, "\n");
      unsaid.erase(0, crowd[0].Offer(unsaid));
      bob.Listen();
      return absl::StrContains(bob.heard(), answer) ||
             world.Now() - asked > std::chrono::seconds(2);
    }));
    EXPECT_LT(world.Now() - asked, std::chrono::seconds(1)) << "in line " << line;
    bob.TakeHeard();
  }
  EXPECT_GE(said, kLines);
  crowd[0].Send(unsaid);
  // And everybody in the large room has heard the same.
  crowd[1].Send("say last\n");
  const std::string last = "c1: last\r\n";
  const std::vector<std::string> lines = LinesEnding(crowd[0].HearsUntil(last), "");
  for (size_t i = 1; i < crowd.size(); ++i) {
    ASSERT_EQ(LinesEnding(crowd[i].HearsUntil(last), ""), lines) << "c" << i;
  }
}

TEST_P(CrowdTest, ArrivingAndLeavingAllTheTimeLeavesNothingBehind) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  for (int round = 0; round < 20; ++round) {
    std::vector<Person> crowd = world.ArriveMany("c", 30);
    for (size_t i = 0; i < crowd.size(); ++i) {
      crowd[i].Send(absl::StrCat("join room", i % 7, "\nsay hello\n"));
    }
    ann.Says("hello");
    crowd.clear();
    EXPECT_TRUE(world.RunUntil([&] { return world.people() == 1; }));
  }
  // What the last of the crowd left behind may still be on its way to ann, in front of the answer.
  EXPECT_THAT(ann.Says("rooms"), ::testing::HasSubstr("1 room:\r\n"));
  ann.Close();
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(GoodbyeTest, EverybodyIsToldAndNoLineThatWasHeardByOneIsLostToAnother) {
  ChatWorld world(server());
  std::vector<Person> people = world.ArriveMany("p", 20);
  for (Person& person : people) person.Hears();
  for (Person& person : people) SendLines(person, 0, 200);
  // Under load: somebody's line has come back, most have not been read yet.
  EXPECT_TRUE(world.RunUntil([&] {
    people[0].Listen();
    return !people[0].heard().empty();
  }));
  world.gateway().StopListening();
  world.server().SayGoodbye();
  std::vector<std::string> heard;
  heard.reserve(people.size());
  for (Person& person : people) heard.push_back(person.LastWords());
  people.clear();
  for (const std::string& stream : heard) {
    EXPECT_EQ(stream, heard[0]);
    EXPECT_THAT(stream, EndsWith("\r\nThe server is going down. Goodbye.\r\n"));
  }
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(GoodbyeTest, WhoHasNotLoggedInIsToldToo) {
  ChatWorld world(server());
  Person stranger = world.Connect();
  stranger.Hears();
  world.server().SayGoodbye();
  EXPECT_EQ(stranger.LastWords(), "The server is going down. Goodbye.\r\n");
  stranger.Close();
  EXPECT_TRUE(world.BecomesEmpty());
}

}  // namespace
}  // namespace parley::chat
