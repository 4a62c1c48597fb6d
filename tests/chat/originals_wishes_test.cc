// Original 3, item by item, as originals_test.cc has the others.

#include <gmock/gmock.h>

#include <string>

#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

// Original 3 is a list of wishes, which the friendly profile fulfils.
class WishesTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(WishesTest);

TEST_P(WishesTest, Item3_5_TheFiveCommandsWork) {
  ChatWorld world(server());
  Person ann = world.Connect();
  EXPECT_THAT(ann.Says("login ann"), testing::HasSubstr("Hello, ann."));
  EXPECT_EQ(ann.Says("say hi"), "ann: hi\r\n");
  EXPECT_EQ(ann.Says("look"), "Room lobby: 1 person: ann\r\n");
  EXPECT_THAT(ann.Says("who"), testing::StartsWith("1 person on the server:\r\n  ann "));
  EXPECT_EQ(ann.LastWords("logout\n"), "Goodbye.\r\n");
}

TEST_P(WishesTest, Item3_6_LookIsWhoIsInTheRoomAndWhoIsEverybody) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  bob.Says("join den");
  ann.Hears();
  EXPECT_EQ(ann.Says("look"), "Room lobby: 1 person: ann\r\n");
  EXPECT_THAT(ann.Says("who"), testing::StartsWith("2 people on the server:\r\n"));
}

TEST_P(WishesTest, Item3_7_WhoLogsOutAndClosesIsGoneOnceAndTheNameIsFree) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Hears();
  bob.Send("logout\nlogout\n");
  bob.Close();
  EXPECT_EQ(ann.HearsUntil("left the room.\r\n"), "bob has left the room.\r\n");
  Person again = world.Arrive("bob");
  EXPECT_EQ(ann.Hears(), "bob has entered the room.\r\n");
}

TEST_P(WishesTest, Item3_8_ANameIsLegalAndFreeAndHintsAreGivenAgain) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Connect();
  EXPECT_THAT(bob.Says("login two words"), testing::HasSubstr("two words"));
  EXPECT_EQ(bob.Says("login ANN"), "The name \"ANN\" is taken. Please choose another.\r\n");
  const std::string hint = bob.Says("hello");
  EXPECT_THAT(hint, testing::StartsWith("Please log in first: login NAME."));
  EXPECT_EQ(bob.Says("hello again"), hint);
  EXPECT_THAT(bob.Says("login bob"), testing::StartsWith("Hello, bob."));
}

TEST_P(WishesTest, Item3_9_TextIsUtf8HoweverItIsCut) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  for (const char byte : std::string("say grüß 你好\n")) {
    ann.Send(std::string(1, byte));
    world.RunUntil([] { return true; });
  }
  EXPECT_EQ(ann.Hears(), "ann: grüß 你好\r\n");
}

TEST_P(WishesTest, Item3_10_ThereAreSeveralRooms) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  bob.Says("join den");
  bob.Says("say psst");
  EXPECT_EQ(ann.Hears(), "bob has entered the room.\r\nbob has left the room.\r\n");
  EXPECT_THAT(ann.Says("rooms"), testing::HasSubstr("den: 1 person"));
}

}  // namespace
}  // namespace parley::chat
