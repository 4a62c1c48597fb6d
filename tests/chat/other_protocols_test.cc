// Programs that speak something else than lines and come here all the same: browsers that a web page
// sends (F2), TLS and SSH clients, telnet programs that negotiate unasked (F10).

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class OtherProtocolTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(OtherProtocolTest);
class UnaskedNegotiationTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(UnaskedNegotiationTest);

constexpr char kGreeting[] =
    "Welcome to Parley. Type \"login NAME\" to come in, \"help\" for more.\r\n";
constexpr char kEvil[] = "login evil\nsay spam\n";

std::string Refusal(absl::string_view protocol) {
  return absl::StrCat(kGreeting, "This port speaks plain lines of text, not ", protocol,
                      ": connect with telnet, nc or parley instead. Goodbye.\r\n");
}

// What a web page can have sent, what TLS and SSH clients say first; behind each what must not be
// obeyed.
std::string Post() {
  return absl::StrCat("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 20\r\n\r\n", kEvil);
}
std::string TlsHello() {
  return absl::StrCat(
      std::string("\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03\xff\xf4\xff\xf6", 15), "\n", kEvil);
}
std::string Ssl2Hello() {
  return absl::StrCat(std::string("\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10", 11), "\n", kEvil);
}

void ExpectRefusedInEverySplit(const ServerKind& kind, const std::string& sent,
                               absl::string_view protocol) {
  ChatWorld world(kind);
  Person ann = world.Arrive("ann");
  for (size_t cut = 1; cut < sent.size(); ++cut) {
    Person stranger = world.Connect();
    stranger.Send(sent.substr(0, cut));
    EXPECT_EQ(ann.Hears(), "");  // and the piece arrives by itself
    EXPECT_EQ(stranger.LastWords(sent.substr(cut)), Refusal(protocol)) << "cut at " << cut;
  }
  EXPECT_EQ(ann.Hears(), "");
}

TEST_P(OtherProtocolTest, F2_AnHttpPostIsToldSoAndItsBodyIsNotObeyed) {
  ExpectRefusedInEverySplit(server(), Post(), "HTTP");
}

TEST_P(OtherProtocolTest, F2_OnEveryPlainProfileAnHttpPostIsToldSoAndNotObeyed) {
  for (const absl::string_view profile : {"classic", "qq", "relay"}) {
    SCOPED_TRACE(profile);
    ChatWorld world(server());
    Person ann = world.Arrive("ann");
    Person stranger = world.ConnectTo(profile);
    stranger.HearsRawBytes();
    EXPECT_THAT(stranger.LastWords(Post()),
                HasSubstr("This port speaks plain lines of text, not HTTP"));
    const std::string heard = ann.Hears();
    EXPECT_THAT(heard, Not(HasSubstr("spam")));
    EXPECT_THAT(heard, Not(HasSubstr("evil")));
  }
}

TEST_P(OtherProtocolTest, F2_AnHttp2PrefaceIsToldSo) {
  ExpectRefusedInEverySplit(server(), absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", kEvil),
                            "HTTP");
}

TEST_P(OtherProtocolTest, F2_ATlsHelloIsToldSo) {
  ExpectRefusedInEverySplit(server(), TlsHello(), "TLS");
  ExpectRefusedInEverySplit(server(), Ssl2Hello(), "TLS");
}

TEST_P(OtherProtocolTest, F2_AnSshBannerIsToldSo) {
  ExpectRefusedInEverySplit(server(), absl::StrCat("SSH-2.0-x\r\n", kEvil), "SSH");
}

TEST_P(OtherProtocolTest, ATlsHelloIsKnownByItsFirstTwoBytes) {
  ChatWorld world(server());
  EXPECT_EQ(world.Connect().LastWords("\x16\x03"), Refusal("TLS"));
  EXPECT_EQ(world.Connect().LastWords("SSH-2"), Refusal("SSH"));
}

TEST_P(OtherProtocolTest, ARequestLineOverTheLimitIsARequestLine) {
  Limits limits = UnhurriedLimits();
  limits.max_line_bytes = 8;
  ChatWorld world(server(), limits);
  Person stranger = world.Connect();
  stranger.Send(absl::StrCat("POST /", std::string(5000, 'x')));
  world.Connect().Hears();  // the piece arrives by itself
  EXPECT_EQ(stranger.LastWords(" HTTP/1.1\r\nlogin e\n"), Refusal("HTTP"));
}

TEST_P(OtherProtocolTest, AFirstLineOverTheLimitThatIsNoRequestIsSaidToBeTooLong) {
  Limits limits = UnhurriedLimits();
  limits.max_line_bytes = 8;
  ChatWorld world(server(), limits);
  Person stranger = world.Connect();
  stranger.Send("POST /lost");
  world.Connect().Hears();  // the piece arrives by itself
  EXPECT_EQ(stranger.Says(" and found"),
            absl::StrCat(kGreeting, "That line is longer than 8 bytes; it was dropped.\r\n"));
}

TEST_P(OtherProtocolTest, BlankLinesAndTheEndOfInputHideNoRequest) {
  ChatWorld world(server());
  EXPECT_EQ(world.Connect().LastWords(absl::StrCat("\r\n\r\n", Post())), Refusal("HTTP"));
  Person stranger = world.Connect();
  stranger.Send("GET / HTTP/1.1");
  stranger.EndOutput();
  EXPECT_EQ(stranger.LastWords(), Refusal("HTTP"));
}

TEST_P(OtherProtocolTest, ABodyOfAMegabyteIsNotReadAsLines) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  std::string body;
  while (body.size() < size_t{1} << 20) body += kEvil;
  EXPECT_EQ(world.Connect().LastWords(absl::StrCat("POST / HTTP/1.1\r\n\r\n", body)),
            Refusal("HTTP"));
  EXPECT_EQ(ann.Hears(), "");
}

TEST_P(OtherProtocolTest, WhoHasSpokenALineMaySayWhatLooksLikeAnother) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  EXPECT_EQ(ann.Says("GET / HTTP/1.1"), "ann: GET / HTTP/1.1\r\n");
  EXPECT_EQ(ann.Says("SSH-2.0-x"), "ann: SSH-2.0-x\r\n");
}

TEST_P(OtherProtocolTest, AFirstLineThatIsNoRequestGetsTheHint) {
  ChatWorld world(server());
  for (const char* line : {"GET lost", "SSH is not telnet", "I like HTTP/1.1"}) {
    Person stranger = world.Connect();
    EXPECT_THAT(stranger.Says(line), EndsWith("\"help\" lists what else works here.\r\n")) << line;
    EXPECT_THAT(stranger.Says("login ann"), StartsWith("Hello, ann."));
    stranger.LastWords("logout\n");
  }
}

// ---- telnet ----

TEST_P(UnaskedNegotiationTest, F10_ASubnegotiationOfAnOptionNotAgreedOnIsSkippedWhole) {
  const std::string subnegotiations[] = {
      "\xff\xfa\x27\x09nonsense\xff\xf0",  // NEW-ENVIRON, malformed
      absl::StrCat(std::string("\xff\xfa\x27\x00", 4), "\"USER\"", "\xff\xf0"),  // nuttx PR 18590
      "\xff\xfa\x27\xff\xf0",
      "\xff\xfa\x18\x07x\xff\xf0",                   // TTYPE
      "\xff\xfa\x5d\x61\xff\xf0",                    // ZMP without its NUL
      "\xff\xfa\x46no variable\xff\xf0",             // MSSP
      "\xff\xfa\x22\x01\r\nsay hidden\r\n\xff\xf0",  // LINEMODE, with lines in it
  };
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  for (const std::string& subnegotiation : subnegotiations) {
    const std::string sent = absl::StrCat("lo", subnegotiation, "ok\r\n");
    for (size_t cut = 1; cut < sent.size(); ++cut) {
      ann.Send(sent.substr(0, cut));
      world.Connect().Hears();  // the piece arrives by itself
      ann.Send(sent.substr(cut));
      EXPECT_EQ(ann.Hears(), "Room lobby: 1 person: ann\r\n")
          << ::testing::PrintToString(subnegotiation) << " cut at " << cut;
    }
  }
}

// SkerrySSH#315.
TEST_P(UnaskedNegotiationTest, F10_ASubnegotiationOfAMillionIacsIsBoundedAndSaid) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person eve = world.Arrive("eve");
  ann.Hears();
  std::string sent = "\xff\xfa\x18";
  sent.append(2'000'000, '\xff');
  sent += "\xff\xf0look\r\n";
  const size_t before = ResidentBytes();
  EXPECT_EQ(eve.LastWords(sent),
            "telnet: a subnegotiation is longer than 16384 bytes. Goodbye.\r\n");
  if (!kSanitized) {
    EXPECT_LE(ResidentBytes(), before + (size_t{4} << 20));
  }
  EXPECT_EQ(ann.Hears(), "eve has left the room.\r\n");
}

TEST_P(UnaskedNegotiationTest, F10_CompressionIsNeverBegun) {
  for (const char* begins : {"\xff\xfa\x56\xff\xf0", "\xff\xfa\x55\xfb\xf0"}) {
    const std::string sent = absl::StrCat(begins, "\x78\x9c", "say hidden\r\n");
    for (size_t cut = 1; cut < sent.size(); ++cut) {
      ChatWorld world(server());
      Person ann = world.Arrive("ann");
      Person eve = world.Arrive("eve");
      ann.Hears();
      eve.Send(sent.substr(0, cut));
      std::string heard = ann.Hears();  // and the piece arrives by itself
      EXPECT_THAT(eve.LastWords(sent.substr(cut)),
                  EndsWith("telnet: compression was not agreed on. Goodbye.\r\n"));
      heard += ann.Hears();
      EXPECT_EQ(heard, "eve has left the room.\r\n");
    }
  }
}

// conman#9 and node-telnet-client#106.
TEST_P(UnaskedNegotiationTest, ARefusalThatIsRepeatedIsNotAnsweredAndACommandMayComeInTwoReads) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  ann.HearsRawBytes();
  std::string refusals;
  for (int i = 0; i < 100; ++i) refusals += std::string("\xff\xfe\x00", 3);
  ann.Send(refusals);
  EXPECT_EQ(ann.Hears(), "");
  ann.Send("\xff");
  world.Connect().Hears();  // the piece arrives by itself
  ann.Send("\xfb\x03");
  EXPECT_EQ(ann.Hears(), "\xff\xfe\x03");
}

}  // namespace
}  // namespace parley::chat
