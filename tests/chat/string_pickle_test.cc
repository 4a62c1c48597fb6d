// Pickles of one string (chat/profiles/pickle/string_pickle.h). What Python writes was written by
// Python 2.7 and 3.11.

#include "chat/profiles/pickle/string_pickle.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace parley::chat {
namespace {

std::string Bytes(absl::string_view literal, size_t zeros_behind, absl::string_view rest) {
  return absl::StrCat(literal, std::string(zeros_behind, '\0'), rest);
}

struct Case {
  std::string pickle;
  std::string text;
  bool unicode;
};

// "it's", "grüß" and "😀", as Python writes them in every protocol.
std::vector<Case> WrittenByPython() {
  return {
      {"S\"it's\"\np0\n.", "it's", false},
      {"S\"it's\"\np1\n.", "it's", false},
      {"U\x04it'sq\x01.", "it's", false},
      {"\x80\x02U\x04it'sq\x01.", "it's", false},
      {"S'gr\\xc3\\xbc\\xc3\\x9f'\np1\n.", "grüß", false},
      {"Vgr\xfc\xdf\np1\n.", "grüß", true},
      {Bytes("X\x06", 3, "gr\xc3\xbc\xc3\x9fq\x01."), "grüß", true},
      {Bytes("\x80\x02X\x06", 3, "gr\xc3\xbc\xc3\x9fq\x01."), "grüß", true},
      {Bytes(Bytes("\x80\x03X\x06", 3, "gr\xc3\xbc\xc3\x9fq"), 1, "."), "grüß", true},
      {absl::StrCat(Bytes("\x80\x04\x95\x0a", 7, "\x8c\x06"), "gr\xc3\xbc\xc3\x9f\x94."), "grüß",
       true},
      {absl::StrCat(Bytes("\x80\x05\x95\x0a", 7, "\x8c\x06"), "gr\xc3\xbc\xc3\x9f\x94."), "grüß",
       true},
      {"V\\U0001f600\np0\n.", "😀", true},
      {"V\\ud83d\\ude00\np0\n.", "😀", true},  // where characters are narrow
  };
}

TEST(StringPickle, WhatPythonWritesIsRead) {
  for (const Case& each : WrittenByPython()) {
    const absl::StatusOr<PickledString> read = ParsePickledString(each.pickle);
    ASSERT_TRUE(read.ok()) << testing::PrintToString(each.pickle) << ": " << read.status();
    EXPECT_EQ(read->text, each.text) << testing::PrintToString(each.pickle);
    EXPECT_EQ(read->unicode, each.unicode) << testing::PrintToString(each.pickle);
  }
}

TEST(StringPickle, OtherOpcodesOfStringsAreRead) {
  EXPECT_EQ(ParsePickledString(Bytes("T\x02", 3, "hir\x01\x02\x03\x04."))->text, "hi");
  EXPECT_EQ(ParsePickledString(Bytes("\x8d\x02", 7, "hi."))->text, "hi");
  EXPECT_EQ(ParsePickledString("S'a\\tb\\nc\\\\d\\'e\\\"f\\101\\x42\\q'\n.")->text,
            "a\tb\nc\\d'e\"fAB\\q");
  EXPECT_EQ(ParsePickledString("Va\\u005cb\\u000ac\\d\n.")->text, "a\\b\nc\\d");
  EXPECT_EQ(ParsePickledString("V\\ud83dx\\udc00\n.")->text, "\uFFFDx\uFFFD");
}

TEST(StringPickle, AnythingElseIsRefused) {
  const std::string refused[] = {
      "",
      ".",
      "cos\nsystem\n(S'echo'\ntR.",  // a call
      "I42\n.",                      // a number
      "(lp0\n.",                     // a list
      "N.",                          // None
      "S'one'\nS'two'\n.",           // two strings
      "S'one'\n.S'two'\n.",          // something behind the end
      "S'one'\n0.",                  // taken away again
      "S'one'\n",                    // no end
      "S'one'",                      // no end of the line
      "Sone\n.",                     // no quotes
      "S'one\"\n.",                  // other quotes
      "S'o'e'\n.",                   // a quote inside
      "S'\\'\n.",                    // ends in an escape
      "S'\\x4'\n.",                  // half an escape
      "V\\u12\n.",                   // the same
      "U\x05hi.",                    // shorter than it says
      "\x80\x06U\x02hi.",            // a protocol of the future
      "\x80",                        // cut off in front
      absl::StrCat(Bytes("\x80\x04\x95\x09", 7, "\x8c\x02"), "hi\x94."),  // a frame too large
      "U\x02hiq",                                                         // cut off in the memo
      "S'hi'\np1",
  };
  for (const std::string& pickle : refused) {
    const absl::StatusOr<PickledString> read = ParsePickledString(pickle);
    EXPECT_FALSE(read.ok()) << testing::PrintToString(pickle) << " is " << read->text;
    EXPECT_TRUE(absl::StartsWith(read.status().message(), "The pickle ")) << read.status();
  }
  // A length that is only announced takes no memory.
  EXPECT_FALSE(ParsePickledString("\x8d\xff\xff\xff\xff\xff\xff\xff\x7fhi.").ok());
}

TEST(StringPickle, EveryBeginningOfOneIsRefused) {
  for (const Case& each : WrittenByPython()) {
    for (size_t size = 0; size < each.pickle.size(); ++size) {
      EXPECT_FALSE(ParsePickledString(absl::string_view(each.pickle).substr(0, size)).ok());
    }
  }
}

TEST(StringPickle, IsWrittenAsCPickleWritesIt) {
  const auto written = [](absl::string_view text, bool unicode) {
    std::string out = "in front ";
    AppendPickledString(text, unicode, out);
    return out;
  };
  EXPECT_EQ(written("hi", false), "in front S'hi'\np1\n.");
  EXPECT_EQ(written("it's", false), "in front S\"it's\"\np1\n.");
  EXPECT_EQ(written("it's \"so\"", false), "in front S'it\\'s \"so\"'\np1\n.");
  EXPECT_EQ(written("a\\b\n\r\t\x01\x7f", false), "in front S'a\\\\b\\n\\r\\t\\x01\\x7f'\np1\n.");
  EXPECT_EQ(written("ü", false), "in front S'\\xc3\\xbc'\np1\n.");
  EXPECT_EQ(written("ü你😀\n\\", true), "in front V\xfc\\u4f60\\U0001f600\\u000a\\u005c\np1\n.");
}

TEST(StringPickle, WhatIsWrittenIsReadAsItWas) {
  for (const bool unicode : {false, true}) {
    std::string text;
    for (char32_t point = 1; point < 0x500; ++point) {
      if (unicode || point < 0x80) text.push_back(static_cast<char>(point % 0x80));
      if (point >= 0x80) text += "\xc3\xbc";
    }
    std::string pickle;
    AppendPickledString(text, unicode, pickle);
    const absl::StatusOr<PickledString> read = ParsePickledString(pickle);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->text, text);
    EXPECT_EQ(read->unicode, unicode);
  }
}

}  // namespace
}  // namespace parley::chat
