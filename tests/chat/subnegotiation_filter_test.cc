// Telnet's subnegotiations, skipped in every split.

#include "chat/transport/subnegotiation_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace parley::chat {
namespace {

constexpr char kBegin[] = "\xff\xfa";
constexpr char kEnd[] = "\xff\xf0";

struct Taken {
  std::string rest;
  std::string error;
};

// In pieces: up to `cut`, and behind it.
Taken Take(absl::string_view text, size_t cut) {
  SubnegotiationFilter filter;
  Taken taken;
  for (absl::string_view piece : {text.substr(0, cut), text.substr(cut)}) {
    if (taken.error.empty()) taken.error = filter.Take(AsBytes(piece), taken.rest);
  }
  return taken;
}

void ExpectInEverySplit(absl::string_view text, absl::string_view rest, absl::string_view error) {
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const Taken taken = Take(text, cut);
    EXPECT_EQ(taken.rest, rest) << "cut at " << cut;
    EXPECT_EQ(taken.error, error) << "cut at " << cut;
  }
}

TEST(SubnegotiationFilterTest, EachIsSkippedWholeWhateverIsInIt) {
  const std::string contents[] = {
      "", "\x18", std::string("\x18\x00xterm", 7),
      // NEW-ENVIRON and ENVIRON with no type, an unknown one, a variable that is cut off.
      "\x27", "\x27\x09", std::string("\x27\x00\x00USER\x02", 8), "\x24\x05x", "\x5d\x5dzmp",
      "\x46\x02value before its name", "\x1f\xff\xff\xff\xff", "\x18\n\r\nlogin eve\r\n"};
  for (const std::string& content : contents) {
    if (content.empty()) continue;
    ExpectInEverySplit(absl::StrCat("a", kBegin, content, kEnd, "b"), "ab", "");
    ExpectInEverySplit(absl::StrCat(kBegin, content, kEnd, kBegin, content, kEnd, "b"), "b", "");
  }
}

TEST(SubnegotiationFilterTest, EverythingElsePassesAsItIs) {
  for (const char* text : {"a\xff\xff\xfa z",
                           "\xff\xfb\xfa"
                           "b",
                           "\xff\xfd\xff\xff\xf1"
                           "c",
                           "\xfa\x18\xf0", "\xff\xf0",
                           "\xff\xfc\xff"
                           "d\xff\xff"}) {
    ExpectInEverySplit(text, text, "");
  }
}

TEST(SubnegotiationFilterTest, ACommandInsideIsAnError) {
  ExpectInEverySplit(absl::StrCat("a", kBegin, "\x18x\xff\xf4say hidden\n"), "a",
                     "a command (byte 244) stands inside a subnegotiation");
}

TEST(SubnegotiationFilterTest, CompressionIsAnError) {
  for (const char* begins : {"\xff\xfa\x56\xff\xf0x\x9c", "\xff\xfa\x55\xfb\xf0x\x9c"}) {
    ExpectInEverySplit(absl::StrCat("a", begins), "a", "compression was not agreed on");
  }
}

TEST(SubnegotiationFilterTest, OneOverTheLimitIsAnErrorAndADoubledIacCountsOnce) {
  const size_t most = SubnegotiationFilter::kMostBytes;
  const std::string error = absl::StrCat("a subnegotiation is longer than ", most, " bytes");
  for (const char* each : {"x", "\xff\xff"}) {
    std::string content;
    for (size_t i = 0; i < most; ++i) content += each;
    const Taken fits = Take(absl::StrCat(kBegin, "\x18", content, kEnd, "look"), 100);
    EXPECT_EQ(fits.error, "");
    EXPECT_EQ(fits.rest, "look");
    const Taken over = Take(absl::StrCat(kBegin, "\x18", content, each, kEnd, "look"), 100);
    EXPECT_EQ(over.error, error);
    EXPECT_EQ(over.rest, "");
  }
}

}  // namespace
}  // namespace parley::chat
