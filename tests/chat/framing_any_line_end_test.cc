#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "chat/transport/any_line_end_framing.h"
#include "chat/transport/telnet_decoder.h"
#include "tests/chat/framing_test_support.h"

namespace parley::chat {
namespace {

constexpr size_t kAnyEndLimit = 4;
constexpr char kInterrupt[] = "\xff\xf4";
constexpr char kBreak[] = "\xff\xf3";
constexpr char kEraseLine[] = "\xff\xf8";
constexpr char kDoTimingMark[] = "\xff\xfd\x06";

MakeFraming AnyEnd(size_t limit) {
  return [limit] { return std::make_unique<AnyLineEndFraming>(limit); };
}

// The rule, byte by byte: the decoder is given one byte at a time; of what it makes of them, a CR or
// an LF ends a line, and an LF or a NUL right behind a CR belongs to it.
class NaiveLines {
 public:
  explicit NaiveLines(size_t limit) : limit_(limit) {}

  Events Of(const std::string& stream) {
    TelnetDecoder decoder;
    for (const char& byte : stream) {
      const TelnetDecoder::Decoded decoded =
          decoder.Decode(AsBytes(absl::string_view(&byte, 1)), typed_);
      if (!decoded.answer.empty()) Add("answer " + decoded.answer);
      if (decoded.typed.size() > 1) {
        Add("interrupt");
        line_.clear();
        if (!typed_.empty()) after_return_ = false;
        typed_.clear();
        discarding_ = false;
      }
      for (const char text : decoded.typed.back()) Type(text);
      if (decoded.error.empty()) continue;
      Add("error: " + decoded.error);
      return events_;
    }
    if (!line_.empty() && !discarding_) Add("[" + line_ + "]");
    return events_;
  }

 private:
  void Add(const std::string& event) { events_.push_back(event); }
  void Type(char byte) {
    const bool belongs_to_return = after_return_ && (byte == '\n' || byte == '\0');
    after_return_ = byte == '\r';
    if (belongs_to_return) return;
    if (byte == '\r' || byte == '\n') {
      if (!discarding_) Add("[" + line_ + "]");
      line_.clear();
      typed_.clear();
      discarding_ = false;
      return;
    }
    typed_ += byte;
    if (discarding_) return;
    line_ += byte;
    if (line_.size() <= limit_) return;
    line_.pop_back();
    Add("[" + line_ + "]!");
    discarding_ = true;
  }

  const size_t limit_;
  Events events_;
  std::string line_;   // what of it fits
  std::string typed_;  // all of it
  bool after_return_ = false;
  bool discarding_ = false;
};

TEST(AnyLineEndFraming, IsSmall) { EXPECT_LE(sizeof(AnyLineEndFraming), 48u); }

TEST(AnyLineEndFraming, KnowsEveryLineEnd) {
  ExpectEveryWay(AnyEnd(100), Literal("lf\ncrlf\r\ncrnul\r\0cr\rlfcr\n\rend\na\0b\n"),
                 {"[lf]", "[crlf]", "[crnul]", "[cr]", "[lfcr]", "[]", "[end]", Literal("[a\0b]")});
}

TEST(AnyLineEndFraming, ALineOfTheLimitPassesAndOneByteMoreIsTooLong) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    ExpectEveryWay(AnyEnd(kAnyEndLimit),
                   absl::StrCat("abcd", end, "abcde", end, "abcdefghi", end, "ab", end),
                   {"[abcd]", "[abcd]!", "[abcd]!", "[ab]"});
  }
}

TEST(AnyLineEndFraming, ALastLineWithoutEndCounts) {
  ExpectEveryWay(AnyEnd(kAnyEndLimit), "a\r\nlast", {"[a]", "[last]"});
  ExpectEveryWay(AnyEnd(kAnyEndLimit), "a\r\nabcdef", {"[a]", "[abcd]!"});
  ExpectEveryWay(AnyEnd(kAnyEndLimit), "a\r", {"[a]"});
}

TEST(AnyLineEndFraming, AnInterruptDropsTheHalfTypedLineAndIsAnswered) {
  ExpectEveryWay(AnyEnd(100), absl::StrCat("one\r\nhalf", kInterrupt, kDoTimingMark, "two\r\n"),
                 {"[one]", "interrupt", "answer \xff\xfc\x06", "[two]"});
}

TEST(AnyLineEndFraming, EachOfSeveralInterruptsDropsItsOwnLine) {
  ExpectEveryWay(AnyEnd(100),
                 absl::StrCat("a", kInterrupt, "b\n", kInterrupt, "c", kInterrupt, "d\n"),
                 {"interrupt", "[b]", "interrupt", "interrupt", "[d]"});
}

TEST(AnyLineEndFraming, AnInterruptEndsALineThatIsTooLong) {
  ExpectEveryWay(AnyEnd(kAnyEndLimit), absl::StrCat("abcdefg", kInterrupt, "two\r\n"),
                 {"[abcd]!", "interrupt", "[two]"});
}

TEST(AnyLineEndFraming, AnInterruptLeavesTheLfToItsCr) {
  ExpectEveryWay(AnyEnd(kAnyEndLimit), absl::StrCat("a\r", kInterrupt, "\nb\n"),
                 {"[a]", "interrupt", "[b]"});
}

TEST(AnyLineEndFraming, ACommandInsideACharacterIsAByteOfIt) {
  ExpectEveryWay(AnyEnd(100), absl::StrCat("\xc3", kBreak, "\xe6", kBreak, "\xac\r\n"),
                 {Literal("answer \xff\xfd\0"), "[\xc3\x9c\xe6\x9c\xac]"});
}

// What plink sends before the first line.
TEST(AnyLineEndFraming, OptionsAreRefusedBeforeTheLineBehindThem) {
  ExpectEveryWay(AnyEnd(100), "\xff\xfb\x1f\xff\xfd\x03login ann\n",
                 {"answer \xff\xfe\x1f", "answer \xff\xfc\x03", "[login ann]"});
}

TEST(AnyLineEndFraming, BinaryIsAgreedToOnceAndTakenBack) {
  const std::string will("\xff\xfb\0", 3);
  const std::string wont("\xff\xfc\0", 3);
  const std::string do_it("\xff\xfd\0", 3);
  const std::string dont("\xff\xfe\0", 3);
  ExpectEveryWay(
      AnyEnd(100), will + will + do_it + do_it + "a\n" + wont + dont + wont + will,
      {Literal("answer \xff\xfd\0"), Literal("answer \xff\xfb\0"), "[a]",
       Literal("answer \xff\xfe\0"), Literal("answer \xff\xfc\0"), Literal("answer \xff\xfd\0")});
}

TEST(AnyLineEndFraming, ADoubledIacIsAByteOfTheText) {
  ExpectEveryWay(AnyEnd(100),
                 "a\xff\xff"
                 "b\r\n",
                 {"[a\xff"
                  "b]"});
}

TEST(AnyLineEndFraming, ASubnegotiationMayHoldLineEndsAndIsSkipped) {
  ExpectEveryWay(AnyEnd(100),
                 Literal("a\xff\xfa\x1f\r\n\xff\xff\0d\xff\xf0"
                         "b\r\n"),
                 {"[ab]"});
}

TEST(AnyLineEndFraming, WhatIsWrongIsSaidBehindTheLinesBeforeIt) {
  // Compression, which nobody agreed on.
  const std::string stream = "one\ntwo\xff\xfa\x56\xff\xf0three\n";
  const Events expected = NaiveLines(100).Of(stream);
  ASSERT_EQ(expected.size(), 2u);
  EXPECT_EQ(expected[0], "[one]");
  EXPECT_TRUE(expected[1].starts_with("error: telnet: ")) << expected[1];
  ExpectEveryWay(AnyEnd(100), stream, expected);
}

// Streams of one alphabet, against the rule. Lines that are too long stand apart from characters of
// several bytes: of what was dropped before the first IAC, the framing does not remember the end.
void ExpectRandomStreamsAgree(const std::vector<std::string>& alphabet, uint64_t largest_limit,
                              uint64_t smallest_limit) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 20000);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    Random random(seed);
    const size_t limit = random.Between(smallest_limit, largest_limit);
    std::string stream;
    for (uint64_t words = random.Below(40); words > 0; --words) {
      stream += alphabet[random.Index(alphabet.size())];
    }
    ASSERT_EQ(ComeAtRandom(AnyEnd(limit), stream, random), NaiveLines(limit).Of(stream))
        << "seed " << seed << " limit " << limit << " stream " << absl::CHexEscape(stream);
  }
}

TEST(AnyLineEndFraming, AgreesWithTheRuleOnRandomLines) {
  ExpectRandomStreamsAgree({"a", "b", "c", "\r", "\n", std::string(1, '\0')}, 8, 1);
}

TEST(AnyLineEndFraming, AgreesWithTheRuleOnRandomTelnet) {
  ExpectRandomStreamsAgree(
      {"a", "b", "\r", "\n", std::string(1, '\0'), kInterrupt, kDoTimingMark, "\xff\xf6",
       "\xff\xff", "\xff\xfb\x1f", std::string("\xff\xfa\x1f\0P\r\xff\xff\xff\xf0", 10)},
      8, 1);
}

TEST(AnyLineEndFraming, AgreesWithTheRuleOnRandomCharactersAndAgreements) {
  ExpectRandomStreamsAgree(
      {"a", "\r\n", "\xc3", "\xe6\x9c", "\xac", kBreak, kInterrupt, kEraseLine, "\xff\xed",
       Literal("\xff\xfb\0"), Literal("\xff\xfc\0"), Literal("\xff\xfd\0"), Literal("\xff\xfe\0")},
      1000, 1000);
}

TEST(AnyLineEndFraming, DamageOfWhatWasSavedIsRefused) {
  for (const std::string& fed :
       {std::string(), std::string("unfinished"), std::string("a\r"),
        std::string("too long: it is dropped"), Literal("a\xff\xfd\0\xff\xfb\0b\xff"),
        std::string("\xc3\xff\xf3\xff\xfb"), std::string("a\xff\xfa\x1fxyz\xff")}) {
    ExpectDamageIsRefused(AnyEnd(12), fed);
  }
}

TEST(AnyLineEndFraming, AnEndlessLineCostsTheLimit) {
  ExpectEndlessMessageCosts(AnyEnd(4096), "first\r\n", 4096 + 200);
  ExpectEndlessMessageCosts(AnyEnd(4096), "\xff\xf1", 4096 + 200);
}

}  // namespace
}  // namespace parley::chat
