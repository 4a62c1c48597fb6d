// What was wrong with the originals 0, 1 and 2 and stays mended, as originals_test.cc has their items;
// originals_pickle_test.cc has original 4's. A test is called Bug<original>_<promise>.

#include <gtest/gtest.h>

#include <string>

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

class QqBugsTest : public QqTest {};
PARLEY_WITH_EVERY_SERVER(QqBugsTest);

TEST_P(QqBugsTest, Bug1_ANameIsFreeAgainAfterLogout) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  EXPECT_EQ(ann.LastWords("logout\n"), "");
  Person again = Arrive(world, "ann");
  EXPECT_EQ(again.LastWords("logout\n"), "");
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
