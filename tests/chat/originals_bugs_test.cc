// What was wrong with the originals 0, 1 and 2 and stays mended, as originals_test.cc has their items;
// originals_pickle_test.cc has original 4's. A test is called Bug<original>_<promise>.

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/chat/chat_world.h"
#include "tests/chat/originals_test_support.h"

namespace parley::chat {
namespace {

class ClassicBugsTest : public ClassicTest {};
PARLEY_WITH_EVERY_SERVER(ClassicBugsTest);

TEST_P(ClassicBugsTest, Bug0_LinesOfTelnetAreUnderstood) {
  ChatWorld world(server());
  Person ann = Connect(world);
  ann.Send("login ann\r\nlook\r\n");
  EXPECT_EQ(ann.HearsUntil("ann\n"), "Login SuccessOnline Users:\nann\n");
}

TEST_P(ClassicBugsTest, Bug0_ACharacterMayBeSplitOverSegments) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  const std::string line = "say 你好\n";
  for (const char byte : line) {
    ann.Send(std::string(1, byte));
    world.RunUntil([] { return true; });
  }
  EXPECT_EQ(ann.HearsUntil("\n"), "ann: 你好\n");
}

TEST_P(ClassicBugsTest, Bug0_BytesThatAreNoUtf8DoNotDisconnect) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  ann.Send("say a\xFEz\xE4\xB8\n");
  EXPECT_EQ(ann.HearsUntil("\n"), "ann: a\uFFFDz\uFFFD\n");
}

TEST_P(ClassicBugsTest, Bug0_APipelinedDoubleLogoutEndsOneConnectionAndNothingElse) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Arrive(world, "bob");
  ann.HearsUntil("room.\n");
  EXPECT_EQ(bob.LastWords("logout\nlogout\nsay still here?\n"), "");
  EXPECT_EQ(ann.HearsUntil("\n"), "bob has left the room.\n");
  ann.Send("say on\n");
  EXPECT_EQ(ann.HearsUntil("\n"), "ann: on\n");
}

TEST_P(ClassicBugsTest, Bug0_NamesHaveNoSpacesAndNoEscapes) {
  ChatWorld world(server());
  Person ann = Connect(world);
  ann.Send("login two words\nlogin a\x1B[2J\nlogin ann\n");
  EXPECT_EQ(ann.HearsUntil("Login Success"), "UserName IllegalUserName IllegalLogin Success");
}

TEST_P(ClassicBugsTest, Bug0_LinesBehindALogoutAreNotHandled) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Arrive(world, "bob");
  ann.HearsUntil("room.\n");
  EXPECT_EQ(bob.LastWords("logout\nsay still here?\nlogin eve\n"), "");
  EXPECT_EQ(Connect(world).LastWords("logout\nlogin eve\n"), "");
  EXPECT_EQ(ann.LastWords("look\nlogout\n"), "bob has left the room.\nOnline Users:\nann\n");
}

// There whatever a handler got wrong about its types was answered so.
TEST_P(ClassicBugsTest, Bug0_ACommandThatExistsIsNeverCalledUnknown) {
  ChatWorld world(server());
  EXPECT_EQ(Connect(world).LastWords("logout now\n"), "");
  EXPECT_EQ(Connect(world).LastWords(
                "login ann\nlook at \xfe\nsay\nsay \xfe\nsay say %s {}\nlogout 1 2\n"),
            "Login SuccessOnline Users:\nann\nann: \nann: \uFFFD\nann: say %s {}\n");
}

// Nor are the handler's own methods commands.
TEST_P(ClassicBugsTest, Bug0_NothingButACommandIsACommand) {
  ChatWorld world(server());
  EXPECT_EQ(Connect(world).LastWords("unknown\nhandle x\n__init__\nlogin ann\ndo_say hi\nlogout\n"),
            "Unknown command unknown \nUnknown command handle \nUnknown command __init__ \n"
            "Login SuccessUnknown command do_say \n");
}

TEST_P(ClassicBugsTest, Bug0_ANameHasALimit) {
  ChatWorld world(server());
  const std::string name(20, 'n');
  EXPECT_EQ(
      Connect(world).LastWords(absl::StrCat("login ", name, "n\nlogin ", std::string(3000, 'n'),
                                            "\nlogin ", name, "\nlook\nlogout\n")),
      absl::StrCat("UserName IllegalUserName IllegalLogin SuccessOnline Users:\n", name, "\n"));
}

TEST_P(ClassicBugsTest, Bug0_ALineHasALimit) {
  Limits limits = UnhurriedLimits();
  limits.max_line_bytes = 100;
  ChatWorld world(server(), limits);
  const std::string text(96, 'x');
  EXPECT_EQ(Connect(world).LastWords(
                absl::StrCat("login ann\nsay ", text, "x\nsay ", text, "\nlogout\n")),
            absl::StrCat("Login SuccessThat line is longer than 100 bytes; it was dropped.\nann: ",
                         text, "\n"));
}

// What a reader does not take is no longer kept for it, and the others go on.
TEST_P(ClassicBugsTest, Bug0_WhatIsKeptForAReaderHasALimit) {
  constexpr int kReceiveBuffer = 4096;
  constexpr size_t kSpoken = size_t{2} << 20;
  Limits limits = UnhurriedLimits();
  limits.soft_lag_bytes = 64 * 1024;
  ChatWorld world(server(), limits);
  Person ann = Arrive(world, "ann");
  Person slow = world.ConnectTo("classic", "", kReceiveBuffer);
  slow.HearsRawBytes();
  slow.Send("login slow\n");
  ann.HearsUntil("slow has entered the room.\n");
  const std::string text(4000, 'x');
  for (size_t said = 0; said < kSpoken; said += text.size()) {
    ann.Send(absl::StrCat("say ", text, "\n"));
    ann.HearsUntil("x\n");
  }
  slow.Send("say here\n");
  ann.HearsUntil("slow: here\n");
  const std::string heard = slow.HearsUntil("slow: here\n");
  EXPECT_THAT(heard, testing::HasSubstr(" lines skipped]\n"));
  EXPECT_LT(heard.size(), kSpoken);
}

// There the list of sessions changed under the loop that sent to them, and the next one was passed
// over.
TEST_P(ClassicBugsTest, Bug0_WhoLeavesWhileALineGoesOutTakesItFromNobody) {
  constexpr int kPairs = 5;
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  std::vector<Person> stay;
  std::vector<Person> go;
  for (int i = 0; i < kPairs; ++i) {
    go.push_back(Arrive(world, absl::StrCat("goes", i)));
    stay.push_back(Arrive(world, absl::StrCat("stays", i)));
    ann.HearsUntil(absl::StrCat("stays", i, " has entered the room.\n"));
  }
  for (int i = 0; i + 1 < kPairs; ++i) {
    stay[static_cast<size_t>(i)].HearsUntil(
        absl::StrCat("stays", kPairs - 1, " has entered the room.\n"));
  }
  // All of it before the server turns again: a line, and every second one breaks off or closes.
  absl::string_view line = "say hello\n";
  line.remove_prefix(ann.Offer(line));
  for (size_t i = 0; i < go.size(); ++i) i % 2 == 0 ? go[i].Reset() : go[i].Close();
  ann.Send(line);
  EXPECT_TRUE(world.RunUntil([&] { return world.people() == kPairs + 1; }));
  ann.Send("say last\n");
  std::vector<std::string> expected = {"ann: hello", "ann: last", ""};
  for (int i = 0; i < kPairs; ++i) {
    expected.push_back(absl::StrCat("goes", i, " has left the room."));
  }
  const auto lines_of = [](Person& person) {
    return std::vector<std::string>(absl::StrSplit(person.HearsUntil("ann: last\n"), '\n'));
  };
  EXPECT_THAT(lines_of(ann), testing::UnorderedElementsAreArray(expected));
  for (Person& person : stay) {
    EXPECT_THAT(lines_of(person), testing::UnorderedElementsAreArray(expected));
  }
}

TEST_P(ClassicBugsTest, Bug0_PromptsWithoutALineEndRunTogetherAsTheyDid) {
  ChatWorld world(server());
  Person ann = world.ConnectTo("classic");
  ann.HearsRawBytes();
  EXPECT_EQ(ann.LastWords("login\nlogin a b\nlogin ann\nlogout\n"),
            "Connect SuccessUserName EmptyUserName IllegalLogin Success");
}

class QqBugsTest : public QqTest {};
PARLEY_WITH_EVERY_SERVER(QqBugsTest);

TEST_P(QqBugsTest, Bug1_ANameIsFreeAgainAfterLogout) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  EXPECT_EQ(ann.LastWords("logout\n"), "");
  Person again = Arrive(world, "ann");
  EXPECT_EQ(again.LastWords("logout\n"), "");
}

// The logout room never cleaned the table of users.
TEST_P(QqBugsTest, Bug1_ANameIsFreeAgainAfterItsConnectionHasEnded) {
  ChatWorld world(server());
  Arrive(world, "ann").Close();
  EXPECT_TRUE(world.BecomesEmpty());
  Arrive(world, "ann").Reset();
  EXPECT_TRUE(world.BecomesEmpty());
  Person again = Arrive(world, "ann");
  EXPECT_EQ(again.LastWords("logout\n"), "");
}

// There a broken format string made the login hint of it.
TEST_P(QqBugsTest, Bug1_ATakenNameIsSaidToBeTaken) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  EXPECT_EQ(Connect(world).LastWords("login ann\nlogin 100%s\nlogout\n"),
            "the ann is taken \nPlease try againthe 100%s is not allowed \nPlease try again");
}

TEST_P(QqBugsTest, Bug1_LookIsReadInItsOwnRoomAlone) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person den = OriginalsTest::Connect(world, "qq", "den");
  den.Send("login den\nlook\n");
  EXPECT_EQ(den.HearsUntil("den\n"),
            "den has enter in the room \nthe following are in the room: \nden\n");
  EXPECT_EQ(ann.LastWords("look\nlogout\n"), "the following are in the room: \nann\n");
  EXPECT_EQ(den.LastWords("logout\n"), "");
}

TEST_P(QqBugsTest, Bug1_RepliesWithoutALineEndStayAsTheyWere) {
  ChatWorld world(server());
  EXPECT_EQ(Connect(world).LastWords("login\nlogin a b\nlogin\nlogout\n"),
            "Please input a namethe a b is not allowed \nPlease try againPlease input a name");
}

class RelayBugsTest : public RelayTest {};
PARLEY_WITH_EVERY_SERVER(RelayBugsTest);

TEST_P(RelayBugsTest, Bug2_LinesThatEndWithLfAloneAreLinesToo) {
  ChatWorld world(server());
  Person ann = Connect(world);
  ann.Send("one\ntwo\n");
  EXPECT_EQ(ann.HearsUntil("two\r\n"), "one\r\ntwo\r\n");
}

}  // namespace
}  // namespace parley::chat
