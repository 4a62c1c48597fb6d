#include <gtest/gtest.h>
#include <utf8proc.h>

#include <iterator>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chat/text/sanitise.h"
#include "chat/text/utf8.h"

namespace parley::chat {
namespace {

std::string Encoded(char32_t code_point) {
  std::string text;
  AppendUtf8(code_point, &text);
  return text;
}

std::string NameOf(char32_t code_point) {
  return absl::StrFormat("<U+%04X>", static_cast<uint32_t>(code_point));
}

std::string Repeated(absl::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) absl::StrAppend(&repeated, text);
  return repeated;
}

void ExpectUntouched(absl::string_view text) {
  EXPECT_TRUE(IsClean(text)) << text;
  EXPECT_EQ(Sanitise(text), text);
}

void ExpectShown(absl::string_view text, absl::string_view shown) {
  EXPECT_FALSE(IsClean(text)) << text;
  EXPECT_EQ(Sanitise(text), shown);
}

TEST(SanitiseTest, LeavesPlainTextAlone) {
  ExpectUntouched("");
  ExpectUntouched("a");
  ExpectUntouched("The quick brown fox jumps over the lazy dog ~!@#$%^&*()_+");
  ExpectUntouched("\ttabs\tare\tkept\tand do not slow the rest of a long line down");
}

TEST(SanitiseTest, LeavesTheWorldsWritingAlone) {
  ExpectUntouched("Grüße, čaj, ẵ, e\u0301");
  ExpectUntouched("Привет, Γειά σου, שלום, مرحبا");
  ExpectUntouched("你好，世界 — こんにちは 안녕하세요");
  ExpectUntouched("नमस्ते ไทยก็ชอบ བོད་ཡིག");
  ExpectUntouched("😀 👍🏽 🇩🇪 ❤\uFE0F #\uFE0F\u20E3");
  ExpectUntouched("\u00A0\u3000");
  ExpectUntouched("\uE000 is private and \U0001FBFF may be assigned one day");
}

TEST(SanitiseTest, ShowsC0ControlsAndDeleteAsPictures) {
  for (char byte = 0; byte < 0x20; ++byte) {
    if (byte == '\t') continue;
    ExpectShown(absl::string_view(&byte, 1), Encoded(0x2400 + static_cast<char32_t>(byte)));
  }
  ExpectShown("\x7F", "\u2421");
  ExpectShown("\x1B[2J\x1B]52;c;ZXZpbA==\x07", "\u241B[2J\u241B]52;c;ZXZpbA==\u2407");
  ExpectShown("two\r\nlines", "two\u240D\u240Alines");
}

TEST(SanitiseTest, FindsAControlAtEveryPlaceOfALongText) {
  for (const char control : {'\x00', '\x1F', '\x7F', '\x80', '\xFF'}) {
    for (size_t at = 0; at < 40; ++at) {
      std::string text(40, at % 2 == 0 ? ' ' : '~');
      text[at] = control;
      EXPECT_FALSE(IsClean(text)) << static_cast<int>(control) << " at " << at;
    }
  }
}

TEST(SanitiseTest, NamesC1Controls) {
  for (char32_t control = 0x80; control < 0xA0; ++control) {
    ExpectShown(Encoded(control), NameOf(control));
  }
  ExpectShown("a\u0085b", "a<U+0085>b");
}

TEST(SanitiseTest, TakesARawC1ByteForInvalidAndNotForAControl) {
  ExpectShown("\x9B[2J", "\uFFFD[2J");
}

TEST(SanitiseTest, NamesBidiControls) {
  for (const char32_t control : {0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E,
                                 0x2066, 0x2067, 0x2068, 0x2069}) {
    ExpectShown(absl::StrCat("a", Encoded(control), "b"), absl::StrCat("a", NameOf(control), "b"));
  }
}

TEST(SanitiseTest, NamesInvisibleCharacters) {
  for (const char32_t invisible :
       {0x200B, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xFEFF, 0x00AD, 0x034F, 0x115F,
        0x1160, 0x3164, 0xFFA0, 0x180E, 0x2028, 0x2029, 0xFFF9, 0xFFFA, 0xFFFB, 0x1D173}) {
    ExpectShown(absl::StrCat("a", Encoded(invisible), "b"),
                absl::StrCat("a", NameOf(invisible), "b"));
  }
}

TEST(SanitiseTest, NamesTagCharacters) {
  for (char32_t tag = 0xE0000; tag <= 0xE007F; ++tag) ExpectShown(Encoded(tag), NameOf(tag));
}

// The C library of Unicode tables is another witness than the list in the source.
TEST(SanitiseTest, LetsNothingThroughThatUnicodeCallsIgnorable) {
  int ignorable = 0;
  for (int code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    const utf8proc_property_t* property = utf8proc_get_property(code_point);
    if (!property->ignorable) continue;
    ++ignorable;
    const bool is_variation_selector = property->category == UTF8PROC_CATEGORY_MN &&
                                       code_point != 0x034F && code_point != 0x17B4 &&
                                       code_point != 0x17B5;
    const std::string text = absl::StrCat("a", Encoded(static_cast<char32_t>(code_point)));
    EXPECT_EQ(IsClean(text), is_variation_selector) << NameOf(static_cast<char32_t>(code_point));
  }
  EXPECT_GT(ignorable, 300);
}

TEST(SanitiseTest, DropsAByteOrderMarkAtTheBeginningOnly) {
  ExpectShown("\uFEFF", "");
  ExpectShown("\uFEFFhello", "hello");
  ExpectShown("\uFEFF\uFEFFhello", "<U+FEFF>hello");
  ExpectShown("hello\uFEFF", "hello<U+FEFF>");
}

TEST(SanitiseTest, KeepsJoinersThatJoin) {
  ExpectUntouched("👩\u200D💻");
  ExpectUntouched("❤\uFE0F\u200D🔥");
  ExpectUntouched("👩🏽\u200D🚀");
  ExpectUntouched("क\u094D\u200Dष");
  ExpectUntouched("\u09B0\u200D\u09CD\u09AF");
  ExpectUntouched("می\u200Cخواهم");
}

TEST(SanitiseTest, NamesJoinersThatJoinNothing) {
  ExpectShown("\u200D", "<U+200D>");
  ExpectShown("क\u200C", "क<U+200C>");
  ExpectShown("\u200Dक", "<U+200D>क");
  ExpectShown("क\u200D क", "क<U+200D> क");
  ExpectShown("क\u3000\u200Dक", "क\u3000<U+200D>क");
  ExpectShown("da\u200Dve", "da<U+200D>ve");
  ExpectShown("д\u200Cд", "д<U+200C>д");
  ExpectShown("क\u200D\u200Dक", "क<U+200D><U+200D>क");
  ExpectShown("क\u200D\uFE0Fक", "क<U+200D>\uFE0Fक");
  ExpectShown("क\u200D\xFF", "क<U+200D>\uFFFD");
  ExpectShown("क \uFE0F\u200Dक", "क \uFE0F<U+200D>क");
  ExpectShown("क\u200B\u200Dक", "क<U+200B><U+200D>क");
}

TEST(SanitiseTest, KeepsEightMarksInARowAndNotesTheRestOnce) {
  const std::string eight = absl::StrCat("z", Repeated("\u0335", kMaxMarksInARow));
  ExpectUntouched(eight);
  ExpectShown(absl::StrCat(eight, "\u0336"), absl::StrCat(eight, "<marks>"));
  ExpectShown(absl::StrCat(eight, Repeated("\u0336", 1000), "y"), absl::StrCat(eight, "<marks>y"));
}

TEST(SanitiseTest, CountsMarksAnewForEachLetter) {
  const std::string eight = absl::StrCat("z", Repeated("\u0335", kMaxMarksInARow));
  ExpectUntouched(absl::StrCat(eight, eight, "ж", Repeated("\u0335", kMaxMarksInARow)));
}

TEST(SanitiseTest, JoinersAndVariationSelectorsCannotStretchARowOfMarks) {
  const std::string base = absl::StrCat("क", Repeated("\u093C", kMaxMarksInARow));
  ExpectShown(absl::StrCat(base, "\u200D\u093C"), absl::StrCat(base, "<U+200D>\u093C"));
  ExpectShown(absl::StrCat("z", Repeated("\uFE0F", 9)),
              absl::StrCat("z", Repeated("\uFE0F", 8), "<marks>"));
}

TEST(SanitiseTest, ReplacesEachMaximalSubpartThatIsNotUtf8) {
  ExpectShown("\xFF", "\uFFFD");
  ExpectShown("a\xC0\xAFz", "a\uFFFD\uFFFDz");
  ExpectShown("\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD");
  ExpectShown("\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD");
  ExpectShown("\xE4\xB8", "\uFFFD");
  ExpectShown("\xE4\xB8z", "\uFFFDz");
  ExpectShown("caf\xE9 au lait", "caf\uFFFD au lait");
}

TEST(SanitiseTest, ReplacesNoncharacters) {
  for (char32_t code_point = 0xFDD0; code_point <= 0xFDEF; ++code_point) {
    ExpectShown(Encoded(code_point), "\uFFFD");
  }
  for (char32_t plane = 0; plane <= 0x10; ++plane) {
    ExpectShown(Encoded(plane << 16 | 0xFFFE), "\uFFFD");
    ExpectShown(Encoded(plane << 16 | 0xFFFF), "\uFFFD");
  }
  ExpectUntouched("\uFFFD");
}

// Random texts are made of raw bytes and of the code points that the rules tell apart.
class RandomText {
 public:
  explicit RandomText(uint32_t seed) : random_(seed) {}

  std::string operator()() {
    std::string text;
    const int pieces = Below(24);
    for (int i = 0; i < pieces; ++i) AppendPiece(&text);
    if (!text.empty() && Below(8) == 0) text.resize(text.size() - 1);
    return text;
  }

 private:
  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }

  void AppendPiece(std::string* text) {
    static constexpr char32_t kTelling[] = {
        0x20,   0x09,   0x1B,   0x7F,   0x85,   0xAD,   0x0301, 0x034F, 0x0436,  0x061C,  0x0928,
        0x093C, 0x094D, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D, 0x202E, 0x2028,  0x2066,  0x20DD,
        0x3000, 0x4E2D, 0x115F, 0xFDD0, 0xFE0F, 0xFEFF, 0xFFFD, 0xFFFF, 0x1F600, 0x1F3FD, 0xE0041};
    switch (Below(6)) {
      case 0:
        text->push_back(static_cast<char>(Below(256)));
        break;
      case 1:
        AppendUtf8(static_cast<char32_t>(Below(0x110000)), text);
        break;
      case 2:
        absl::StrAppend(text, Repeated("\u0301", Below(12)));
        break;
      case 3:
        absl::StrAppend(text, "plain text ");
        break;
      default:
        AppendUtf8(kTelling[Below(static_cast<int>(std::size(kTelling)))], text);
        break;
    }
  }

  std::mt19937 random_;
};

TEST(SanitiseTest, AnyTextBecomesValidCleanAndStaysSo) {
  RandomText random_text(20'240'601);
  int already_clean = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string text = random_text();
    const std::string shown = Sanitise(text);
    ASSERT_EQ(Validate(shown), Utf8::kValid) << testing::PrintToString(text);
    ASSERT_TRUE(IsClean(shown)) << testing::PrintToString(text);
    ASSERT_EQ(Sanitise(shown), shown) << testing::PrintToString(text);
    ASSERT_EQ(IsClean(text), shown == text) << testing::PrintToString(text);
    ASSERT_LE(shown.size(), 4 * text.size()) << testing::PrintToString(text);
    already_clean += IsClean(text) ? 1 : 0;
  }
  EXPECT_GT(already_clean, 1000);
  EXPECT_LT(already_clean, 199'000);
}

TEST(SanitiseTest, NoControlEverComesOut) {
  RandomText random_text(7);
  for (int i = 0; i < 50'000; ++i) {
    const std::string shown = Sanitise(random_text());
    for (const Decoded& decoded : CodePoints(shown)) {
      const utf8proc_category_t category =
          utf8proc_category(static_cast<utf8proc_int32_t>(decoded.code_point));
      ASSERT_TRUE(category != UTF8PROC_CATEGORY_CC || decoded.code_point == '\t')
          << NameOf(decoded.code_point);
    }
  }
}

TEST(ExcerptTest, QuotesAShortTextWhole) {
  EXPECT_EQ(Excerpt("", 10), "");
  EXPECT_EQ(Excerpt("dave", 10), "dave");
  EXPECT_EQ(Excerpt("0123456789", 10), "0123456789");
  EXPECT_EQ(Excerpt("\x1B[2J", 10), "\u241B[2J");
}

TEST(ExcerptTest, CutsALongTextToItsColumns) {
  EXPECT_EQ(Excerpt("0123456789a", 10), "012345678…");
  EXPECT_EQ(Excerpt("中文中文中文", 6), "中文…");
  EXPECT_EQ(Excerpt(std::string(1'000'000, 'x'), 4), "xxx…");
  EXPECT_EQ(Excerpt("dave", 1), "…");
  EXPECT_EQ(Excerpt("dave", 0), "");
  EXPECT_EQ(Excerpt("dave", -5), "");
}

TEST(ExcerptTest, IsShortAndCleanWhateverTheText) {
  RandomText random_text(99);
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = random_text() + random_text();
    const std::string excerpt = Excerpt(text, 12);
    ASSERT_LE(DisplayWidth(excerpt), 12) << testing::PrintToString(text);
    ASSERT_TRUE(IsClean(excerpt)) << testing::PrintToString(text);
  }
}

TEST(ExcerptTest, AMillionMarksCostNoMoreThanAFew) {
  EXPECT_EQ(Excerpt(absl::StrCat("z", Repeated("\u0335", 1'000'000)), 10), "…");
}

}  // namespace
}  // namespace parley::chat
