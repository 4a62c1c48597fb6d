// Original 4, item by item, as originals_test.cc has the others. Frames and pickles are written by
// hand here.

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/chat/chat_world.h"
#include "tests/chat/frames.h"

namespace parley::chat {
namespace {

// `text` as it stands between quotes.
std::string Frame(absl::string_view text, LengthPrefix prefix = LengthPrefix::kBigEndian4Zeros4) {
  return FrameOf(absl::StrCat("S'", text, "'\np1\n."), prefix);
}

class PickleTest : public ChatTest {
 protected:
  static Person Connect(ChatWorld& world) {
    Person person = world.ConnectTo("pickle");
    person.HearsRawBytes();
    return person;
  }
  static Person Arrive(ChatWorld& world, absl::string_view name) {
    Person person = Connect(world);
    person.Send(Frame(absl::StrCat("NAME: ", name)));
    const std::string handshake = Frame("CLIENT: 127.0.0.1");
    EXPECT_EQ(person.HearsUntil(handshake), handshake);
    return person;
  }
  static void ExpectFrame(Person& person, absl::string_view text) {
    const std::string frame = Frame(text);
    EXPECT_EQ(person.HearsUntil(frame), frame);
  }
  // The second to come, of whom the first is told.
  static Person ArriveBeside(Person& first, ChatWorld& world, absl::string_view name) {
    Person person = Arrive(world, name);
    ExpectFrame(first, absl::StrCat("\\n (Connected: New client (2) from ", name, "@127.0.0.1"));
    return person;
  }
};
PARLEY_WITH_EVERY_SERVER(PickleTest);

TEST_P(PickleTest, Item4_1_TheFirstFrameTellsHowAMachineWritesLengths) {
  ChatWorld world(server());
  for (const LengthPrefix prefix : kLengthPrefixes) {
    Person person = Connect(world);
    person.Send(Frame("NAME: ann", prefix));
    const std::string handshake = Frame("CLIENT: 127.0.0.1", prefix);
    EXPECT_EQ(person.HearsUntil(handshake), handshake);
    Person other = Arrive(world, "bob");
    const std::string notice = Frame(R"(\n (Connected: New client (2) from bob@127.0.0.1)", prefix);
    EXPECT_EQ(person.HearsUntil(notice), notice);
    other.LastWords(Frame(""));
    person.LastWords(Frame("", prefix));
  }
}

TEST_P(PickleTest, Item4_2_AClientSaysItsNameAndHearsItsAddress) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  EXPECT_EQ(ann.LastWords(Frame("")), "");
}

// Original 4 takes any name; here it must be one that every profile can show.
TEST_P(PickleTest, Item4_2_AnIllegalOrTooLongNameBecomesAGuests) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  int guest = 0;
  for (const absl::string_view name :
       {"", "two words", "a\\x1b[2J", "nnnnnnnnnnnnnnnnnnnnn", "a@b", "a\\nb"}) {
    Person person = Arrive(world, name);
    ExpectFrame(person, absl::StrCat("\\n(You are guest", ++guest, " here)"));
    ExpectFrame(ann,
                absl::StrCat("\\n (Connected: New client (2) from guest", guest, "@127.0.0.1"));
    EXPECT_EQ(person.LastWords(Frame("")), "");
    ExpectFrame(ann, absl::StrCat("\\n(now hung up: client from guest", guest, "@127.0.0.1)"));
  }
}

TEST_P(PickleTest, Item4_3_OthersHearWhoHasComeAndHowManyThereAre) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = Arrive(world, "bob");
  Person cat = Arrive(world, "cat");
  ExpectFrame(ann, R"(\n (Connected: New client (2) from bob@127.0.0.1)");
  ExpectFrame(ann, R"(\n (Connected: New client (3) from cat@127.0.0.1)");
  ExpectFrame(bob, R"(\n (Connected: New client (3) from cat@127.0.0.1)");
  EXPECT_EQ(cat.LastWords(Frame("")), "");
}

TEST_P(PickleTest, Item4_4_WhatIsSaidReachesEverybodyButWhoSaysIt) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = ArriveBeside(ann, world, "bob");
  bob.Send(Frame("  hello  ") + Frame("logout"));
  ExpectFrame(ann, R"(\n#[bob@127.0.0.1]>>  hello  )");
  ExpectFrame(ann, R"(\n#[bob@127.0.0.1]>>logout)");
  EXPECT_EQ(bob.LastWords(Frame("")), "");
}

TEST_P(PickleTest, Item4_5_OthersHearWhoHungUpAndTheCountGoesDown) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = ArriveBeside(ann, world, "bob");
  bob.Close();
  ExpectFrame(ann, R"(\n(now hung up: client from bob@127.0.0.1))");
  Person again = Arrive(world, "bob");
  ExpectFrame(ann, R"(\n (Connected: New client (2) from bob@127.0.0.1)");
}

TEST_P(PickleTest, Item4_9_StringsOfEveryProtocolAreUnderstoodAndAnsweredInProtocol0) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = ArriveBeside(ann, world, "bob");
  const std::string zeros(7, '\0');
  const std::string pickles[] = {
      "S'hi'\np0\n.",
      "Vhi\np1\n.",
      "U\x02hiq\x01.",
      absl::StrCat("X\x02", zeros.substr(0, 3), "hiq\x01."),
      absl::StrCat("\x80\x02X\x02", zeros.substr(0, 3), "hiq\x01."),
      absl::StrCat("\x80\x05\x95\x06", zeros, "\x8c\x02hi\x94."),
  };
  for (const std::string& pickle : pickles) {
    bob.Send(FrameOf(pickle));
    ExpectFrame(ann, R"(\n#[bob@127.0.0.1]>>hi)");
  }
}

// A client of Python 3 cannot read the bytes of a `str` of Python 2.
TEST_P(PickleTest, Item4_9_WhoSendsTextIsAnsweredInText) {
  ChatWorld world(server());
  Person ann = Connect(world);
  ann.Send(FrameOf("VNAME: ann\n."));
  const std::string handshake = FrameOf("VCLIENT: 127.0.0.1\np1\n.");
  EXPECT_EQ(ann.HearsUntil(handshake), handshake);
  Person bob = Arrive(world, "bob");
  ann.HearsUntil("bob@127.0.0.1\np1\n.");
  bob.Send(FrameOf("Vgr\xfc\xdf \\u4f60\n."));
  const std::string heard = FrameOf("V\\u000a#[bob@127.0.0.1]>>gr\xfc\xdf \\u4f60\np1\n.");
  EXPECT_EQ(ann.HearsUntil(heard), heard);
  ann.Send(FrameOf("Vgr\xfc\xdf\n."));
  const std::string answer = FrameOf("V\\u000a#[ann@127.0.0.1]>>gr\xfc\xdf\np1\n.");
  EXPECT_EQ(bob.HearsUntil(answer), answer) << "bob has sent text too by now";
}

TEST_P(PickleTest, Bug4_FramesMayComeInPiecesAndNobodyWaitsForTheRest) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = ArriveBeside(ann, world, "bob");
  const std::string frame = Frame("slow");
  for (size_t place = 0; place + 1 < frame.size(); ++place) {
    bob.Send(frame.substr(place, 1));
    world.RunUntil([] { return true; });
  }
  ann.Send(Frame("fast"));
  ExpectFrame(bob, R"(\n#[ann@127.0.0.1]>>fast)");
  bob.Send(frame.substr(frame.size() - 1));
  ExpectFrame(ann, R"(\n#[bob@127.0.0.1]>>slow)");
}

// There the server waited in recv() for the rest of each frame.
TEST_P(PickleTest, Bug4_OneWhoStopsInAFrameStopsNobody) {
  ChatWorld world(server());
  const std::string hello = Frame("NAME: slow");
  Person in_length = Connect(world);
  in_length.Send(hello.substr(0, 3));
  Person in_zeros = Connect(world);
  in_zeros.Send(hello.substr(0, 6));
  Person in_name = Connect(world);
  in_name.Send(hello.substr(0, hello.size() - 3));
  Person in_text = Arrive(world, "eve");
  in_text.Send(PrefixOf(LengthPrefix::kBigEndian4Zeros4, 4000));
  Person ann = Arrive(world, "ann");
  Person bob = Arrive(world, "bob");
  ExpectFrame(ann, R"(\n (Connected: New client (3) from bob@127.0.0.1)");
  bob.Send(Frame("on"));
  ExpectFrame(ann, R"(\n#[bob@127.0.0.1]>>on)");
  in_name.Send(hello.substr(hello.size() - 3));
  ExpectFrame(in_name, "CLIENT: 127.0.0.1");
}

// There recv() and send() were trusted to move all of it at once.
TEST_P(PickleTest, Bug4_AFrameThatNoBufferHoldsArrivesWhole) {
  constexpr int kReceiveBuffer = 4096;
  Limits limits = UnhurriedLimits();
  limits.max_line_bytes = 1 << 20;
  limits.soft_lag_bytes = 4 << 20;
  limits.max_lag_bytes = 8 << 20;
  ChatWorld world(server(), limits);
  Person ann = world.ConnectTo("pickle", "", kReceiveBuffer);
  ann.HearsRawBytes();
  ann.Send(Frame("NAME: ann"));
  ExpectFrame(ann, "CLIENT: 127.0.0.1");
  Person bob = ArriveBeside(ann, world, "bob");
  std::string text;
  for (int number = 0; text.size() < 500'000; ++number) absl::StrAppend(&text, number, " ");
  bob.Send(Frame(text) + Frame("and more"));
  ExpectFrame(ann, absl::StrCat(R"(\n#[bob@127.0.0.1]>>)", text));
  ExpectFrame(ann, R"(\n#[bob@127.0.0.1]>>and more)");
}

// There a length was compared with bytes, which is always true in Python 2.
TEST_P(PickleTest, Bug4_AFrameEndsWhereItsLengthSays) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person bob = ArriveBeside(ann, world, "bob");
  const std::string pickle = "S'hi'\np1\n.";
  const std::string too_long = PrefixOf(LengthPrefix::kBigEndian4Zeros4, pickle.size() + 1);
  bob.Send(too_long + pickle);  // a pickle, but not yet a frame
  ann.Send(Frame("meanwhile"));
  ExpectFrame(bob, R"(\n#[ann@127.0.0.1]>>meanwhile)");
  bob.Send("x" + FrameOf(pickle) + FrameOf(pickle));  // a frame, but not of a pickle
  ExpectFrame(bob, R"(\n(Only pickled strings are understood here))");
  ExpectFrame(ann, R"(\n#[bob@127.0.0.1]>>hi)");
  ExpectFrame(ann, R"(\n#[bob@127.0.0.1]>>hi)");
  EXPECT_EQ(ann.LastWords(Frame("")), "");
}

// There the loop closed the server's own socket, and who had hung up stayed in its map for ever.
TEST_P(PickleTest, Bug4_WhoHangsUpIsForgottenAndTheServerGoesOnListening) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  const auto expect_bob_was_here = [&] {
    ExpectFrame(ann, R"(\n (Connected: New client (2) from bob@127.0.0.1)");
    ExpectFrame(ann, R"(\n(now hung up: client from bob@127.0.0.1))");
    EXPECT_TRUE(world.RunUntil([&] { return world.server().sessions() == 1; }));
    EXPECT_EQ(world.people(), 1U);
  };
  Arrive(world, "bob").LastWords(Frame(""));
  expect_bob_was_here();
  Arrive(world, "bob").Close();
  expect_bob_was_here();
  Arrive(world, "bob").Reset();
  expect_bob_was_here();
  Arrive(world, "bob").LastWords(std::string(8, '\xff'));
  expect_bob_was_here();
  Connect(world).Close();
  Person half = Connect(world);
  half.Send(Frame("NAME: half").substr(0, 12));
  half.EndOutput();
  half.LastWords("");
  Arrive(world, "bob").LastWords(Frame(""));
  expect_bob_was_here();
}

// There the count began as a string.
TEST_P(PickleTest, Bug4_TheCountGoesUpAndDown) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  const auto expect_notice = [&](absl::string_view name, int people) {
    ExpectFrame(
        ann, absl::StrCat("\\n (Connected: New client (", people, ") from ", name, "@127.0.0.1"));
  };
  std::vector<Person> crowd;
  for (int people = 2; people <= 12; ++people) {
    crowd.push_back(Arrive(world, absl::StrCat("p", people)));
    expect_notice(absl::StrCat("p", people), people);
  }
  for (int people = 12; people > 8; --people) {
    crowd.pop_back();
    ExpectFrame(ann, absl::StrCat("\\n(now hung up: client from p", people, "@127.0.0.1)"));
  }
  Person again = Arrive(world, "again");
  expect_notice("again", 9);
}

TEST_P(PickleTest, Bug4_APickleOfAnythingElseIsNeverRun) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  ann.Send(FrameOf("cos\nsystem\n(S'exit'\ntR."));
  ExpectFrame(ann, R"(\n(Only pickled strings are understood here))");
  Person bob = Connect(world);
  bob.Send(FrameOf("cos\nsystem\n(S'exit'\ntR.") + Frame("hello") + Frame("NAME: bob"));
  ExpectFrame(bob, R"(\n(Say who you are first: "NAME: x"))");
  ExpectFrame(bob, R"(\n(Say who you are first: "NAME: x"))");
  ExpectFrame(bob, "CLIENT: 127.0.0.1");
}

TEST_P(PickleTest, Bug4_AFrameOverTheLimitIsDroppedAndOneThatCannotBeEndsTheConnection) {
  Limits limits = UnhurriedLimits();
  limits.max_line_bytes = 100;
  ChatWorld world(server(), limits);
  Person ann = Arrive(world, "ann");
  Person bob = ArriveBeside(ann, world, "bob");
  bob.Send(Frame(std::string(101, 'x')) + Frame("short"));
  ExpectFrame(bob, R"(\n(A message of more than 100 bytes was dropped))");
  ExpectFrame(ann, R"(\n#[bob@127.0.0.1]>>short)");
  EXPECT_EQ(bob.LastWords(std::string(8, '\xff')), "");
  ExpectFrame(ann, R"(\n(now hung up: client from bob@127.0.0.1))");
  EXPECT_EQ(Connect(world).LastWords("GET / HTTP/1.1\r\n\r\n"), "");
}

// Each line of a text goes out with the name of its speaker: many in one frame would be cheap.
TEST_P(PickleTest, ATextHasAtMostSixteenLines) {
  ChatWorld world(server());
  Person fay = world.Arrive("fay");
  Person ann = Arrive(world, "ann");
  std::string text = "1";
  std::string heard = "ann has entered the room.\r\nann: 1\r\n";
  for (int line = 2; line <= 20; ++line) {
    absl::StrAppend(&text, "\\n", line);
    absl::StrAppend(&heard, line <= 16 ? "ann: " : "\u240A", line, line < 16 ? "\r\n" : "");
  }
  ann.Send(Frame(text));
  absl::StrAppend(&heard, "\r\n");
  EXPECT_EQ(fay.HearsUntil("20\r\n"), heard);
}

class LongPickleTest : public PickleTest {};
PARLEY_WITH_SERVERS(LongPickleTest, std::vector<ServerKind>({{kSimulated, 1}}));

// And each costs what a line costs, escaped or not.
TEST_P(LongPickleTest, ATextOfManyLinesIsChargedForEach) {
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second = kLineOverheadBytes;  // a line a second
  ChatWorld world(server(), limits);
  Person ann = Arrive(world, "ann");
  const TimePoint began = world.Now();
  ann.Send(Frame("a\\nb\\nc") + FrameOf(absl::StrCat("U\x08", std::string(7, '\n'), "b.")) +
           FrameOf("I42\n."));
  ann.HearsUntil("understood here)'\np1\n.");
  // Two line ends, and those of the pickle itself; seven; and a burst of two seconds.
  EXPECT_GE(world.Now() - began, std::chrono::seconds(2 + 7 - 2));
}

TEST_P(PickleTest, ANameThatIsTakenBecomesOneLikeItAndIsSaidBehindTheHandshake) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person other = Arrive(world, "ann");
  ExpectFrame(other, R"(\n(You are ann2 here))");
  ExpectFrame(ann, R"(\n (Connected: New client (2) from ann2@127.0.0.1)");
}

TEST_P(PickleTest, PeopleOfOtherProfilesAppearWithTheirProfileAndSeeNoAddress) {
  ChatWorld world(server());
  Person fay = world.Arrive("fay");
  Person ann = Arrive(world, "ann");
  ann.Send(Frame(R"(two\nlines \x1b)"));
  EXPECT_EQ(fay.HearsUntil("\u241B\r\n"),
            "ann has entered the room.\r\nann: two\r\nann: lines \u241B\r\n");
  fay.Send("hello\nme waves\ntopic tea\ntell ann psst\nlogout\n");
  ExpectFrame(ann, R"(\n#[fay@friendly]>>hello)");
  ExpectFrame(ann, R"(\n* fay@friendly waves)");
  ExpectFrame(ann, R"(\n(fay@friendly sets the topic: tea))");
  ExpectFrame(ann, R"(\n(fay tells you: psst))");
  ExpectFrame(ann, R"(\n(now hung up: client from fay@friendly))");
}

TEST_P(PickleTest, ALfInsideATextSurvivesBetweenRelayAndPickle) {
  ChatWorld world(server());
  Person ann = Arrive(world, "ann");
  Person guest = world.ConnectTo("relay");
  guest.HearsRawBytes();
  guest.Send("first\r\none\nmore\r\n");
  guest.HearsUntil("more\r\n");
  ExpectFrame(ann, R"(\n (Connected: New client (2) from guest1@relay)");
  ExpectFrame(ann, R"(\n#[guest1@relay]>>first)");
  ExpectFrame(ann, R"(\n#[guest1@relay]>>one\nmore)");
  ann.Send(Frame(R"(and\nback)"));
  EXPECT_EQ(guest.HearsUntil("back\r\n"), "ann: and\r\nann: back\r\n");
}

}  // namespace
}  // namespace parley::chat
