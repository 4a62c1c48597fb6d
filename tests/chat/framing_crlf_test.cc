#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "chat/transport/crlf_framing.h"
#include "chat/transport/lf_framing.h"
#include "tests/chat/framing_test_support.h"

namespace parley::chat {
namespace {

constexpr size_t kCrLfLimit = 4;

MakeFraming CrLf(size_t limit) {
  return [limit] { return std::make_unique<CrLfFraming>(limit); };
}

// The rule, over the whole stream: the first line that is not too long decides how lines end.
Events NaiveCrLfEvents(const std::string& stream, size_t limit) {
  Events events;
  const auto add = [&](const std::string& line) {
    events.push_back(absl::StrCat("[", line.substr(0, limit), "]", line.size() > limit ? "!" : ""));
  };
  bool decided = false;
  std::string end = "\n";
  size_t from = 0;
  for (size_t at; (at = stream.find(end, from)) != std::string::npos;) {
    std::string line = stream.substr(from, at - from);
    from = at + end.size();
    const bool has_return = end == "\n" && line.ends_with('\r');
    if (has_return) line.pop_back();
    add(line);
    if (decided || line.size() > limit) continue;
    decided = true;
    if (has_return) end = "\r\n";
  }
  std::string last = stream.substr(from);
  if (last.ends_with('\r')) last.pop_back();
  if (!last.empty()) add(last);
  return events;
}

TEST(CrLfFraming, IsSmall) { EXPECT_LE(sizeof(CrLfFraming), 48u); }

TEST(CrLfFraming, AClientOfCrLfMaySendLfAndCrInsideAMessage) {
  ExpectEveryWay(CrLf(100), "one\r\ntwo\nlines\r\na\rb\r\r\n\r\nlast\n",
                 {"[one]", "[two\nlines]", "[a\rb\r]", "[]", "[last\n]"});
}

// They never completed a line in original 2.
TEST(CrLfFraming, AClientOfLfCompletesItsLines) {
  ExpectEveryWay(CrLf(100), "one\ntwo\n\nthree\r\nlast",
                 {"[one]", "[two]", "[]", "[three]", "[last]"});
}

TEST(CrLfFraming, AnEmptyFirstLineDecidesToo) {
  ExpectEveryWay(CrLf(100), "\r\na\nb\r\n", {"[]", "[a\nb]"});
  ExpectEveryWay(CrLf(100), "\na\nb\r\n", {"[]", "[a]", "[b]"});
}

TEST(CrLfFraming, AFirstLineThatIsTooLongDecidesNothing) {
  ExpectEveryWay(CrLf(kCrLfLimit), "abcdef\r\na\nb\r\n", {"[abcd]!", "[a]", "[b]"});
  ExpectEveryWay(CrLf(kCrLfLimit), "abcde\nab\r\na\nb\r\n", {"[abcd]!", "[ab]", "[a\nb]"});
}

TEST(CrLfFraming, ALineOfTheLimitPassesAndOneByteMoreIsTooLong) {
  for (const std::string end : {"\n", "\r\n"}) {
    const std::string stream =
        absl::StrCat("abcd", end, "abcde", end, "abcd", end, "abcdefgh", end, "abcd");
    ExpectEveryWay(CrLf(kCrLfLimit), stream, {"[abcd]", "[abcd]!", "[abcd]", "[abcd]!", "[abcd]"});
  }
}

TEST(CrLfFraming, AtTheEndACarriageReturnIsTheBeginningOfALineEnd) {
  ExpectEveryWay(CrLf(kCrLfLimit), "ab\r\nabcd\r", {"[ab]", "[abcd]"});
  ExpectEveryWay(CrLf(kCrLfLimit), "abcd\r", {"[abcd]"});
  ExpectEveryWay(CrLf(kCrLfLimit), "ab\r\n\r", {"[ab]"});
  ExpectEveryWay(CrLf(kCrLfLimit), "ab\r\nabcdefg\r", {"[ab]", "[abcd]!"});
}

TEST(CrLfFraming, AgreesWithTheRuleOnRandomStreams) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 20000);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    Random random(seed);
    const size_t limit = random.Between(1, 9);
    const std::string stream = random.Text(random.Below(60), "ab\r\r\n");
    ASSERT_EQ(ComeAtRandom(CrLf(limit), stream, random), NaiveCrLfEvents(stream, limit))
        << "seed " << seed << " limit " << limit << " stream " << absl::CHexEscape(stream);
  }
}

TEST(CrLfFraming, DamageOfWhatWasSavedIsRefused) {
  for (const char* fed :
       {"", "unfinished", "a\r\nhalf an end\r", "a\nb", "too long: it is dropped"}) {
    ExpectDamageIsRefused(CrLf(12), fed);
  }
}

TEST(CrLfFraming, WhatAnotherFramingSavedIsRefusedByName) {
  const absl::Status restored = CrLfFraming(10).Restore(LfFraming(10).Save());
  EXPECT_EQ(restored.message(), "the saved state of 'crlf' is that of 'lf'");
}

TEST(CrLfFraming, AnEndlessLineCostsTheLimit) {
  ExpectEndlessMessageCosts(CrLf(4096), "first\r\n", 4096 + 100);
}

}  // namespace
}  // namespace parley::chat
