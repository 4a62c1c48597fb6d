#include <gtest/gtest.h>
#include <utf8proc.h>

#include <ostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chat/profiles/friendly/phrases.h"
#include "chat/text/names.h"
#include "chat/text/sanitise.h"
#include "chat/text/utf8.h"

namespace parley::chat {
namespace {

std::string Repeated(absl::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) absl::StrAppend(&repeated, text);
  return repeated;
}

// Why `typed` is no name, as people read it.
std::string SentenceFor(absl::string_view typed, absl::string_view what = "name") {
  return NameSentence(what, typed, CheckName(typed).problem);
}

struct Allowed {
  std::string typed;
  std::string name;
};

void PrintTo(const Allowed& allowed, std::ostream* out) { *out << Excerpt(allowed.typed, 40); }

class AllowedNameTest : public testing::TestWithParam<Allowed> {};

TEST_P(AllowedNameTest, IsReturnedInNormalFormWithItsCase) {
  const CheckedName checked = CheckName(GetParam().typed);
  ASSERT_TRUE(checked.ok()) << SentenceFor(GetParam().typed);
  EXPECT_EQ(checked.name, GetParam().name);
  EXPECT_TRUE(IsClean(checked.name));
  EXPECT_FALSE(FoldName(checked.name).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Names, AllowedNameTest,
    testing::Values(Allowed{"a", "a"}, Allowed{"Dave", "Dave"}, Allowed{"7", "7"},
                    Allowed{"x-_-2", "x-_-2"}, Allowed{"2Fast_2-Furious", "2Fast_2-Furious"},
                    Allowed{"Jose\u0301", "José"}, Allowed{"Łukasz", "Łukasz"},
                    Allowed{"Zoë", "Zoë"}, Allowed{"Иван", "Иван"}, Allowed{"Σωκράτης", "Σωκράτης"},
                    Allowed{"小明", "小明"}, Allowed{"はなこ", "はなこ"}, Allowed{"민수", "민수"},
                    Allowed{"\u1106\u1175\u11AB", "민"}, Allowed{"नीता", "नीता"},
                    Allowed{"สมชาย", "สมชาย"}, Allowed{"علي", "علي"}, Allowed{"דוד", "דוד"},
                    Allowed{"dave小明", "dave小明"}, Allowed{"علي-٣", "علي-٣"},
                    Allowed{"Միքայել", "Միքայել"}, Allowed{"daveはなこ", "daveはなこ"},
                    Allowed{"민수ivan", "민수ivan"}, Allowed{"Саша7", "Саша7"},
                    Allowed{"cʼhwazh", "cʼhwazh"},
                    Allowed{std::string(20, 'a'), std::string(20, 'a')},
                    Allowed{Repeated("明", 20), Repeated("明", 20)},
                    Allowed{Repeated("e\u0301", 20), Repeated("é", 20)},
                    Allowed{Repeated("𠀀", 15), Repeated("𠀀", 15)},
                    Allowed{Repeated("q\u0323\u0323\u0323\u0323\u0323", 2),
                            Repeated("q\u0323\u0323\u0323\u0323\u0323", 2)},
                    Allowed{absl::StrCat("q", Repeated("\u0323", 8)),
                            absl::StrCat("q", Repeated("\u0323", 8))}));

struct Refused {
  std::string typed;
  std::string sentence;
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << Excerpt(refused.typed, 40); }

class RefusedNameTest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedNameTest, IsAnsweredWithOneSentenceThatIsSafeToShow) {
  ASSERT_FALSE(CheckName(GetParam().typed).ok());
  const std::string sentence = SentenceFor(GetParam().typed);
  EXPECT_EQ(sentence, GetParam().sentence);
  EXPECT_TRUE(IsClean(sentence));
}

INSTANTIATE_TEST_SUITE_P(
    Names, RefusedNameTest,
    testing::Values(
        Refused{"", "The name is empty; it must have 1 to 20 characters."},
        Refused{std::string(21, 'a'),
                "The name \"aaaaaaaaaaaaaaaaaaaaa\" has 21 characters; the limit is 20."},
        Refused{std::string(5000, 'a'),
                "The name \"aaaaaaaaaaaaaaaaaaaaaaa…\" has 5000 characters; the limit is 20."},
        Refused{Repeated("𠀀", 16),
                "The name \"𠀀𠀀𠀀𠀀𠀀𠀀𠀀𠀀𠀀𠀀𠀀…\" has 64 bytes; the limit is 60."},
        Refused{"-dave",
                "The name \"-dave\" begins with \"-\"; it must begin with a letter or digit."},
        Refused{"_", "The name \"_\" begins with \"_\"; it must begin with a letter or digit."},
        Refused{" dave",
                "The name \" dave\" begins with a space; it must begin with a letter or digit."},
        Refused{"\u0301a",
                "The name \"\u0301a\" begins with the mark U+0301; it must begin with a letter or "
                "digit."},
        Refused{"\uFEFFa",
                "The name \"a\" begins with the character U+FEFF; it must begin with a letter or "
                "digit."},
        Refused{
            "da ve",
            "The name \"da ve\" has a space; only letters, digits, \"-\" and \"_\" are allowed."},
        Refused{
            "da\tve",
            "The name \"da\tve\" has a tab; only letters, digits, \"-\" and \"_\" are allowed."},
        Refused{
            "da\u00A0ve",
            "The name \"da\u00A0ve\" has the space U+00A0; only letters, digits, \"-\" and \"_\" "
            "are allowed."},
        Refused{"dave!",
                "The name \"dave!\" has \"!\"; only letters, digits, \"-\" and \"_\" are allowed."},
        Refused{"dave😀",
                "The name \"dave😀\" has \"😀\"; only letters, digits, \"-\" and \"_\" are allowed."},
        Refused{"da\x1B[2Jve",
                "The name \"da\u241B[2Jve\" has the character U+001B; only letters, digits, \"-\" "
                "and \"_\" are allowed."},
        Refused{
            "da\u202Eve",
            "The name \"da<U+202E>ve\" has the character U+202E; only letters, digits, \"-\" and "
            "\"_\" are allowed."},
        Refused{
            "da\u200Bve",
            "The name \"da<U+200B>ve\" has the character U+200B; only letters, digits, \"-\" and "
            "\"_\" are allowed."},
        Refused{
            "a\uFE0F",
            "The name \"a\uFE0F\" has the mark U+FE0F; only letters, digits, \"-\" and \"_\" are "
            "allowed."},
        Refused{
            "\u3164",
            "The name \"<U+3164>\" begins with the character U+3164; it must begin with a letter "
            "or digit."},
        Refused{
            "a\u20DD",
            "The name \"a\u20DD\" has the mark U+20DD; only letters, digits, \"-\" and \"_\" are "
            "allowed."},
        Refused{"7\u0301",
                "The name \"7\u0301\" has the mark U+0301 behind no letter; marks must follow a "
                "letter."},
        Refused{"a-\u0301",
                "The name \"a-\u0301\" has the mark U+0301 behind no letter; marks must follow a "
                "letter."},
        Refused{absl::StrCat("q", Repeated("\u0323", 9)),
                absl::StrCat("The name \"q", Repeated("\u0323", 8),
                             "<marks>\" has too many marks on one letter; the limit is 8.")},
        Refused{
            "p\u0430ul",
            "The name \"p\u0430ul\" mixes Latin and Cyrillic letters; use letters of only one of "
            "Latin, Greek and Cyrillic."},
        Refused{
            "Ηelen",
            "The name \"Ηelen\" mixes Greek and Latin letters; use letters of only one of Latin, "
            "Greek and Cyrillic."},
        Refused{
            "иο",
            "The name \"иο\" mixes Cyrillic and Greek letters; use letters of only one of Latin, "
            "Greek and Cyrillic."},
        Refused{
            "𝐝\u0430ve",
            "The name \"𝐝\u0430ve\" mixes Latin and Cyrillic letters; use letters of only one of "
            "Latin, Greek and Cyrillic."},
        Refused{"ｐ\u0430ul",
                "The name \"ｐ\u0430ul\" mixes Latin and Cyrillic letters; use letters of only one "
                "of Latin, Greek and Cyrillic."},
        // Letters of Armenian and Lisu, and digits of Oriya and Arabic.
        Refused{
            "b\u0585b",
            "The name \"b\u0585b\" mixes Latin letters with \"\u0585\", which may look like one; "
            "use letters and digits of one script."},
        Refused{
            "\uA4EEnn",
            "The name \"\uA4EEnn\" mixes Latin letters with \"\uA4EE\", which may look like one; "
            "use letters and digits of one script."},
        Refused{
            "b\u0B66b",
            "The name \"b\u0B66b\" mixes Latin letters with \"\u0B66\", which may look like one; "
            "use letters and digits of one script."},
        Refused{
            "иван\u0665",
            "The name \"иван\u0665\" mixes Cyrillic letters with \"\u0665\", which may look like "
            "one; use letters and digits of one script."},
        Refused{"a\xFF", "The name \"a\uFFFD\" is not valid UTF-8; names must be UTF-8 text."},
        Refused{"\xE4\xB8", "The name \"\uFFFD\" is not valid UTF-8; names must be UTF-8 text."}));

TEST(CheckNameTest, SaysWhatIsNamed) {
  EXPECT_EQ(SentenceFor("", "room name"),
            "The room name is empty; it must have 1 to 20 characters.");
  EXPECT_TRUE(absl::StartsWith(SentenceFor("a b", "room name"), "The room name \"a b\""));
}

TEST(CheckNameTest, AnswersShortlyWhateverWasTyped) {
  const std::string long_text = absl::StrCat("z", Repeated("\u0335\x1B", 100'000));
  const std::string sentence = SentenceFor(long_text);
  EXPECT_LT(sentence.size(), 500U);
  EXPECT_TRUE(IsClean(sentence));
}

// Every letter passes and every other character is refused, but for the few exceptions.
TEST(CheckNameTest, AgreesWithUnicodeAboutEveryCharacter) {
  for (int code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    const utf8proc_property_t* property = utf8proc_get_property(code_point);
    const bool is_letter = property->category >= UTF8PROC_CATEGORY_LU &&
                           property->category <= UTF8PROC_CATEGORY_LO && !property->ignorable;
    const bool is_digit = property->category == UTF8PROC_CATEGORY_ND;
    std::string typed;
    AppendUtf8(static_cast<char32_t>(code_point), &typed);
    const CheckedName checked = CheckName(typed);
    ASSERT_EQ(checked.ok(), is_letter || is_digit) << std::hex << code_point << SentenceFor(typed);
    if (!checked.ok()) {
      ASSERT_TRUE(IsClean(SentenceFor(typed))) << std::hex << code_point;
      continue;
    }
    ASSERT_TRUE(IsClean(checked.name)) << std::hex << code_point;
    ASSERT_FALSE(FoldName(checked.name).empty()) << std::hex << code_point;
  }
}

TEST(FoldNameTest, MakesEqualWhatPeopleCallTheSameName) {
  EXPECT_EQ(FoldName("Dave"), "dave");
  EXPECT_EQ(FoldName("DAVE"), FoldName("dave"));
  EXPECT_EQ(FoldName("ÉMILE"), FoldName("e\u0301mile"));
  EXPECT_EQ(FoldName("STRASSE"), FoldName("straße"));
  EXPECT_EQ(FoldName("ΣΊΣΥΦΟΣ"), FoldName("Σίσυφος"));
  EXPECT_EQ(FoldName("ИВАН"), FoldName("иван"));
  EXPECT_EQ(FoldName("ｄａｖｅ"), "dave");
  EXPECT_EQ(FoldName("𝐝𝐚𝐯𝐞"), "dave");
  EXPECT_EQ(FoldName("da\u200Bve\u00AD"), "dave");
}

TEST(FoldNameTest, KeepsApartWhatPeopleCallDifferent) {
  EXPECT_NE(FoldName("dave"), FoldName("dáve"));
  EXPECT_NE(FoldName("a-b"), FoldName("a_b"));
  EXPECT_NE(FoldName("иван"), FoldName("ivan"));
}

TEST(FoldNameTest, TreatsAsciiAsTheTablesDo) {
  for (char byte = 1; byte > 0 && byte < 0x7F; ++byte) {
    const std::string alone(1, byte);
    // A letter that is not ASCII takes the long way.
    EXPECT_EQ(FoldName(alone) + "é", FoldName(alone + "é")) << static_cast<int>(byte);
  }
}

TEST(FoldNameTest, IsStableAndBlindToNormalForm) {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point == 0xD800) code_point = 0xE000;
    std::string text = "x";
    AppendUtf8(code_point, &text);
    const std::string folded = FoldName(text);
    ASSERT_EQ(FoldName(folded), folded) << static_cast<uint32_t>(code_point);
    const CheckedName checked = CheckName(text);
    if (!checked.ok()) continue;
    ASSERT_EQ(FoldName(checked.name), folded) << static_cast<uint32_t>(code_point);
  }
}

TEST(FoldNameTest, TakesAnyText) {
  EXPECT_EQ(FoldName(""), "");
  EXPECT_EQ(FoldName("A\xFF\xE4\xB8"), "a\uFFFD\uFFFD");
}

// Canonical ordering is quadratic in the number of marks: 500,000 of them would take minutes.
TEST(FoldNameTest, GivesBackAtOnceATextThatIsTooLongForAName) {
  const std::string text = absl::StrCat("X", Repeated("\u0315\u0327", 250'000));
  EXPECT_EQ(FoldName(text), text);
}

// The longest fold of a legal name stays below the length from which on texts come back unfolded,
// so that no such text can equal a name.
TEST(FoldNameTest, NoNameFoldsToMoreThanAThousandBytes) {
  const CheckedName checked = CheckName(Repeated("\uFDFA", 20));
  ASSERT_TRUE(checked.ok());
  EXPECT_LT(FoldName(checked.name).size(), 1000U);
}

TEST(NameRulesTest, SaysTheLimitsThatAreChecked) {
  EXPECT_TRUE(absl::StrContains(NameRules(), absl::StrCat("1 to ", kMaxNameCharacters)));
  EXPECT_TRUE(absl::StrContains(NameRules(), absl::StrCat(kMaxNameBytes, " bytes")));
  EXPECT_TRUE(IsClean(NameRules()));
}

}  // namespace
}  // namespace parley::chat
