// Telnet's commands among the typed text (RFC 854, 855, 860), as clients send them.

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using ::testing::EndsWith;

constexpr char kIac = '\xff';
constexpr char kInterrupt[] = "\xff\xf4";
constexpr char kEraseLine[] = "\xff\xf8";
constexpr char kBreak[] = "\xff\xf3";
constexpr char kAreYouThere[] = "\xff\xf6";
constexpr char kDoTimingMark[] = "\xff\xfd\x06";
constexpr char kWontTimingMark[] = "\xff\xfc\x06";

class TelnetTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(TelnetTest);

// A subnegotiation of `size` bytes, with its end or without.
std::string Subnegotiation(size_t size, bool ended) {
  return absl::StrCat("\xff\xfa\x1f", std::string(size, 'x'), ended ? "\xff\xf0" : "");
}

Person ArriveByTelnet(ChatWorld& world, absl::string_view name) {
  Person person = world.Arrive(name);
  person.HearsRawBytes();
  return person;
}

TEST_P(TelnetTest, EveryTimingMarkIsAnswered) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  for (int round = 0; round < 3; ++round) {
    ann.Send(kDoTimingMark);
    EXPECT_EQ(ann.Hears(), kWontTimingMark) << "round " << round;
  }
  ann.Send(absl::StrCat(kDoTimingMark, kDoTimingMark));
  EXPECT_EQ(ann.Hears(), absl::StrCat(kWontTimingMark, kWontTimingMark));
}

TEST_P(TelnetTest, AnInterruptDropsTheHalfTypedLineAndBringsTheScreenBack) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  // What Ctrl-C sends.
  ann.Send(absl::StrCat("say something I reg", kInterrupt, kDoTimingMark, "say better\r\n"));
  EXPECT_EQ(ann.Hears(), absl::StrCat(kWontTimingMark, "ann: better\r\n"));
}

TEST_P(TelnetTest, InterruptEraseLineAndBreakKeepTheLinesBefore) {
  for (const char* command : {kInterrupt, kEraseLine, kBreak}) {
    ChatWorld world(server());
    Person ann = ArriveByTelnet(world, "ann");
    ann.Send(absl::StrCat("say one\r\nsay half", command, "say two\r\n"));
    EXPECT_EQ(ann.Hears(), "ann: one\r\nann: two\r\n");
  }
}

TEST_P(TelnetTest, EveryInterruptOfASegmentKeepsTheLinesBeforeIt) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  ann.Send(absl::StrCat("say one\r\nsay half", kInterrupt, "say two\r\nsay half", kInterrupt,
                        kInterrupt, "say three\r\nsay half", kEraseLine, "say four\r\n"));
  EXPECT_EQ(ann.Hears(), "ann: one\r\nann: two\r\nann: three\r\nann: four\r\n");
}

TEST_P(TelnetTest, TheFirstInterruptOfASegmentDropsWhatWasTypedBeforeIt) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  ann.Send("say ha");
  world.Connect().Hears();  // the piece arrives by itself
  ann.Send(absl::StrCat("lf", kInterrupt, "say two\r\nsay half", kInterrupt, "say three\r\n"));
  EXPECT_EQ(ann.Hears(), "ann: two\r\nann: three\r\n");
}

TEST_P(TelnetTest, AnInterruptEndsALineThatIsTooLong) {
  Limits limits = UnhurriedLimits();
  limits.max_line_bytes = 10;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  ann.Send(absl::StrCat("say something long", kInterrupt, "say two\r\n"));
  EXPECT_THAT(ann.Hears(), EndsWith("it was dropped.\r\nann: two\r\n"));
}

// GNU inetutils' telnet takes the last byte of "Ü" for Ctrl-\\, the middle one of "本" too, and so
// on.
TEST_P(TelnetTest, ACommandInsideACharacterIsAByteOfIt) {
  constexpr char kDoBinary[] = "\xff\xfd\x00";
  const std::pair<std::string, std::string> cases[] = {
      {absl::StrCat("\xc3", kBreak), "\xc3\x9c"},                  // Ü
      {absl::StrCat("\xe6", kBreak, "\xac"), "\xe6\x9c\xac"},      // 本
      {absl::StrCat("\xe2\x80", kBreak), "\xe2\x80\x9c"},          // a quotation mark
      {absl::StrCat("\xc3", kInterrupt), "\xc3\x83"},              // Ã
      {absl::StrCat("\xe2", "\xff\xf5", "\xa9"), "\xe2\x8f\xa9"},  // abort output: an arrow
      {absl::StrCat("\xc5", "\xff\xed"), "\xc5\x9a"},              // suspend: Ś
      {absl::StrCat("\xf0\x9f\x98", kBreak), "\xf0\x9f\x98\x9c"},  // an emoji
  };
  for (const auto& [sent, meant] : cases) {
    const std::string text = absl::StrCat("say a", sent, kDoTimingMark, "b\r\n");
    for (size_t cut = 1; cut <= text.size(); ++cut) {
      ChatWorld world(server());
      Person ann = ArriveByTelnet(world, "ann");
      ann.Send(text.substr(0, cut));
      world.Connect().Hears();  // the piece arrives by itself
      ann.Send(text.substr(cut));
      EXPECT_EQ(ann.Hears(),
                absl::StrCat(std::string(kDoBinary, 3), kWontTimingMark, "ann: a", meant, "b\r\n"))
          << "cut at " << cut;
    }
  }
}

TEST_P(TelnetTest, BinaryIsAskedForOnce) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  ann.Send(absl::StrCat("say \xc3", kBreak, "\xc3", kBreak, "\r\n"));
  EXPECT_EQ(ann.Hears(), absl::StrCat(std::string("\xff\xfd\x00", 3), "ann: ÜÜ\r\n"));
  ann.Send(std::string("\xff\xfb\x00", 3));  // WILL BINARY
  EXPECT_EQ(ann.Says("hi"), "ann: hi\r\n");
}

// What `toggle binary` of telnet asks for, both ways.
TEST_P(TelnetTest, BinaryIsAgreedTo) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  ann.Send(std::string("\xff\xfd\x00\xff\xfb\x00say hi\n", 13));
  EXPECT_EQ(ann.Hears(), absl::StrCat(std::string("\xff\xfb\x00\xff\xfd\x00", 6), "ann: hi\r\n"));
}

TEST_P(TelnetTest, AnInterruptBehindWhatIsNoCharacterDropsTheLine) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  // A character that is complete, a byte that none begins with, one that 0x83 cannot follow.
  for (const char* typed : {"say \xc3\x9c", "say \x9c", "say \xe0"}) {
    ann.Send(absl::StrCat(typed, kInterrupt, "say two\r\n"));
    EXPECT_EQ(ann.Hears(), "ann: two\r\n");
  }
}

TEST_P(TelnetTest, AreYouThereIsAnswered) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  ann.Send(kAreYouThere);
  EXPECT_EQ(ann.Hears(), "[parley: yes, still here]\r\n");
}

TEST_P(TelnetTest, OptionsOfferedAreRefusedOnce) {
  ChatWorld world(server());
  Person plink = world.Connect();
  plink.HearsRawBytes();
  plink.HearsUntil("more.\r\n");
  // WILL NAWS, WILL TTYPE, DO ECHO, DO SGA, then the first line.
  plink.Send("\xff\xfb\x1f\xff\xfb\x18\xff\xfd\x01\xff\xfd\x03login ann\n");
  EXPECT_THAT(plink.HearsUntil("Nobody else is here.\r\n"),
              ::testing::StartsWith("\xff\xfe\x1f\xff\xfe\x18\xff\xfc\x01\xff\xfc\x03Hello, ann."));
}

TEST_P(TelnetTest, AnOptionPingPongComesToRest) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  std::string answer = "\xff\xfb\x01";  // WILL ECHO
  for (int round = 0; round < 10 && !answer.empty(); ++round) {
    ann.Send(answer);
    answer = ann.Hears();
    // Mirrors every refusal, as a careless client does.
    for (size_t i = 0; i + 2 < answer.size(); i += 3) {
      answer[i + 1] = answer[i + 1] == '\xfe' ? '\xfc' : '\xfe';
    }
  }
  EXPECT_EQ(answer, "");
  EXPECT_EQ(ann.Says("hi"), "ann: hi\r\n");
}

TEST_P(TelnetTest, TelnetsBytesMayBeSplitAnywhere) {
  ChatWorld world(server());
  Person ann = ArriveByTelnet(world, "ann");
  const std::string text =
      absl::StrCat("say a", kDoTimingMark, "b", Subnegotiation(4, true), "c", "\xff\xf1", "d\r\n");
  for (size_t cut = 1; cut < text.size(); ++cut) {
    ann.Send(text.substr(0, cut));
    world.Connect().Hears();  // the piece arrives by itself
    ann.Send(text.substr(cut));
    EXPECT_EQ(ann.Hears(), absl::StrCat(kWontTimingMark, "ann: abcd\r\n")) << "cut at " << cut;
  }
}

TEST_P(TelnetTest, ADoubledIacIsAByteOfTheText) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  ann.Send(absl::StrCat("say a", std::string(2, kIac), "b\r\n"));
  EXPECT_EQ(ann.Hears(), "ann: a\uFFFDb\r\n");
}

TEST_P(TelnetTest, ASubnegotiationWithoutEndHidesWhatFollowsAndEndsItsSender) {
  ChatWorld world(server());
  Person eve = ArriveByTelnet(world, "eve");
  Person bob = world.Arrive("bob");
  eve.Hears();
  eve.Send(absl::StrCat(Subnegotiation(10, false), "say hidden\r\n"));
  EXPECT_EQ(bob.Says("hi"), "bob: hi\r\n");
  EXPECT_EQ(eve.HearsUntil("bob: hi\r\n"), "bob: hi\r\n");
  EXPECT_THAT(eve.LastWords(absl::StrCat(kInterrupt, "say hidden\r\n")),
              ::testing::StartsWith("telnet: "));
  EXPECT_EQ(bob.Hears(), "eve has left the room.\r\n");
}

TEST_P(TelnetTest, CompressionIsNotBegunByTheClient) {
  ChatWorld world(server());
  Person eve = ArriveByTelnet(world, "eve");
  Person bob = world.Arrive("bob");
  eve.Hears();
  // IAC SB COMPRESS2 IAC SE, then what a deflated stream begins with.
  EXPECT_THAT(eve.LastWords(absl::StrCat("\xff\xfa\x56\xff\xf0", "\x78\x9c", "say hidden\r\n")),
              ::testing::StartsWith("telnet: "));
  EXPECT_EQ(bob.Hears(), "eve has left the room.\r\n");
}

TEST_P(TelnetTest, ASubnegotiationOfAMegabyteEndsItsSenderAndNothingOfItIsSpoken) {
  for (const bool ended : {false, true}) {
    ChatWorld world(server());
    Person eve = ArriveByTelnet(world, "eve");
    Person bob = world.Arrive("bob");
    eve.Hears();
    eve.Send(absl::StrCat("\xff\xfa\x1f", std::string(20'000, 'x'), "\r\nsay hidden\r\n"));
    eve.Send(Subnegotiation(1 << 20, ended));
    EXPECT_THAT(eve.LastWords(), ::testing::StartsWith("telnet: "));
    EXPECT_EQ(bob.Hears(), "eve has left the room.\r\n");
  }
}

}  // namespace
}  // namespace parley::chat
