#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "chat/text/utf8.h"

namespace parley::chat {
namespace {

struct Piece {
  char32_t code_point;
  size_t size;
  Utf8 verdict;
  bool operator==(const Piece&) const = default;
};

void PrintTo(const Piece& piece, std::ostream* out) {
  *out << "U+" << std::hex << static_cast<uint32_t>(piece.code_point) << std::dec << " of "
       << piece.size << " bytes, verdict " << static_cast<int>(piece.verdict);
}

std::vector<Piece> PiecesOf(absl::string_view text) {
  std::vector<Piece> pieces;
  for (const Decoded& decoded : CodePoints(text)) {
    pieces.push_back({decoded.code_point, decoded.size, decoded.verdict});
  }
  return pieces;
}

Piece Valid(char32_t code_point, size_t size) { return {code_point, size, Utf8::kValid}; }
Piece Invalid(size_t size) { return {kReplacementCharacter, size, Utf8::kInvalid}; }
Piece Incomplete(size_t size) { return {kReplacementCharacter, size, Utf8::kIncomplete}; }

using Pieces = std::vector<Piece>;

TEST(CodePointsTest, AnEmptyTextHasNone) { EXPECT_TRUE(PiecesOf("").empty()); }

TEST(CodePointsTest, YieldsTheFirstAndLastOfEachLength) {
  EXPECT_EQ(PiecesOf(absl::string_view("\x00\x7F", 2)), (Pieces{Valid(0, 1), Valid(0x7F, 1)}));
  EXPECT_EQ(PiecesOf("\xC2\x80\xDF\xBF"), (Pieces{Valid(0x80, 2), Valid(0x7FF, 2)}));
  EXPECT_EQ(PiecesOf("\xE0\xA0\x80\xEF\xBF\xBF"), (Pieces{Valid(0x800, 3), Valid(0xFFFF, 3)}));
  EXPECT_EQ(PiecesOf("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
            (Pieces{Valid(0x10000, 4), Valid(0x10FFFF, 4)}));
}

TEST(CodePointsTest, YieldsTheNeighboursOfTheSurrogates) {
  EXPECT_EQ(PiecesOf("\xED\x9F\xBF\xEE\x80\x80"), (Pieces{Valid(0xD7FF, 3), Valid(0xE000, 3)}));
}

TEST(CodePointsTest, RefusesOverlongFormsByteForByte) {
  EXPECT_EQ(PiecesOf("\xC0\xAF"), (Pieces{Invalid(1), Invalid(1)}));
  EXPECT_EQ(PiecesOf("\xC1\xBF"), (Pieces{Invalid(1), Invalid(1)}));
  EXPECT_EQ(PiecesOf("\xE0\x80\xAF"), (Pieces{Invalid(1), Invalid(1), Invalid(1)}));
  EXPECT_EQ(PiecesOf("\xF0\x80\x80\xAF"), Pieces(4, Invalid(1)));
}

TEST(CodePointsTest, RefusesSurrogatesByteForByte) {
  EXPECT_EQ(PiecesOf("\xED\xA0\x80"), Pieces(3, Invalid(1)));
  EXPECT_EQ(PiecesOf("\xED\xBF\xBF"), Pieces(3, Invalid(1)));
}

TEST(CodePointsTest, RefusesValuesAboveTheLast) {
  EXPECT_EQ(PiecesOf("\xF4\x90\x80\x80"), Pieces(4, Invalid(1)));
  EXPECT_EQ(PiecesOf("\xF5\x80"), Pieces(2, Invalid(1)));
  EXPECT_EQ(PiecesOf("\xFE\xFF"), Pieces(2, Invalid(1)));
}

TEST(CodePointsTest, RefusesAContinuationByteAlone) {
  EXPECT_EQ(PiecesOf("a\x80z"), (Pieces{Valid('a', 1), Invalid(1), Valid('z', 1)}));
}

// The examples of The Unicode Standard, tables 3-8 to 3-11.
TEST(CodePointsTest, TakesTheLongestBeginningOfASequenceAsOnePiece) {
  EXPECT_EQ(PiecesOf("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"),
            (Pieces{Invalid(2), Invalid(1), Invalid(3), Invalid(2), Valid('A', 1)}));
  EXPECT_EQ(PiecesOf("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
            (Pieces{Invalid(1), Invalid(1), Invalid(1), Invalid(1), Invalid(1), Valid('A', 1),
                    Invalid(1), Invalid(1), Valid('B', 1)}));
}

TEST(CodePointsTest, CallsASequenceCutAtTheEndIncomplete) {
  EXPECT_EQ(PiecesOf("a\xE4\xB8"), (Pieces{Valid('a', 1), Incomplete(2)}));
  EXPECT_EQ(PiecesOf("\xF0\x9F\x98"), (Pieces{Incomplete(3)}));
  EXPECT_EQ(PiecesOf("\xC3"), (Pieces{Incomplete(1)}));
}

TEST(ValidateTest, AChineseCharacterCutAtAnyByteIsIncompleteAndItsTailInvalid) {
  const std::string text = "\xE4\xB8\xAD";
  for (size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_EQ(Validate(text.substr(0, cut)), Utf8::kIncomplete) << cut;
    EXPECT_EQ(Validate(text.substr(cut)), Utf8::kInvalid) << cut;
  }
  EXPECT_EQ(Validate(text), Utf8::kValid);
}

TEST(ValidateTest, AnEmojiCutAtAnyByteIsIncompleteAndItsTailInvalid) {
  const std::string text = "\xF0\x9F\x98\x80";
  for (size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_EQ(Validate(text.substr(0, cut)), Utf8::kIncomplete) << cut;
    EXPECT_EQ(Validate(text.substr(cut)), Utf8::kInvalid) << cut;
  }
}

TEST(ValidateTest, TheFirstFaultDecides) {
  EXPECT_EQ(Validate(""), Utf8::kValid);
  EXPECT_EQ(Validate("plain"), Utf8::kValid);
  EXPECT_EQ(Validate("\xFF\xE4\xB8"), Utf8::kInvalid);
  EXPECT_EQ(Validate("\xE4\xB8z"), Utf8::kInvalid);
}

TEST(AppendUtf8Test, IsTheInverseOfDecoding) {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point == 0xD800) code_point = 0xE000;
    std::string text;
    AppendUtf8(code_point, &text);
    const Decoded decoded = DecodeFirst(text);
    ASSERT_EQ(decoded.verdict, Utf8::kValid) << static_cast<uint32_t>(code_point);
    ASSERT_EQ(decoded.code_point, code_point);
    ASSERT_EQ(decoded.size, text.size());
  }
}

TEST(AppendUtf8Test, WritesWhatIsNoCharacterAsReplacement) {
  for (const char32_t code_point : {0xD800U, 0xDFFFU, 0x110000U, 0xFFFFFFFFU}) {
    std::string text = "a";
    AppendUtf8(code_point, &text);
    EXPECT_EQ(text, "a\uFFFD");
  }
}

TEST(DisplayWidthTest, CountsColumnsAsATerminalDoes) {
  EXPECT_EQ(DisplayWidth(""), 0);
  EXPECT_EQ(DisplayWidth("dave"), 4);
  EXPECT_EQ(DisplayWidth("中文"), 4);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("한글"), 4);
  EXPECT_EQ(DisplayWidth("😀"), 2);
  EXPECT_EQ(DisplayWidth("\u241B"), 1);
  EXPECT_EQ(DisplayWidth("\x1B"), 0);
}

TEST(DisplayWidthTest, CountsOneColumnForEachReplacement) {
  EXPECT_EQ(DisplayWidth("\xFF\xFF"), 2);
  EXPECT_EQ(DisplayWidth("\xE4\xB8"), 1);
}

TEST(DisplayWidthTest, CountsTheMostThatATabCanTake) { EXPECT_EQ(DisplayWidth("a\tb"), 10); }

TEST(FirstGraphemeTest, KeepsTogetherWhatAPersonCallsACharacter) {
  EXPECT_EQ(FirstGrapheme(""), "");
  EXPECT_EQ(FirstGrapheme("ab"), "a");
  EXPECT_EQ(FirstGrapheme("e\u0301\u0302x"), "e\u0301\u0302");
  EXPECT_EQ(FirstGrapheme("👍🏽👍🏽"), "👍🏽");
  EXPECT_EQ(FirstGrapheme("👩\u200D💻x"), "👩\u200D💻");
  EXPECT_EQ(FirstGrapheme("🇩🇪🇫🇷"), "🇩🇪");
  EXPECT_EQ(FirstGrapheme("\u1112\u1161\u11ABx"), "\u1112\u1161\u11AB");
  EXPECT_EQ(FirstGrapheme("\xFF\xFF"), "\xFF");
}

TEST(TruncateToColumnsTest, CutsBetweenCharacters) {
  EXPECT_EQ(TruncateToColumns("hello", 3), "hel");
  EXPECT_EQ(TruncateToColumns("hello", 5), "hello");
  EXPECT_EQ(TruncateToColumns("hello", 0), "");
  EXPECT_EQ(TruncateToColumns("hello", -1), "");
}

TEST(TruncateToColumnsTest, NeverTakesHalfAWideCharacter) {
  EXPECT_EQ(TruncateToColumns("中文", 3), "中");
  EXPECT_EQ(TruncateToColumns("中文", 1), "");
}

TEST(TruncateToColumnsTest, KeepsMarksWithTheirLetter) {
  EXPECT_EQ(TruncateToColumns("e\u0301e\u0301", 1), "e\u0301");
}

TEST(TruncateToBytesTest, CutsBetweenCharacters) {
  EXPECT_EQ(TruncateToBytes("hello", 3), "hel");
  EXPECT_EQ(TruncateToBytes("hello", 5), "hello");
  EXPECT_EQ(TruncateToBytes("hello", std::string::npos), "hello");
  EXPECT_EQ(TruncateToBytes("hello", 0), "");
}

TEST(TruncateToBytesTest, NeverCutsACharacterWhateverTheLimit) {
  const std::string text = "a中😀e\u0301";
  const std::vector<size_t> boundaries = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8, 8, 11};
  for (size_t limit = 0; limit < boundaries.size(); ++limit) {
    EXPECT_EQ(TruncateToBytes(text, limit).size(), boundaries[limit]) << limit;
  }
}

TEST(TruncateToBytesTest, TakesNothingOfACharacterThatIsTooLongAlone) {
  std::string text = "e";
  for (int i = 0; i < 100'000; ++i) text += "\u0301";
  EXPECT_EQ(TruncateToBytes(text, 64), "");
}

}  // namespace
}  // namespace parley::chat
