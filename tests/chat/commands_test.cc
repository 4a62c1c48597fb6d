// Every command of the friendly profile, and how a line becomes one.

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "chat/profiles/friendly/friendly_commands.h"
#include "chat/rooms/chat_room.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CommandsTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(CommandsTest);

TEST_P(CommandsTest, GreetingSaysWhatToTypeNext) {
  ChatWorld world(server());
  Person stranger = world.Connect();
  EXPECT_EQ(stranger.Hears(),
            "Welcome to Parley. Type \"login NAME\" to come in, \"help\" for more.\r\n");
}

TEST_P(CommandsTest, LoginTellsTheOthersAndListsThemToTheNewcomer) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Connect();
  EXPECT_THAT(bob.Says("login bob"),
              HasSubstr("Hello, bob. \"help\" lists the commands; any other line is spoken to the "
                        "room.\r\nYou are in lobby with ann.\r\n"));
  EXPECT_EQ(ann.Hears(), "bob has entered the room.\r\n");
}

TEST_P(CommandsTest, BareTextIsSpokenToTheRoomSpeakerIncluded) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Hears();
  EXPECT_EQ(ann.Says("hello there"), "ann: hello there\r\n");
  EXPECT_EQ(bob.Hears(), "ann: hello there\r\n");
}

TEST_P(CommandsTest, SaySpeaksAndKeepsInnerSpaces) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("say  two  spaces "), "ann: two  spaces\r\n");
  EXPECT_EQ(ann.Says("say"), "Say what? say TEXT\r\n");
}

TEST_P(CommandsTest, LookNamesThePeopleOfThisRoomInOrderOfEntry) {
  ChatWorld world(server());
  Person bob = world.Arrive("bob");
  Person ann = world.Arrive("ann");
  bob.Hears();
  EXPECT_EQ(bob.Says("look"), "Room lobby: 2 people: bob, ann\r\n");
  EXPECT_EQ(ann.Hears(), "") << "look is told to who asks, not to the room";
}

TEST_P(CommandsTest, LookNamesThePeopleOfAnotherRoom) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  bob.Says("join garden");
  bob.Says("topic roses");
  ann.Hears();
  EXPECT_EQ(ann.Says("look garden"), "Room garden: 1 person: bob\r\nTopic: roses\r\n");
  EXPECT_EQ(ann.Says("LOOK GARDEN"), "Room garden: 1 person: bob\r\nTopic: roses\r\n");
  EXPECT_EQ(bob.Says("look lobby"), "Room lobby: 1 person: ann\r\n");
  EXPECT_EQ(ann.Says("look cellar"),
            "There is no room \"cellar\". \"rooms\" lists the rooms; to say this line, begin it "
            "with a '.\r\n");
}

TEST_P(CommandsTest, LookCutsALongListAndSaysSo) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  const std::vector<Person> crowd = world.ArriveMany("guest", 110);
  ann.Hears();
  const std::string answer = ann.Says("look");
  EXPECT_THAT(answer, StartsWith("Room lobby: 111 people: ann, guest"));
  EXPECT_THAT(answer, HasSubstr(" and 11 more\r\n"));
}

TEST_P(CommandsTest, WhoListsEverybodyOnTheServerWithRoomAndIdleTime) {
  ChatWorld world(server());
  Person bob = world.Arrive("bob");
  Person ann = world.Arrive("ann");
  ann.Says("join garden");
  const std::string answer = ann.Says("who");
  EXPECT_THAT(answer, StartsWith("2 people on the server:\r\n  ann "));
  EXPECT_THAT(answer, ::testing::ContainsRegex("\r\n  ann +garden +idle 0s\r\n"));
  EXPECT_THAT(answer, ::testing::ContainsRegex("\r\n  bob +lobby +idle [0-9]+s\r\n"));
}

TEST_P(CommandsTest, WhoWorksBeforeLogin) {
  ChatWorld world(server());
  Person stranger = world.Connect();
  stranger.Hears();
  EXPECT_EQ(stranger.Says("who"), "Nobody is logged in.\r\n");
  Person ann = world.Arrive("ann");
  EXPECT_THAT(stranger.Says("who"), StartsWith("1 person on the server:\r\n  ann "));
}

TEST_P(CommandsTest, RoomsListsRoomsWithPeopleAndTopic) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("rooms"), "1 room:\r\n  lobby: 1 person\r\n");
  ann.Says("join garden");
  ann.Says("topic roses");
  EXPECT_EQ(ann.Says("rooms"),
            "2 rooms:\r\n  lobby: 0 people\r\n  garden: 1 person; topic: roses\r\n");
}

TEST_P(CommandsTest, TopicIsSetForTheRoomShownAndLimited) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Hears();
  EXPECT_EQ(ann.Says("topic"), "This room has no topic. topic TEXT sets one.\r\n");
  EXPECT_EQ(ann.Says("topic tea and cake"), "ann sets the topic: tea and cake\r\n");
  EXPECT_EQ(bob.Hears(), "ann sets the topic: tea and cake\r\n");
  EXPECT_EQ(bob.Says("topic"), "Topic: tea and cake\r\n");
  EXPECT_EQ(bob.Says("look"), "Room lobby: 2 people: ann, bob\r\nTopic: tea and cake\r\n");
  EXPECT_EQ(ann.Says(absl::StrCat("topic ", std::string(kMaxTopicBytes + 1, 'x'))),
            "A topic may have at most 200 bytes; this one has 201.\r\n");
  EXPECT_EQ(bob.Says("topic"), "Topic: tea and cake\r\n");
}

TEST_P(CommandsTest, TellReachesOnePersonInAnotherRoomAndNobodyElse) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person eve = world.Arrive("eve");
  Person bob = world.Arrive("Bob");
  bob.Says("join garden");
  ann.Hears();
  eve.Hears();
  EXPECT_EQ(ann.Says("tell bob  meet me "), "You tell Bob: meet me\r\n");
  EXPECT_EQ(bob.Hears(), "ann tells you: meet me\r\n");
  EXPECT_EQ(eve.Hears(), "");
}

TEST_P(CommandsTest, TellFindsAPersonWhateverTheCaseOfTheName) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  Person eva = world.Arrive("\u00C9va");
  ann.Hears();
  bob.Hears();
  EXPECT_EQ(ann.Says("tell BOB hi"), "You tell bob: hi\r\n");
  EXPECT_EQ(bob.Hears(), "ann tells you: hi\r\n");
  EXPECT_EQ(ann.Says("tell \u00E9VA hi"), "You tell \u00C9va: hi\r\n");
  EXPECT_EQ(eva.Hears(), "ann tells you: hi\r\n");
}

TEST_P(CommandsTest, TellSaysWhatIsMissing) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("tell"), "Tell whom what? tell NAME TEXT\r\n");
  EXPECT_EQ(ann.Says("tell bob"), "Tell whom what? tell NAME TEXT\r\n");
  EXPECT_EQ(ann.Says("tell bob hi"), "Nobody called \"bob\" is here. \"who\" lists who is.\r\n");
  EXPECT_EQ(ann.Says("tell ann hi"), "ann tells you: hi\r\n");
}

TEST_P(CommandsTest, MeShowsAnAction) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Hears();
  EXPECT_EQ(ann.Says("me waves"), "* ann waves\r\n");
  EXPECT_EQ(bob.Hears(), "* ann waves\r\n");
  EXPECT_EQ(ann.Says("me"), "Do what? me ACTION\r\n");
}

TEST_P(CommandsTest, HelpListsEveryCommandOfTheRoomOneIsIn) {
  ChatWorld world(server());
  Person ann = world.Connect();
  ann.Hears();
  const std::string before = ann.Says("help");
  for (const FriendlyCommand& command : FriendlyCommands(/*before_login=*/true)) {
    EXPECT_THAT(before, HasSubstr(absl::StrCat("\r\n  ", command.name)));
  }
  EXPECT_THAT(before, Not(HasSubstr("\r\n  join")));
  ann.Says("login ann");
  const std::string after = ann.Says("?");
  for (const char* command : {"say", "look", "who", "rooms", "join", "leave", "topic", "tell", "me",
                              "help", "login", "logout"}) {
    EXPECT_THAT(after, HasSubstr(absl::StrCat("\r\n  ", command)));
  }
}

TEST_P(CommandsTest, HelpAboutACommandShowsItsSyntax) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("help tell"),
            "tell NAME TEXT\r\n  say something to one person, wherever they are\r\n");
  EXPECT_EQ(ann.Says("help /QUIT"), "logout\r\n  leave the server\r\n  Also: quit\r\n");
  EXPECT_EQ(ann.Says("help tel"),
            "There is no command \"tel\". Did you mean /tell? \"help\" lists the commands.\r\n");
  EXPECT_EQ(ann.Says("help /"), "There is no command \"\". \"help\" lists the commands.\r\n");
}

TEST_P(CommandsTest, HelpPromisesNoSpeechBeforeLogin) {
  ChatWorld world(server());
  Person ann = world.Connect();
  ann.Hears();
  EXPECT_THAT(ann.Says("help"),
              ::testing::EndsWith("There are more commands after login;\r\n"
                                  "any other line is spoken to the room then.\r\n"));
  ann.Says("login ann");
  EXPECT_THAT(ann.Says("help"),
              ::testing::EndsWith("Any other line is spoken to the room;\r\n"
                                  "a ' in front says a line that begins like a command.\r\n"));
}

TEST_P(CommandsTest, LogoutSaysGoodbyeTellsTheOthersAndCloses) {
  for (const char* word : {"logout", "quit", "/logout", "QUIT"}) {
    ChatWorld world(server());
    Person ann = world.Arrive("ann");
    Person bob = world.Arrive("bob");
    ann.Hears();
    EXPECT_EQ(bob.LastWords(absl::StrCat(word, "\n")), "Goodbye.\r\n");
    EXPECT_EQ(ann.Hears(), "bob has left the room.\r\n");
  }
}

TEST_P(CommandsTest, LogoutBeforeLoginCloses) {
  ChatWorld world(server());
  Person stranger = world.Connect();
  stranger.Hears();
  EXPECT_EQ(stranger.LastWords("logout\n"), "Goodbye.\r\n");
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(CommandsTest, LoggingInTwiceIsExplained) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("login bob"),
            "You are logged in as ann. To change your name, log out first.\r\n");
  EXPECT_EQ(ann.Says("look"), "Room lobby: 1 person: ann\r\n");
}

TEST_P(CommandsTest, CommandsBeforeLoginGetTheHintAndNobodyHearsThem) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person stranger = world.Connect();
  stranger.Hears();
  const std::string hint =
      "Please log in first: login NAME. \"help\" lists what else works here.\r\n";
  EXPECT_EQ(stranger.Says("say hi"), hint);
  EXPECT_EQ(stranger.Says("hello"), hint);
  EXPECT_EQ(stranger.Says("'hello"), hint);
  EXPECT_EQ(ann.Hears(), "");
}

TEST_P(CommandsTest, SlashIsAlwaysACommand) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("/say hi"), "ann: hi\r\n");
  EXPECT_EQ(ann.Says("/ say hi"), "ann: hi\r\n");
  EXPECT_EQ(ann.Says("/dance with me"),
            "There is no command \"/dance\". \"help\" lists the commands.\r\n");
  EXPECT_EQ(ann.Says("/"), "There is no command \"/\". \"help\" lists the commands.\r\n");
}

TEST_P(CommandsTest, AMistypedSlashCommandOffersTheOneMeant) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("/lokk"),
            "There is no command \"/lokk\". Did you mean /look? \"help\" lists the commands.\r\n");
  EXPECT_EQ(ann.Says("/quti"),
            "There is no command \"/quti\". Did you mean /quit? \"help\" lists the commands.\r\n");
}

TEST_P(CommandsTest, AKnownFirstWordIsTheCommandInAnyCase) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("LooK"), "Room lobby: 1 person: ann\r\n");
  EXPECT_EQ(ann.Says("  SAY hi"), "ann: hi\r\n");
  EXPECT_EQ(ann.Says("looking good"), "ann: looking good\r\n");
}

TEST_P(CommandsTest, OnlySpacesAndTabsSeparateWords) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("\t/ \tsay\t hi \t"), "ann: hi\r\n");
  EXPECT_EQ(ann.Says("join \fden"),
            "The room name \"\u240Cden\" begins with the character U+000C; it must begin with a "
            "letter or digit.\r\n");
}

TEST_P(CommandsTest, AByteOrderMarkBeforeTheFirstWordIsPassedOver) {
  ChatWorld world(server());
  EXPECT_THAT(world.Connect().Says("\uFEFFlogin ann"), HasSubstr("Hello, ann."));
  EXPECT_THAT(world.Connect().Says("\uFEFF login bob"), HasSubstr("Hello, bob."));
}

TEST_P(CommandsTest, WhatMayBeSpeechDoesNotRunACommandThatTakesNothing) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(
      ann.Says("quit smoking, they say"),
      "\"quit\" takes nothing behind it. To say this line, begin it with a '; for the command, "
      "type /quit.\r\n");
  for (const char* line : {"logout is what you want", "leave me alone", "who is there?"}) {
    EXPECT_THAT(ann.Says(line), HasSubstr("takes nothing behind it"));
    EXPECT_EQ(ann.Says(absl::StrCat("'", line)), absl::StrCat("ann: ", line, "\r\n"));
  }
  EXPECT_EQ(ann.LastWords("/quit now\n"), "Goodbye.\r\n");
}

TEST_P(CommandsTest, ANameIsRefusedForWhatWasTyped) {
  ChatWorld world(server());
  Person ann = world.Connect();
  ann.Hears();
  const auto refused = [](absl::string_view what, absl::string_view name, absl::string_view why) {
    return absl::StrCat("The ", what, " \"", name, "\" has ", why,
                        "; only letters, digits, \"-\" and \"_\" are allowed.\r\n");
  };
  EXPECT_EQ(ann.Says("login an\u200Bn"), refused("name", "an<U+200B>n", "the character U+200B"));
  EXPECT_EQ(ann.Says(" \t/ LOGIN\t an\x1Bn "), refused("name", "an␛n", "the character U+001B"));
  EXPECT_EQ(ann.Says("login ann\xFE"),
            "The name \"ann\uFFFD\" is not valid UTF-8; names must be UTF-8 text.\r\n");
  ann.Says("login ann");
  EXPECT_EQ(ann.Says("join lob\u200Bby"),
            refused("room name", "lob<U+200B>by", "the character U+200B"));
}

TEST_P(CommandsTest, AnApostropheForcesSpeech) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("'look at this"), "ann: look at this\r\n");
  EXPECT_EQ(ann.Says("'/look"), "ann: /look\r\n");
  EXPECT_EQ(ann.Says("''tis"), "ann: 'tis\r\n");
  EXPECT_EQ(ann.Says("'"), "");
}

TEST_P(CommandsTest, BlankLinesAreNotAnswered) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says(""), "");
  EXPECT_EQ(ann.Says("  \t "), "");
}

}  // namespace
}  // namespace parley::chat
