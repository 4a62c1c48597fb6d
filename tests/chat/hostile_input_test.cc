// What the server must survive from one client, and what the others may see of it.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using ::testing::HasSubstr;

class OriginalFaultsTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(OriginalFaultsTest);
class LineEndsTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(LineEndsTest);
class HostileTextTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(HostileTextTest);
class HalfCloseTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(HalfCloseTest);

TEST_P(OriginalFaultsTest, DoubleLogoutInOneSegmentEndsOnlyItsSender) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person dave = world.Connect();
  dave.Hears();
  EXPECT_THAT(dave.LastWords("login dave\nlogout\nlogout\n"),
              ::testing::EndsWith("You are in lobby with ann.\r\nGoodbye.\r\n"));
  EXPECT_EQ(ann.Hears(), "dave has entered the room.\r\ndave has left the room.\r\n");
  EXPECT_EQ(ann.Says("still here"), "ann: still here\r\n");
}

TEST_P(OriginalFaultsTest, LinesAfterLogoutAreNotHeard) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person dave = world.Arrive("dave");
  ann.Hears();
  EXPECT_EQ(dave.LastWords("logout\nsay ghost\nlogin eve\njoin cellar\nlook\n"), "Goodbye.\r\n");
  EXPECT_EQ(ann.Hears(), "dave has left the room.\r\n");
  EXPECT_EQ(ann.Says("who").find("eve"), std::string::npos);
  EXPECT_EQ(world.rooms(), 1U);
}

TEST_P(OriginalFaultsTest, SeveralLinesOfOneSegmentAreHandledInOrder) {
  ChatWorld world(server());
  Person dave = world.Connect();
  dave.Hears();
  dave.Send("login dave\nsay one\nme two\nsay three\nlook\n");
  EXPECT_THAT(dave.Hears(), ::testing::EndsWith("dave: one\r\n* dave two\r\ndave: three\r\n"
                                                "Room lobby: 1 person: dave\r\n"));
}

TEST_P(OriginalFaultsTest, AMultiByteCharacterMayBeSplitAtEveryByte) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Hears();
  const std::string line = "say 中文 é 😀\n";
  for (size_t cut = 1; cut < line.size(); ++cut) {
    bob.Send(line.substr(0, cut));
    ann.Hears();  // the piece arrives by itself
    bob.Send(line.substr(cut));
    EXPECT_EQ(bob.Hears(), "bob: 中文 é 😀\r\n") << "cut at " << cut;
    EXPECT_EQ(ann.Hears(), "bob: 中文 é 😀\r\n") << "cut at " << cut;
  }
  for (char byte : line) {
    bob.Send(std::string(1, byte));
    ann.Hears();
  }
  EXPECT_EQ(bob.Hears(), "bob: 中文 é 😀\r\n");
}

TEST_P(OriginalFaultsTest, InvalidUtf8NeitherDisconnectsNorReachesOthersRaw) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Hears();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"\x80", "\uFFFD"},                                // a continuation alone
      {"\xc3", "\uFFFD"},                                // cut off
      {"\xc0\xaf", "\uFFFD\uFFFD"},                      // overlong
      {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},            // a surrogate
      {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // above U+10FFFF
      {"\xfe", "\uFFFD"},                                // never a byte of UTF-8
  };
  for (const auto& [raw, shown] : cases) {
    EXPECT_EQ(bob.Says(absl::StrCat("say a", raw, "b")), absl::StrCat("bob: a", shown, "b\r\n"));
    EXPECT_EQ(ann.Hears(), absl::StrCat("bob: a", shown, "b\r\n"));
  }
}

TEST_P(LineEndsTest, EveryLineEndInEverySplitGivesTheSameLines) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  for (const std::string& end :
       {std::string("\n"), std::string("\r\n"), std::string("\r\0", 2), std::string("\r")}) {
    const std::string text = absl::StrCat("say one", end, "say two", end);
    for (size_t cut = 1; cut < text.size(); ++cut) {
      ann.Send(text.substr(0, cut));
      world.Connect().Hears();  // the piece arrives by itself
      ann.Send(text.substr(cut));
      EXPECT_EQ(ann.Hears(), "ann: one\r\nann: two\r\n")
          << ::testing::PrintToString(end) << " cut at " << cut;
    }
  }
}

TEST_P(LineEndsTest, AFeedBeforeAReturnIsABlankLine) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  ann.Send("say one\n\rsay two\n\r");
  EXPECT_EQ(ann.Hears(), "ann: one\r\nann: two\r\n");
}

TEST_P(LineEndsTest, AByteOrderMarkInFrontIsPassedOver) {
  ChatWorld world(server());
  Person ann = world.Connect();
  ann.Hears();
  const std::string text = "\xef\xbb\xbflogin ann\r\n";
  ann.Send(text.substr(0, 2));
  world.Connect().Hears();
  EXPECT_EQ(world.people(), 0U);
  ann.Send(text.substr(2));
  EXPECT_THAT(ann.Hears(), HasSubstr("Hello, ann."));
}

TEST_P(HostileTextTest, NulBytesAreShownAndHarmNobody) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Hears();
  EXPECT_EQ(bob.Says(std::string("say a\0b", 7)), "bob: a\u2400b\r\n");
  EXPECT_EQ(ann.Hears(), "bob: a\u2400b\r\n");
  EXPECT_EQ(bob.Says(std::string("\0\0\0", 3)), "bob: \u2400\u2400\u2400\r\n");
}

TEST_P(HostileTextTest, WhatWouldDriveATerminalIsShownAsMarks) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person eve = world.Arrive("eve");
  ann.Hears();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"\x1b[2J", "\u241b[2J"},                          // clears the screen
      {"\x1b]52;c;aGk=\x07", "\u241b]52;c;aGk=\u2407"},  // sets the clipboard
      {"\x7f\x7f", "\u2421\u2421"},                      // DEL
      {"\xc2\x9b"
       "2J",
       "<U+009B>2J"},                        // C1's CSI
      {"\u202Egnp.exe", "<U+202E>gnp.exe"},  // turns the reading direction
      {"a\u200Bb", "a<U+200B>b"},            // shows nothing
      {"a\x08\x08"
       "bob: I",
       "a\u2408\u2408bob: I"},  // writes over what stands there
  };
  for (const auto& [raw, shown] : cases) {
    eve.Says(absl::StrCat("say ", raw));
    EXPECT_EQ(ann.Hears(), absl::StrCat("eve: ", shown, "\r\n"));
  }
}

TEST_P(HostileTextTest, EveryWayToShowTextIsSafe) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person eve = world.Arrive("eve");
  ann.Hears();
  const std::string evil = "\x1b[31m\xff\xff\x9b";
  // Person checks every stream; these are the commands that repeat what was typed.
  for (const char* command :
       {"say ", "me ", "topic ", "tell ann ", "tell ", "join ", "look ", "/", "help ", "'"}) {
    eve.Send(absl::StrCat(command, evil, " x\n"));
    EXPECT_THAT(eve.Hears(), HasSubstr("\u241b")) << command;
    ann.Hears();
  }
  EXPECT_THAT(ann.Says("rooms"), HasSubstr("topic: \u241b[31m"));
  Person stranger = world.Connect();
  EXPECT_THAT(stranger.Says(absl::StrCat("login ", evil)), HasSubstr("\u241b"));
}

TEST_P(HalfCloseTest, RepliesStillComeAfterTheClientsEnd) {
  ChatWorld world(server());
  Person script = world.Connect();
  script.Send("login a\nlook\nlogout\n");
  script.EndOutput();
  EXPECT_THAT(script.LastWords(), ::testing::EndsWith("Room lobby: 1 person: a\r\nGoodbye.\r\n"));
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(HalfCloseTest, TheEndIsALogoutForWhoDidNotSayOne) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person script = world.Connect();
  script.Send("login a\nlook\n");
  script.EndOutput();
  EXPECT_THAT(script.LastWords(), ::testing::EndsWith("Room lobby: 2 people: ann, a\r\n"));
  EXPECT_TRUE(world.RunUntil([&] { return world.people() == 1; }));
  EXPECT_EQ(ann.Hears(), "a has entered the room.\r\na has left the room.\r\n");
}

TEST_P(HalfCloseTest, ALastLineWithoutAnEndIsHandled) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person script = world.Connect();
  script.Send("login a\nsay bye");
  script.EndOutput();
  EXPECT_THAT(script.LastWords(), ::testing::EndsWith("a: bye\r\n"));
  EXPECT_THAT(ann.Hears(), HasSubstr("a: bye\r\na has left the room.\r\n"));
}

TEST_P(HalfCloseTest, AnEndWithoutAWordLeavesNothingBehind) {
  ChatWorld world(server());
  Person nobody = world.Connect();
  nobody.EndOutput();
  EXPECT_THAT(nobody.LastWords(), HasSubstr("Welcome"));
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(HalfCloseTest, EveryOrderOfLoginLogoutAndCloseLeavesNothingBehind) {
  const std::vector<std::string> steps = {"login dave\n", "logout\n", "join garden\n", "dave",
                                          "login eve\n"};
  ChatWorld world(server());
  for (const std::string& first : steps) {
    for (const std::string& second : steps) {
      for (const std::string& third : steps) {
        for (int way = 0; way < 3; ++way) {
          Person person = world.Connect();
          person.Send(absl::StrCat(first, second, third));
          if (way == 0) person.Close();
          if (way == 1) person.Reset();
          if (way == 2) {
            person.EndOutput();
            person.LastWords();
          }
        }
      }
    }
  }
  EXPECT_TRUE(world.BecomesEmpty());
  // Who hung up at once may still have waited to be let in, and comes and goes now.
  Person zoe = world.Arrive("zoe");
  constexpr int kMostRounds = 1000;
  int rounds = 0;
  const auto is_alone = [&] {
    return absl::EndsWith(zoe.Says("rooms"), "1 room:\r\n  lobby: 1 person\r\n");
  };
  while (rounds < kMostRounds && !is_alone()) ++rounds;
  EXPECT_LT(rounds, kMostRounds);
  zoe.Close();
  EXPECT_TRUE(world.BecomesEmpty());
}

}  // namespace
}  // namespace parley::chat
