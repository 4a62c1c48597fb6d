#include "reactor/base/terminator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/reactor/random.h"

namespace parley {
namespace {

// What a user of the terminator collects: the finished messages, and what follows the last of them.
struct Collected {
  std::vector<std::string> messages;
  std::string rest;
};

void Feed(Terminator& terminator, absl::string_view piece, Collected& collected) {
  ByteSpan input = AsBytes(piece);
  while (!input.empty()) {
    const Terminator::Step step = terminator.Next(input);
    absl::StrAppend(&collected.rest, AsText(step.held_back), AsText(input.first(step.collect)));
    ASSERT_TRUE(step.consumed > 0 || !step.held_back.empty()) << "no progress";
    ASSERT_TRUE(step.held_back.empty() || step.collect == 0) << "two steps in one";
    input = input.subspan(step.consumed);
    if (step.found) {
      collected.messages.push_back(collected.rest);
      collected.rest.clear();
    }
  }
}

// The same by searching the whole stream; what may begin the terminator at the end is held back.
Collected NaiveSplit(const std::string& stream, const std::string& terminator) {
  Collected collected;
  size_t from = 0;
  for (size_t at; (at = stream.find(terminator, from)) != std::string::npos;
       from = at + terminator.size()) {
    collected.messages.push_back(stream.substr(from, at - from));
  }
  collected.rest = stream.substr(from);
  for (size_t held = std::min(terminator.size() - 1, collected.rest.size()); held > 0; --held) {
    if (collected.rest.ends_with(terminator.substr(0, held))) {
      collected.rest.resize(collected.rest.size() - held);
      break;
    }
  }
  return collected;
}

std::string Show(const Collected& collected) {
  std::string text;
  for (const std::string& message : collected.messages) text += "[" + message + "]";
  return text + collected.rest;
}

TEST(Terminator, NoneCollectsEverything) {
  std::array<Terminator, 2> all{Terminator::None(), Terminator::String("")};
  for (Terminator& terminator : all) {
    Collected collected;
    Feed(terminator, "abc\r\n", collected);
    EXPECT_EQ(Show(collected), "abc\r\n");
    EXPECT_TRUE(terminator.is_none());
  }
}

TEST(Terminator, ACountIsMetOnceAndThenThereIsNone) {
  Terminator terminator = Terminator::Count(5);
  Collected collected;
  Feed(terminator, "ab", collected);
  EXPECT_EQ(Show(collected), "ab");
  Feed(terminator, "cdefgh", collected);
  EXPECT_EQ(Show(collected), "[abcde]fgh");
  EXPECT_TRUE(terminator.is_none());
}

TEST(Terminator, L13_OfACountOfZeroAnEmptyMessageIsFoundAtOnceAndThenThereIsNone) {
  Terminator terminator = Terminator::Count(0);
  EXPECT_TRUE(terminator.is_empty_count());
  EXPECT_FALSE(terminator.is_none());
  EXPECT_EQ(terminator.text(), "");
  EXPECT_EQ(terminator.remaining(), 0U);
  const Terminator::Step step = terminator.Next({});
  EXPECT_TRUE(step.found);
  EXPECT_EQ(step.consumed, 0U);
  EXPECT_EQ(step.collect, 0U);
  EXPECT_TRUE(terminator.is_none());
  EXPECT_FALSE(terminator.Next(AsBytes("abc")).found);
}

TEST(Terminator, ACountMayBeLargerThanMemory) {
  Terminator terminator = Terminator::Count(uint64_t{1} << 40);
  const Terminator::Step step = terminator.Next(AsBytes("abc"));
  EXPECT_EQ(step.consumed, 3u);
  EXPECT_FALSE(step.found);
}

TEST(Terminator, HoldsBackWhatMayBeItsBeginning) {
  Terminator terminator = Terminator::String("\r\n");
  Collected collected;
  Feed(terminator, "line\r", collected);
  EXPECT_EQ(collected.rest, "line");
  EXPECT_EQ(terminator.matched(), 1u);
  Feed(terminator, "x", collected);
  EXPECT_EQ(collected.rest, "line\rx");
  EXPECT_EQ(terminator.matched(), 0u);
}

TEST(Terminator, ForgettingDropsWhatIsHeld) {
  Terminator terminator = Terminator::String("END");
  Collected collected;
  Feed(terminator, "aEN", collected);
  EXPECT_EQ(terminator.Held(), "EN");
  terminator.Forget();
  Feed(terminator, "D", collected);
  EXPECT_EQ(Show(collected), "aD");
}

TEST(Terminator, MovingKeepsItsPlace) {
  for (const std::string text : {"END", "of eight", "of nine b", "a longer one than eight bytes"}) {
    Terminator terminator = Terminator::String(text);
    Collected collected;
    Feed(terminator, "x" + text.substr(0, 2), collected);
    Terminator moved = std::move(terminator);
    Feed(moved, text.substr(2), collected);
    EXPECT_EQ(Show(collected), "[x]");
  }
}

TEST(Terminator, FallsBackToAShorterBeginningOfItself) {
  Terminator terminator = Terminator::String("aab");
  Collected collected;
  for (const char* piece : {"a", "a", "a", "b"}) Feed(terminator, piece, collected);
  EXPECT_EQ(Show(collected), "[a]");
}

TEST(Terminator, MatchesTheNulByte) {
  Terminator terminator = Terminator::String(absl::string_view("\0\xff", 2));
  Collected collected;
  Feed(terminator, absl::string_view("a\0", 2), collected);
  Feed(terminator, "\xff", collected);
  EXPECT_EQ(Show(collected), "[a]");
}

TEST(Terminator, AgreesWithASearchOfTheWholeStreamWhateverTheSplit) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 20000);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    Random random(seed);
    const absl::string_view alphabet = random.Percent(70) ? "ab" : "abc";
    const std::string text =
        random.Text(random.Percent(70) ? random.Between(1, 8) : random.Between(8, 20), alphabet);
    const std::string stream =
        random.Text(random.Below(80), alphabet) + (random.Percent(50) ? text + "a" : "");
    Terminator terminator = Terminator::String(text);
    Collected collected;
    for (size_t at = 0; at < stream.size();) {
      const size_t size = std::min<size_t>(random.Between(1, 7), stream.size() - at);
      Feed(terminator, absl::string_view(stream).substr(at, size), collected);
      at += size;
    }
    ASSERT_EQ(Show(collected), Show(NaiveSplit(stream, text)))
        << "seed " << seed << " terminator " << text << " stream " << stream;
  }
}

// 1 MB of "aaaa..." against "aaaa...b": a matcher that starts again at each byte would need 10^10
// steps.
TEST(Terminator, TakesLinearTimeOnInputMadeToBeSlow) {
  Terminator terminator = Terminator::String(std::string(10000, 'a') + "b");
  const std::string stream(1 << 20, 'a');
  Collected collected;
  Feed(terminator, stream, collected);
  EXPECT_EQ(collected.rest.size(), stream.size() - 10000);
  EXPECT_EQ(terminator.matched(), 10000u);
}

}  // namespace
}  // namespace parley
