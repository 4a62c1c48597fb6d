#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "chat/transport/lf_framing.h"
#include "tests/chat/framing_test_support.h"

namespace parley::chat {
namespace {

constexpr size_t kLfLimit = 4;

MakeFraming Lf(size_t limit) {
  return [limit] { return std::make_unique<LfFraming>(limit); };
}

// The rule, over the whole stream.
Events NaiveLfEvents(const std::string& stream, size_t limit) {
  Events events;
  const auto add = [&](std::string line) {
    if (line.ends_with('\r')) line.pop_back();
    events.push_back(absl::StrCat("[", line.substr(0, limit), "]", line.size() > limit ? "!" : ""));
  };
  size_t from = 0;
  for (size_t end; (end = stream.find('\n', from)) != std::string::npos; from = end + 1) {
    add(stream.substr(from, end - from));
  }
  const std::string last = stream.substr(from);
  if (!last.empty() && last != "\r") add(last);
  return events;
}

TEST(LfFraming, IsSmall) { EXPECT_LE(sizeof(LfFraming), 48u); }

TEST(LfFraming, ACarriageReturnBelongsToTheEndBehindIt) {
  ExpectEveryWay(Lf(100), "look\r\nlook\nlo\rok\n\r\n\r\r\nlast\r",
                 {"[look]", "[look]", "[lo\rok]", "[]", "[\r]", "[last]"});
}

TEST(LfFraming, ALineOfTheLimitPassesAndOneByteMoreIsTooLong) {
  for (const std::string end : {"\n", "\r\n"}) {
    const std::string stream =
        absl::StrCat("abc", end, "abcd", end, "abcde", end, "abcdefgh", end, "x");
    ExpectEveryWay(Lf(kLfLimit), stream, {"[abc]", "[abcd]", "[abcd]!", "[abcd]!", "[x]"});
  }
}

TEST(LfFraming, ALastLineWithoutEndCountsAndTheRestOfOneThatWasTooLongDoesNot) {
  ExpectEveryWay(Lf(kLfLimit), "abc\nabcd", {"[abc]", "[abcd]"});
  ExpectEveryWay(Lf(kLfLimit), "abcd\r", {"[abcd]"});
  ExpectEveryWay(Lf(kLfLimit), "abcde", {"[abcd]!"});
  ExpectEveryWay(Lf(kLfLimit), "abcdefghij", {"[abcd]!"});
  ExpectEveryWay(Lf(kLfLimit), "abc\n\r", {"[abc]"});
  ExpectEveryWay(Lf(kLfLimit), "", {});
}

TEST(LfFraming, AgreesWithTheRuleOnRandomStreams) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 20000);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    Random random(seed);
    const size_t limit = random.Between(1, 9);
    const std::string stream = random.Text(random.Below(60), "abc\r\n");
    ASSERT_EQ(ComeAtRandom(Lf(limit), stream, random), NaiveLfEvents(stream, limit))
        << "seed " << seed << " limit " << limit << " stream " << absl::CHexEscape(stream);
  }
}

TEST(LfFraming, DamageOfWhatWasSavedIsRefused) {
  for (const char* fed : {"", "unfinished", "too long: dropped"}) {
    ExpectDamageIsRefused(Lf(10), fed);
  }
}

TEST(LfFraming, AnEndlessLineCostsTheLimit) {
  ExpectEndlessMessageCosts(Lf(4096), "first\n", 4096 + 100);
}

TEST(LfFraming, GoesOnUnderASmallerLimit) {
  LfFraming before(100);
  EventSink sink;
  ASSERT_TRUE(before.Feed(AsBytes("unfinished"), sink).ok());
  LfFraming after(kLfLimit);
  ASSERT_TRUE(after.Restore(before.Save()).ok());
  ASSERT_TRUE(after.Feed(AsBytes(" line\nnext\n"), sink).ok());
  EXPECT_EQ(sink.events, (Events{"[unfi]!", "[next]"}));
}

}  // namespace
}  // namespace parley::chat
