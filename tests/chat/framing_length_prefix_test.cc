#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chat/transport/length_prefix_framing.h"
#include "tests/chat/frames.h"
#include "tests/chat/framing_test_support.h"

namespace parley::chat {
namespace {

constexpr size_t kFrameLimit = 6;

MakeFraming Length(size_t limit) {
  return [limit] { return std::make_unique<LengthPrefixFraming>(limit); };
}

std::string Frame(LengthPrefix prefix, const std::string& payload) {
  return FrameOf(payload, prefix);
}

std::string Learned(LengthPrefix prefix) {
  return absl::StrCat("learned ", static_cast<int>(prefix));
}

TEST(LengthPrefixFraming, TellsThePrefixesApartByTheFirstFrame) {
  for (const LengthPrefix prefix : kLengthPrefixes) {
    const std::string stream =
        Frame(prefix, "S'x'") + Frame(prefix, "a") + Frame(prefix, std::string(5, '\0'));
    ExpectEveryWay(Length(kFrameLimit), stream,
                   {Learned(prefix), "[S'x']", "[a]", Literal("[\0\0\0\0\0]")});
  }
}

TEST(LengthPrefixFraming, AFirstFrameOfOneByteIsWhole) {
  for (const LengthPrefix prefix : kLengthPrefixes) {
    ExpectEveryWay(Length(kFrameLimit), Frame(prefix, "a") + Frame(prefix, "b"),
                   {Learned(prefix), "[a]", "[b]"});
    ExpectEveryWay(Length(1), Frame(prefix, "abc") + Frame(prefix, "b"),
                   {Learned(prefix), "[a]!", "[b]"});
  }
}

TEST(LengthPrefixFraming, AFrameOfTheLimitPassesAndOneByteMoreIsTooLong) {
  for (const LengthPrefix prefix : kLengthPrefixes) {
    ExpectEveryWay(Length(kFrameLimit),
                   Frame(prefix, "abcdef") + Frame(prefix, "abcdefg") + Frame(prefix, "ab"),
                   {Learned(prefix), "[abcdef]", "[abcdef]!", "[ab]"});
    ExpectEveryWay(Length(kFrameLimit), Frame(prefix, std::string(30, 'x')) + Frame(prefix, "ab"),
                   {Learned(prefix), "[xxxxxx]!", "[ab]"});
  }
}

TEST(LengthPrefixFraming, AnUnfinishedFrameIsDroppedAtTheEnd) {
  for (const LengthPrefix prefix : kLengthPrefixes) {
    const std::string stream = Frame(prefix, "ab") + Frame(prefix, "cdef");
    for (size_t size = Frame(prefix, "ab").size(); size < stream.size(); ++size) {
      ExpectEveryWay(Length(kFrameLimit), stream.substr(0, size), {Learned(prefix), "[ab]"}, 0);
    }
  }
}

TEST(LengthPrefixFraming, LengthsThatCannotBeAreErrors) {
  const std::string zero = "error: a frame has the length 0";
  const auto too_large = [](uint64_t length) {
    return absl::StrCat("error: a frame has the length ", length,
                        "; the largest that can be is 268435455");
  };
  ExpectEveryWay(Length(kFrameLimit), std::string(8, '\0') + "x", {zero});
  ExpectEveryWay(Length(kFrameLimit), "\xff\xff\xff\xffx", {too_large(4294967295)});  // -1
  ExpectEveryWay(Length(kFrameLimit), Literal("\x10\0\0\0x"), {too_large(268435456)});
  ExpectEveryWay(Length(kFrameLimit), "GET / HTTP/1.1\r\n", {too_large(0x47455420)});
  ExpectEveryWay(Length(kFrameLimit), Literal("\x16\x03\x01\x02\0\x01"), {too_large(0x16030102)});
  ExpectEveryWay(Length(kFrameLimit), Literal("\0\0\0\0\xff\xff\xff\xffx"),
                 {too_large(4294967295)});
  for (const LengthPrefix prefix : kLengthPrefixes) {
    const std::string first = Frame(prefix, "ab");
    ExpectEveryWay(Length(kFrameLimit), first + PrefixOf(prefix, 0) + "x",
                   {Learned(prefix), "[ab]", zero});
    ExpectEveryWay(Length(kFrameLimit), first + PrefixOf(prefix, 0xffffffff) + "x",
                   {Learned(prefix), "[ab]", too_large(4294967295)});
  }
  ExpectEveryWay(Length(kFrameLimit),
                 Frame(LengthPrefix::kBigEndian8, "ab") + std::string(8, '\xff'),
                 {Learned(LengthPrefix::kBigEndian8), "[ab]", too_large(~uint64_t{0})});
}

TEST(LengthPrefixFraming, ZerosOfAPrefixThatAreNotZeroAreAnError) {
  ExpectEveryWay(Length(kFrameLimit), Literal("\0\0\0\x02\0\0\x01\0ab"),
                 {"error: a length of 4 bytes is followed by 00000100 instead of zero bytes"});
  const LengthPrefix prefix = LengthPrefix::kBigEndian4Zeros4;
  ExpectEveryWay(Length(kFrameLimit),
                 absl::StrCat(Frame(prefix, "ab"), Literal("\0\0\0\x02\x01\0\0\0ab")),
                 {Learned(prefix), "[ab]",
                  "error: a length of 4 bytes is followed by 01000000 instead of zero bytes"});
}

TEST(LengthPrefixFraming, AnAnnouncedLengthTakesNoMemory) {
  for (const LengthPrefix prefix : kLengthPrefixes) {
    Conversation conversation(Length(size_t{16} << 20));
    conversation.Feed(PrefixOf(prefix, LengthPrefixFraming::kLargestLength) + "x");
    EXPECT_EQ(conversation.events(), (Events{Learned(prefix)}));
    EXPECT_LE(conversation.framing().Save().size(), 100u);
  }
}

TEST(LengthPrefixFraming, AnEndlessFrameCostsTheLimit) {
  for (const LengthPrefix prefix : kLengthPrefixes) {
    ExpectEndlessMessageCosts(Length(4096), PrefixOf(prefix, LengthPrefixFraming::kLargestLength),
                              4096 + 100);
  }
}

TEST(LengthPrefixFraming, DamageOfWhatWasSavedIsRefused) {
  for (const LengthPrefix prefix : kLengthPrefixes) {
    const std::string stream = Frame(prefix, "abc") + Frame(prefix, std::string(12, 'x'));
    for (size_t size = 0; size < stream.size(); ++size) {
      ExpectDamageIsRefused(Length(kFrameLimit), stream.substr(0, size));
    }
  }
}

TEST(LengthPrefixFraming, GoesOnUnderASmallerLimit) {
  LengthPrefixFraming before(100);
  EventSink sink;
  const std::string stream =
      Frame(LengthPrefix::kBigEndian4, "abcdefghij") + Frame(LengthPrefix::kBigEndian4, "kl");
  ASSERT_TRUE(before.Feed(AsBytes(stream.substr(0, 12)), sink).ok());
  LengthPrefixFraming after(kFrameLimit);
  ASSERT_TRUE(after.Restore(before.Save()).ok());
  ASSERT_TRUE(after.Feed(AsBytes(stream.substr(12)), sink).ok());
  EXPECT_EQ(sink.events, (Events{"learned 0", "[abcdef]!", "[kl]"}));
}

// Frames, now and then a bad one, and an end anywhere.
TEST(LengthPrefixFraming, RandomFramesInRandomPieces) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 20000);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    Random random(seed);
    const LengthPrefix prefix = kLengthPrefixes[random.Index(3)];
    const size_t limit = random.Between(1, 20);
    std::string stream;
    Events expected = {Learned(prefix)};
    for (uint64_t frames = random.Between(1, 6); frames > 0; --frames) {
      // The first byte of a payload is not zero.
      const std::string payload = "p" + random.Text(random.Below(2 * limit), Literal("\0\x01\xff"
                                                                                     "ab"));
      stream += Frame(prefix, payload);
      expected.push_back(
          absl::StrCat("[", payload.substr(0, limit), "]", payload.size() > limit ? "!" : ""));
    }
    if (random.Percent(30)) {
      stream += PrefixOf(prefix, 0) + "x";
      expected.push_back("error: a frame has the length 0");
    } else if (random.Percent(30)) {
      stream += PrefixOf(prefix, 5) + "half";
      if (limit < 5) {
        expected.push_back(absl::StrCat("[", std::string("half").substr(0, limit), "]!"));
      }
    }
    ASSERT_EQ(ComeAtRandom(Length(limit), stream, random), expected)
        << "seed " << seed << " limit " << limit << " stream " << absl::CHexEscape(stream);
  }
}

}  // namespace
}  // namespace parley::chat
