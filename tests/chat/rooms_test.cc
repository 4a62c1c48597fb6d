// Rooms that come and go, and names that belong to one person at a time.

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "chat/profiles/friendly/phrases.h"
#include "chat/text/names.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using ::testing::HasSubstr;

class RoomsTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(RoomsTest);
class NamesInUseTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(NamesInUseTest);

TEST_P(RoomsTest, SpeechStaysInItsRoom) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  Person cat = world.Arrive("cat");
  bob.Says("join garden");
  cat.Says("join garden");
  ann.Hears();
  bob.Hears();
  EXPECT_EQ(cat.Says("roses"), "cat: roses\r\n");
  EXPECT_EQ(ann.Says("tea"), "ann: tea\r\n");
  EXPECT_EQ(bob.Hears(), "cat: roses\r\n");
  EXPECT_EQ(cat.Hears(), "");
}

TEST_P(RoomsTest, JoinTellsBothRooms) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  Person cat = world.Arrive("cat");
  cat.Says("join garden");
  ann.Hears();
  bob.Hears();
  EXPECT_EQ(bob.Says("join garden"), "You are in garden with cat.\r\n");
  EXPECT_EQ(ann.Hears(), "bob has left the room.\r\n");
  EXPECT_EQ(cat.Hears(), "bob has entered the room.\r\n");
}

TEST_P(RoomsTest, LeaveGoesBackToTheLobby) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  ann.Says("join garden");
  EXPECT_EQ(ann.Says("leave"), "You are in lobby. Nobody else is here.\r\n");
  EXPECT_EQ(ann.Says("leave"), "You are in the lobby already. \"logout\" leaves the server.\r\n");
}

TEST_P(RoomsTest, ANewRoomShowsItsTopicToWhoComesIn) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Says("join garden");
  ann.Says("topic roses");
  EXPECT_EQ(bob.Says("join Garden"),
            "ann has left the room.\r\nYou are in garden with ann.\r\nTopic: roses\r\n");
}

TEST_P(RoomsTest, ARoomIsGoneWithItsLastPersonAndItsTopicWithIt) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  ann.Says("join garden");
  ann.Says("topic roses");
  EXPECT_EQ(world.rooms(), 2U);
  ann.Says("leave");
  EXPECT_EQ(world.rooms(), 1U);
  EXPECT_EQ(ann.Says("join garden"), "You are in garden. Nobody else is here.\r\n");
}

TEST_P(RoomsTest, ARoomIsGoneWhenItsLastPersonIsLost) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  ann.Says("join garden");
  ann.Reset();
  EXPECT_TRUE(world.RunUntil([&] { return world.rooms() == 1; }));
}

TEST_P(RoomsTest, TheLobbyStaysWhenNobodyIsThere) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  ann.Says("join garden");
  EXPECT_EQ(ann.Says("look lobby"), "Room lobby: nobody is here.\r\n");
  EXPECT_EQ(ann.Says("join LOBBY"), "You are in lobby. Nobody else is here.\r\n");
}

TEST_P(RoomsTest, JoinSaysWhatIsWrong) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("join"), "Join which room? join ROOM (\"rooms\" lists them)\r\n");
  EXPECT_EQ(ann.Says("join lobby"), "You are in lobby already.\r\n");
  EXPECT_EQ(
      ann.Says("join two words"),
      absl::StrCat(NameSentence("room name", "two words", CheckName("two words").problem), "\r\n"));
  EXPECT_EQ(world.rooms(), 1U);
}

TEST_P(RoomsTest, ManyRoomsLiveAtOnce) {
  ChatWorld world(server());
  std::vector<Person> people;
  for (int i = 0; i < 120; ++i) {
    people.push_back(world.Arrive(absl::StrCat("p", i)));
    people.back().Says(absl::StrCat("join room", i));
  }
  EXPECT_EQ(world.rooms(), 121U);
  EXPECT_THAT(people[0].Says("rooms"), HasSubstr("  and 21 more\r\n"));
  EXPECT_EQ(people[7].Says("hi"), "p7: hi\r\n");
  EXPECT_EQ(people[8].Hears(), "");
  people.clear();
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(NamesInUseTest, ANameTakenIsRefusedInAnyCase) {
  ChatWorld world(server());
  Person dave = world.Arrive("Dave");
  Person other = world.Connect();
  other.Hears();
  EXPECT_EQ(other.Says("login Dave"), "The name \"Dave\" is taken. Please choose another.\r\n");
  EXPECT_EQ(other.Says("login dAVE"), "The name \"dAVE\" is taken. Please choose another.\r\n");
  EXPECT_EQ(dave.Hears(), "");
  EXPECT_THAT(other.Says("login Dave2"), HasSubstr("You are in lobby with Dave.\r\n"));
}

TEST_P(NamesInUseTest, ANameIsFreeAfterLogout) {
  ChatWorld world(server());
  Person first = world.Arrive("dave");
  first.LastWords("logout\n");
  Person second = world.Arrive("dave");
  EXPECT_EQ(second.Says("look"), "Room lobby: 1 person: dave\r\n");
}

TEST_P(NamesInUseTest, ANameIsFreeAfterAHangUp) {
  ChatWorld world(server());
  Person first = world.Arrive("dave");
  first.Close();
  EXPECT_TRUE(world.RunUntil([&] { return world.people() == 0; }));
  Person second = world.Arrive("DAVE");
  second.Reset();
  EXPECT_TRUE(world.RunUntil([&] { return world.people() == 0; }));
  Person third = world.Arrive("dave");
  EXPECT_EQ(third.Says("look"), "Room lobby: 1 person: dave\r\n");
}

TEST_P(NamesInUseTest, ANameIsFreeAtOnceWithinOneSegment) {
  ChatWorld world(server());
  Person first = world.Arrive("dave");
  Person second = world.Connect();
  second.Hears();
  // The goodbye is still to be read when the name is taken again.
  first.Send("logout\n");
  EXPECT_TRUE(world.RunUntil([&] { return world.people() == 0; }));
  EXPECT_THAT(second.Says("login dave"), HasSubstr("Hello, dave."));
  EXPECT_EQ(first.LastWords(), "Goodbye.\r\n");
}

TEST_P(NamesInUseTest, TheRulesAreSaidBeforeTheyAreBroken) {
  ChatWorld world(server());
  Person stranger = world.Connect();
  stranger.Hears();
  EXPECT_EQ(stranger.Says("login"),
            absl::StrCat("Please say who you are: login NAME. ", NameRules(), "\r\n"));
}

TEST_P(NamesInUseTest, ANameThatBreaksTheRulesIsRefusedWithTheReason) {
  ChatWorld world(server());
  Person stranger = world.Connect();
  stranger.Hears();
  EXPECT_THAT(stranger.Says("login two words"), HasSubstr("has a space"));
  EXPECT_THAT(stranger.Says("login p\xd0\xb0ul"), HasSubstr("mixes Latin and Cyrillic"));
  EXPECT_THAT(stranger.Says("login a\xe2\x80\x8b"), HasSubstr("The name \"a<U+200B>\""));
  EXPECT_THAT(stranger.Says(absl::StrCat("login ", std::string(21, 'n'))),
              HasSubstr("the limit is 20"));
  EXPECT_EQ(world.people(), 0U);
}

TEST_P(NamesInUseTest, ChineseNamesAndSpeechWork) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person wang = world.Connect();
  wang.Hears();
  EXPECT_THAT(wang.Says("login 王小明"), HasSubstr("Hello, 王小明."));
  EXPECT_EQ(ann.Hears(), "王小明 has entered the room.\r\n");
  EXPECT_EQ(wang.Says("你好，世界"), "王小明: 你好，世界\r\n");
  EXPECT_EQ(ann.Hears(), "王小明: 你好，世界\r\n");
  EXPECT_EQ(ann.Says("tell 王小明 欢迎"), "You tell 王小明: 欢迎\r\n");
  wang.Hears();
  EXPECT_EQ(wang.Says("join 花园"), "You are in 花园. Nobody else is here.\r\n");
  EXPECT_EQ(ann.Says("look 花园"), "王小明 has left the room.\r\nRoom 花园: 1 person: 王小明\r\n");
}

}  // namespace
}  // namespace parley::chat
