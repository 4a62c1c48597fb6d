// The originals, item by item: bytes in, bytes out, on every engine, with one thread and with I/O
// threads. A test is called Item<original>_<number>_<promise>.

#include <gmock/gmock.h>

#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "chat/profiles/friendly/friendly.h"
#include "chat/rooms/chat.h"
#include "chat/rooms/chat_room.h"
#include "tests/chat/chat_world.h"
#include "tests/chat/originals_test_support.h"

namespace parley::chat {
namespace {

// What moves a cursor, rings, hides or turns the reading direction, and how it is shown.
constexpr absl::string_view kControls = "\x1b[2J\x07\x7f\u009B\u202E";
constexpr absl::string_view kControlsShown = "\u241B[2J\u2407\u2421<U+009B><U+202E>";

class SilentSink final : public EventSink {
 public:
  void RoomOpened(RoomId) override {}
  void RoomClosed(RoomId) override {}
  void Joined(RoomId, ChatSession&) override {}
  void Left(RoomId, ChatSession&) override {}
  void Happened(const RoomEvent&, const ChatSession&, std::span<const EventOverride>) override {}
  void Tell(ChatSession&, const Outcome&) override {}
  void LoggedIn(ChatSession&) override {}
};

// A room of a test's own that remembers who came and went.
class NotingRoom final : public Room {
 public:
  bool accepts_speech() const override { return false; }
  void Entered(Chat&, ChatSession&) override { notes.emplace_back("entered"); }
  void Left(Chat&, ChatSession&) override { notes.emplace_back("left"); }
  std::vector<std::string> notes;

 protected:
  Outcome Unknown(const Call&) override { return {}; }
};

TEST(ClassesOfTheOriginals, Item0_14_Item1_10_RoomsHandleCommandsAndASessionEntersByLeaving) {
  static_assert(std::is_base_of_v<CommandHandler, Room>);
  static_assert(std::is_base_of_v<Room, LoginRoom>);
  static_assert(std::is_base_of_v<Room, ChatRoom>);
  static_assert(std::is_base_of_v<Room, LogoutRoom>);
  SilentSink sink;
  Chat chat(sink, [] { return TimePoint(); });
  ChatSession session(chat, {}, FriendlyProfile());
  EXPECT_EQ(&session.room(), &chat.login_room);
  NotingRoom room;
  session.Enter(room);
  EXPECT_EQ(&session.room(), &room);
  session.Enter(room);
  session.Enter(chat.logout_room);
  EXPECT_EQ(room.notes, (std::vector<std::string>{"entered", "left"}));
}

PARLEY_WITH_EVERY_SERVER(ClassicTest);

TEST_P(ClassicTest, Item0_3_ThreeWordsWithoutALineEndOnConnect) {
  ChatWorld world(server());
  Person ann = Connect(world);
  EXPECT_EQ(ann.LastWords("logout\n"), "");
}

TEST_P(ClassicTest, Item0_4_BlankLinesAreNotAnswered) {
  ChatWorld world(server());
  Person ann = Connect(world);
  ann.Send("\n   \n\t\n");
  EXPECT_EQ(ann.LastWords("logout\n"), "");
}

TEST_P(ClassicTest, Item0_5_ACommandIsTheTextBeforeTheFirstSpaceInJustThisCase) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  ann.Send("SAY hi\nsay   hi   \n");
  EXPECT_EQ(ann.HearsUntil("hi\n"), "Unknown command SAY \nann: hi\n");
}

TEST_P(ClassicTest, Item0_6_AnUnknownCommandIsNamedAlsoBeforeLogin) {
  ChatWorld world(server());
  Person ann = Connect(world);
  ann.Send("dance\n look\nlook\n");
  EXPECT_EQ(ann.HearsUntil("look \n"),
            "Unknown command dance \nUnknown command  \nUnknown command look \n");
}

TEST_P(ClassicTest, Item0_6_LoginInAChatRoomIsAnUnknownCommand) {
  ChatWorld world(server());
  EXPECT_EQ(Connect(world).LastWords("login ann\nlogin bob\nlogin\nlook\nlogout\n"),
            "Login SuccessUnknown command login \nUnknown command login \nOnline Users:\nann\n");
}

TEST_P(ClassicTest, Item0_7_LoginNeedsANameThatIsFree) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Connect(world);
  bob.Send("login\nlogin  \nlogin ann\nlogin ANN\nlogin bob\n");
  EXPECT_EQ(bob.HearsUntil("Login Success"),
            "UserName EmptyUserName EmptyUserName ExistUserName ExistLogin Success");
}

TEST_P(ClassicTest, Item0_8_OthersHearWhoEntersAndTheOneWhoEntersDoesNot) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Arrive(world, "bob");
  EXPECT_EQ(ann.HearsUntil("\n"), "bob has entered the room.\n");
  EXPECT_EQ(bob.LastWords("logout\n"), "");
}

TEST_P(ClassicTest, Item0_9_SpeechReachesEverybodyAndItsSpeaker) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Arrive(world, "bob");
  ann.HearsUntil("room.\n");
  bob.Send("say two  blanks inside\nsay\nsay \n");
  const std::string heard = "bob: two  blanks inside\nbob: \nbob: \n";
  EXPECT_EQ(bob.HearsUntil("bob: \nbob: \n"), heard);
  EXPECT_EQ(ann.HearsUntil("bob: \nbob: \n"), heard);
}

TEST_P(ClassicTest, Item0_9_ControlsAndEscapesAreShownAsMarks) {
  ChatWorld world(server());
  Person ann = Connect(world);
  EXPECT_EQ(
      ann.LastWords(absl::StrCat("login ann\nsay ", kControls, "\n", kControls, "\nlogout\n")),
      absl::StrCat("Login Successann: ", kControlsShown, "\nUnknown command ", kControlsShown,
                   " \n"));
}

TEST_P(ClassicTest, Item0_10_LookListsThoseHereInTheOrderOfEntryToTheCallerAlone) {
  ChatWorld world(server());
  Person zoe = Arrive(world, "zoe");
  Person ann = Arrive(world, "ann");
  zoe.HearsUntil("room.\n");
  ann.Send("look\n");
  EXPECT_EQ(ann.HearsUntil("ann\n"), "Online Users:\nzoe\nann\n");
  EXPECT_EQ(zoe.LastWords("logout\n"), "");
}

TEST_P(ClassicTest, Item0_11_LogoutClosesTellsTheOthersAndFreesTheName) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Arrive(world, "bob");
  ann.HearsUntil("room.\n");
  EXPECT_EQ(bob.LastWords("logout\n"), "");
  EXPECT_EQ(ann.HearsUntil("\n"), "bob has left the room.\n");
  Person again = Arrive(world, "bob");
  EXPECT_EQ(again.LastWords("logout\n"), "");
}

TEST_P(ClassicTest, Item0_12_APeerThatClosesHasLoggedOut) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  {
    Person bob = Arrive(world, "bob");
    ann.HearsUntil("room.\n");
    bob.Close();
  }
  EXPECT_EQ(ann.HearsUntil("\n"), "bob has left the room.\n");
}

TEST_P(ClassicTest, Item0_13_SeveralLinesInOneSegmentAreAllHandledInOrder) {
  ChatWorld world(server());
  Person ann = Connect(world);
  EXPECT_EQ(ann.LastWords("login ann\nsay one\nlook\nsay two\nlogout\n"),
            "Login Successann: one\nOnline Users:\nann\nann: two\n");
}

PARLEY_WITH_EVERY_SERVER(QqTest);

TEST_P(QqTest, Item1_2_TheGreetingNamesTheServer) {
  ChatWorld world(server());
  Person ann = Connect(world);
  EXPECT_EQ(ann.LastWords("logout\n"), "");
}

TEST_P(QqTest, Item1_3_AnUnknownCommandBeforeLoginIsAnsweredWithHowToLogIn) {
  ChatWorld world(server());
  Person ann = Connect(world);
  ann.Send("hello\nlogin ann\nhello\n");
  EXPECT_EQ(ann.HearsUntil("hello\n"),
            "please log in \n \"Use login <nick>\" \nann has enter in the room \n"
            "Unknown command hello\n");
}

TEST_P(QqTest, Item1_3_LoginInAChatRoomIsAnUnknownCommand) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  EXPECT_EQ(ann.LastWords("login bob\nlogin\nlook\nlogout\n"),
            "Unknown command login\nUnknown command login\n"
            "the following are in the room: \nann\n");
}

TEST_P(QqTest, Item1_4_ANameIsAskedForAndOneThatIsTakenIsNamed) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Connect(world);
  bob.Send("login\nlogin ann\nlogin a b\nlogin bob\n");
  EXPECT_EQ(bob.HearsUntil("room \n"),
            "Please input a namethe ann is taken \nPlease try again"
            "the a b is not allowed \nPlease try againbob has enter in the room \n");
}

TEST_P(QqTest, Item1_5_EverybodyHearsWhoEntersAndWhoLeaves) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Arrive(world, "bob");
  EXPECT_EQ(ann.HearsUntil("\n"), "bob has enter in the room \n");
  EXPECT_EQ(bob.LastWords("logout\n"), "");
  EXPECT_EQ(ann.HearsUntil("\n"), "bob has left the room \n");
}

TEST_P(QqTest, Item1_6_SpeechHasNoBlankBehindTheNameAndIsNotStripped) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  ann.Send("say  hi  there \nsay\n");
  EXPECT_EQ(ann.HearsUntil("ann:\n"), "ann: hi  there \nann:\n");
}

TEST_P(QqTest, Item1_6_ControlsAndEscapesAreShownAsMarks) {
  ChatWorld world(server());
  Person ann = Connect(world);
  ann.Send(absl::StrCat("login ", kControls, "\nlogin ann\n"));
  EXPECT_EQ(ann.HearsUntil("ann has enter in the room \n"),
            absl::StrCat("the ", kControlsShown,
                         " is not allowed \nPlease try againann has enter in the room \n"));
  EXPECT_EQ(ann.LastWords(absl::StrCat("say ", kControls, "\n", kControls, "\nlogout\n")),
            absl::StrCat("ann:", kControlsShown, "\nUnknown command ", kControlsShown, "\n"));
}

TEST_P(QqTest, Item1_7_LookIsReadByAllOfThisProfileHereAndByNobodyElse) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Arrive(world, "bob");
  ann.HearsUntil("room \n");
  Person cat = OriginalsTest::Connect(world, "classic");
  cat.Send("login cat\n");
  cat.HearsUntil("Login Success");
  ann.HearsUntil("cat has enter in the room \n");
  bob.HearsUntil("cat has enter in the room \n");
  bob.Send("look\n");
  const std::string list = "the following are in the room: \nann\nbob\ncat\n";
  EXPECT_EQ(bob.HearsUntil("cat\n"), list);
  EXPECT_EQ(ann.HearsUntil("cat\n"), list);
  EXPECT_EQ(cat.LastWords("logout\n"), "");
}

TEST_P(QqTest, Item1_8_LogoutCloses) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  EXPECT_EQ(ann.LastWords("logout\n"), "");
  ann.Close();  // or the server waits for that
  EXPECT_TRUE(world.BecomesEmpty());
}

PARLEY_WITH_EVERY_SERVER(RelayTest);

TEST_P(RelayTest, Item2_4_EveryLineReachesAllAndItsSenderAsItIs) {
  ChatWorld world(server());
  Person ann = Connect(world);
  Person bob = Connect(world);
  bob.Send("look  here \r\n\r\nlogout\r\n");
  EXPECT_EQ(bob.HearsUntil("logout\r\n"), "look  here \r\n\r\nlogout\r\n");
  EXPECT_EQ(ann.HearsUntil("logout\r\n"), "look  here \r\n\r\nlogout\r\n");
}

TEST_P(RelayTest, Item2_4_ControlsAndEscapesAreShownAsMarks) {
  ChatWorld world(server());
  Person ann = Connect(world);
  Person bob = Connect(world);
  ann.Send(absl::StrCat("first\r\n", kControls, "\rx\r\n"));
  const std::string heard = absl::StrCat("first\r\n", kControlsShown, "\u240Dx\r\n");
  EXPECT_EQ(ann.HearsUntil("x\r\n"), heard);
  EXPECT_EQ(bob.HearsUntil("x\r\n"), heard);
}

TEST_P(RelayTest, Item2_5_WhoClosesIsGone) {
  ChatWorld world(server());
  Person ann = Connect(world);
  EXPECT_EQ(world.people(), 1U);
  ann.Close();
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(RelayTest, ALfInsideALineThatEndsWithCrLfPassesOnAsItIs) {
  ChatWorld world(server());
  Person fay = world.Arrive("fay");
  Person ann = Connect(world);
  ann.Send("first\r\ntwo\nlines\r\n");
  EXPECT_EQ(ann.HearsUntil("lines\r\n"), "first\r\ntwo\nlines\r\n");
  EXPECT_EQ(fay.HearsUntil("lines\r\n"),
            "guest1 has entered the room.\r\n"
            "guest1: first\r\nguest1: two\r\nguest1: lines\r\n");
}

// Item 2-1 is `telnet localhost 5267`.
TEST_P(RelayTest, Item2_1_TelnetsCommandsAreAnsweredAndNobodyReadsThem) {
  ChatWorld world(server());
  Person fay = world.Arrive("fay");
  Person ann = Connect(world);
  ann.Send("one\r\nnot this \xff\xf4\xff\xfd\x06two\r\nthree\r\n");
  const std::string heard = ann.HearsUntil("three\r\n");
  const std::string answer = "\xff\xfc\x06";  // of the I/O thread, before or behind what was said
  EXPECT_THAT(heard, testing::HasSubstr(answer));
  EXPECT_EQ(absl::StrReplaceAll(heard, {{answer, ""}}), "one\r\ntwo\r\nthree\r\n");
  EXPECT_EQ(fay.HearsUntil("three\r\n"),
            "guest1 has entered the room.\r\n"
            "guest1: one\r\nguest1: two\r\nguest1: three\r\n");
}

// Everybody hears the others in the words of their own profile.
class ProfilesTogetherTest : public OriginalsTest {};
PARLEY_WITH_EVERY_SERVER(ProfilesTogetherTest);

TEST_P(ProfilesTogetherTest, EachHearsTheOthersInTheirOwnWords) {
  ChatWorld world(server());
  Person fay = world.Arrive("fay");
  Person cat = Arrive(world, "classic", "cat");
  Person qi = Arrive(world, "qq", "qi");
  Person guest = Connect(world, "relay");
  guest.Send("anybody here?\r\n");
  guest.HearsUntil("here?\r\n");
  EXPECT_EQ(fay.HearsUntil("here?\r\n"),
            "cat has entered the room.\r\nqi has entered the room.\r\n"
            "guest1 has entered the room.\r\nguest1: anybody here?\r\n");
  EXPECT_EQ(cat.HearsUntil("here?\n"),
            "qi has entered the room.\nguest1 has entered the room.\nguest1: anybody here?\n");
  EXPECT_EQ(qi.HearsUntil("here?\n"), "guest1 has enter in the room \nguest1:anybody here?\n");
  fay.Send("me waves\n");
  fay.HearsUntil("waves\r\n");
  EXPECT_EQ(cat.HearsUntil("\n"), "* fay waves\n");
  EXPECT_EQ(qi.HearsUntil("\n"), "* fay waves\n");
  EXPECT_EQ(guest.HearsUntil("\n"), "* fay waves\r\n");
  cat.Send("say hello\n");
  EXPECT_EQ(cat.HearsUntil("hello\n"), "cat: hello\n");
  EXPECT_EQ(guest.HearsUntil("hello\r\n"), "cat: hello\r\n");
}

// Relay and pickle people may send several lines at once. Whoever reads lines reads the speaker's
// name in front of each.
TEST_P(ProfilesTogetherTest, Item2_4_NobodyForgesALineOfAnother) {
  ChatWorld world(server());
  Person fay = world.Arrive("fay");
  Person cat = Arrive(world, "classic", "cat");
  Person qi = Arrive(world, "qq", "qi");
  Person guest = Connect(world, "relay");
  fay.HearsUntil("guest1 has entered the room.\r\n");
  cat.HearsUntil("guest1 has entered the room.\n");
  qi.HearsUntil("guest1 has enter in the room \n");
  guest.Send("hi\r\nyes\nfay: I give up\nqi has left the room.\r\n");
  EXPECT_EQ(fay.HearsUntil("left the room.\r\n"),
            "guest1: hi\r\nguest1: yes\r\nguest1: fay: I give up\r\n"
            "guest1: qi has left the room.\r\n");
  EXPECT_EQ(cat.HearsUntil("left the room.\n"),
            "guest1: hi\nguest1: yes\nguest1: fay: I give up\nguest1: qi has left the room.\n");
  EXPECT_EQ(qi.HearsUntil("left the room.\n"),
            "guest1:hi\nguest1:yes\nguest1:fay: I give up\nguest1:qi has left the room.\n");
}

// Ways of going away, of a session that has or has not logged in.
TEST_P(ProfilesTogetherTest, NothingIsLeftAfterAnyOrderOfLoginLogoutAndClose) {
  ChatWorld world(server());
  for (const absl::string_view profile : {"friendly", "classic", "qq", "relay", "pickle"}) {
    for (const absl::string_view said :
         {"", "logout\n", "login ann\n", "login ann\nlogout\n", "logout\nlogin ann\n",
          "login ann\nlogin bob\nlogout\nlogout\n", "login ann\nsay hi\nlog"}) {
      world.ConnectTo(profile).Send(said);  // and is closed
      Person resets = world.ConnectTo(profile);
      resets.Send(said);
      resets.Reset();
      Person ends = world.ConnectTo(profile);
      ends.HearsRawBytes();
      ends.Send(said);
      ends.EndOutput();
      ends.LastWords("");
      EXPECT_TRUE(world.BecomesEmpty()) << profile << " after " << said;
    }
  }
}

TEST_P(RelayTest, GuestsHaveNamesOfTheirOwn) {
  ChatWorld world(server());
  Person fay = world.Arrive("fay");
  std::vector<Person> guests;
  for (int number = 1; number <= 3; ++number) {
    guests.push_back(Connect(world));
    const std::string entered = absl::StrCat("guest", number, " has entered the room.\r\n");
    EXPECT_EQ(fay.HearsUntil(entered), entered);
  }
  for (int number = 3; number >= 1; --number) {
    guests[static_cast<size_t>(number - 1)].Send("it is me\r\n");
    const std::string spoke = absl::StrCat("guest", number, ": it is me\r\n");
    EXPECT_EQ(fay.HearsUntil(spoke), spoke);
  }
}

TEST_P(RelayTest, ComingsAndGoingsAreNotShown) {
  ChatWorld world(server());
  Person guest = Connect(world);
  Person fay = world.Arrive("fay");
  {
    Person cat = world.Arrive("cat");
    Person other = Connect(world);
    EXPECT_EQ(fay.HearsUntil("guest2 has entered the room.\r\n"),
              "cat has entered the room.\r\nguest2 has entered the room.\r\n");
  }
  ASSERT_TRUE(world.RunUntil([&] { return world.people() == 2; }));
  fay.Says("join nook");
  fay.Says("join lobby");
  fay.Says("say now");
  EXPECT_EQ(guest.HearsUntil("now\r\n"), "fay: now\r\n");
}

}  // namespace
}  // namespace parley::chat
