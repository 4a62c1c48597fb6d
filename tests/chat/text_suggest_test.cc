#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "chat/text/suggest.h"

namespace parley::chat {
namespace {

const std::vector<absl::string_view>& Commands() {
  static const std::vector<absl::string_view> commands = {
      "login", "say",  "look", "who",  "rooms",  "join", "leave",
      "topic", "tell", "me",   "help", "logout", "quit"};
  return commands;
}

std::string Closest(absl::string_view typed) {
  return std::string(ClosestWord(typed, Commands()).value_or("(none)"));
}

TEST(ClosestWordTest, ForgivesOneMistyping) {
  EXPECT_EQ(Closest("loook"), "look");
  EXPECT_EQ(Closest("ook"), "look");
  EXPECT_EQ(Closest("lopk"), "look");
  EXPECT_EQ(Closest("tlel"), "tell");
}

TEST(ClosestWordTest, ForgivesTwoMistypingsInALongerWord) {
  EXPECT_EQ(Closest("tooic"), "topic");
  EXPECT_EQ(Closest("lgoutt"), "logout");
  EXPECT_EQ(Closest("olgin"), "login");
  EXPECT_EQ(Closest("olgni"), "login");
  EXPECT_EQ(Closest("xoomz"), "rooms");
}

TEST(ClosestWordTest, RefusesThreeMistypings) {
  EXPECT_EQ(Closest("logxyz"), "(none)");
  EXPECT_EQ(Closest("zzpzz"), "(none)");
  EXPECT_EQ(Closest("leaveing!"), "(none)");
}

TEST(ClosestWordTest, ForgivesOnlyOneMistypingWhereEitherWordIsShort) {
  EXPECT_EQ(Closest("sya"), "say");
  EXPECT_EQ(Closest("whoo"), "who");
  EXPECT_EQ(Closest("sxx"), "(none)");
  EXPECT_EQ(Closest("whoam"), "(none)");
  EXPECT_EQ(Closest("lk"), "(none)");
}

TEST(ClosestWordTest, ASwapIsOneMistypingAndNotTwo) { EXPECT_EQ(Closest("hwo"), "who"); }

TEST(ClosestWordTest, IgnoresCase) {
  EXPECT_EQ(Closest("LOOK"), "look");
  EXPECT_EQ(Closest("Hlep"), "help");
}

TEST(ClosestWordTest, PrefersFewerMistypingsAndThenTheFirst) {
  const std::vector<absl::string_view> known = {"cart", "care", "core"};
  EXPECT_EQ(ClosestWord("core", known), "core");
  EXPECT_EQ(ClosestWord("carx", known), "cart");
}

TEST(ClosestWordTest, KnowsNothingThatSharesNoLetter) {
  const std::vector<absl::string_view> known = {"a", "bc"};
  EXPECT_EQ(ClosestWord("x", known), std::nullopt);
  EXPECT_EQ(ClosestWord("b", known), "bc");
}

TEST(ClosestWordTest, KnowsNothingLikeAnEmptyOrAnEndlessWord) {
  const std::string word(33, 'a');
  const std::vector<absl::string_view> known = {word, "a"};
  EXPECT_EQ(ClosestWord("", known), std::nullopt);
  EXPECT_EQ(ClosestWord(word, known), std::nullopt);
  EXPECT_EQ(ClosestWord(word.substr(1), known), word);
  EXPECT_EQ(ClosestWord(std::string(1'000'000, 'a'), known), std::nullopt);
}

TEST(ClosestWordTest, FindsNothingWhereNothingIsKnown) {
  EXPECT_EQ(ClosestWord("look", {}), std::nullopt);
}

TEST(ClosestWordTest, AnswersWithTheViewThatItWasGiven) {
  const std::optional<absl::string_view> closest = ClosestWord("LOOK", Commands());
  ASSERT_TRUE(closest.has_value());
  EXPECT_EQ(closest->data(), Commands()[2].data());
}

}  // namespace
}  // namespace parley::chat
