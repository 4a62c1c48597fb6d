#include "reactor/base/terminator_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/reactor/random.h"

namespace parley {
namespace {

// A terminator as the model knows it: a text, or a count, or (neither) none.
struct End {
  std::string text;
  size_t count = 0;

  Terminator Make() const {
    return count > 0 ? Terminator::Count(count) : Terminator::String(text);
  }
};

// Feeds a parser and holds each piece against the whole stream. The rule: what was decided is final;
// of the bytes from `decided_` on, the terminator that is set now judges all, by a plain search.
class Checked {
 public:
  explicit Checked(End end) : end_(std::move(end)), parser_(end_.Make()) {}

  void Feed(absl::string_view piece) {
    absl::StrAppend(&stream_, piece);
    ByteSpan input = AsBytes(piece);
    while (parser_.HasNext(input)) {
      const TerminatorParser::Piece next = parser_.Next(input);
      ASSERT_LE(next.consumed, input.size());
      input = input.subspan(next.consumed);
      Take(next);
      if (testing::Test::HasFatalFailure()) return;
    }
    // Nothing is held back but what may begin the terminator.
    EXPECT_EQ(decided_, Undecidable()) << Show();
  }

  // For a callback, or between two pieces.
  void SetTerminator(End end) {
    parser_.SetTerminator(end.Make());
    end_ = std::move(end);
    judged_from_ = decided_;
  }
  void Forget() {
    parser_.Forget();
    stream_.resize(decided_);
    if (end_.count == 0) judged_from_ = decided_;  // a count goes on counting
  }

  std::function<void()> on_collected = [] {};
  std::function<void()> on_message = [] {};
  std::vector<std::string> messages;
  std::string rest;

 private:
  void Take(const TerminatorParser::Piece& piece) {
    const std::string bytes(AsText(piece.bytes));
    const size_t end = EndOfMessage();
    ASSERT_EQ(bytes, stream_.substr(decided_, bytes.size())) << Show();
    if (piece.found) {
      ASSERT_EQ(decided_ + bytes.size(), end) << Show();
    } else {
      ASSERT_LE(decided_ + bytes.size(), std::min(end, Undecidable())) << Show();
    }
    rest += bytes;
    decided_ += bytes.size();
    if (piece.found) {
      decided_ += end_.text.size();
      if (end_.count > 0) end_ = {};
      judged_from_ = decided_;
    }
    if (!bytes.empty()) on_collected();
    EXPECT_EQ(bytes, AsText(piece.bytes)) << "a piece is valid until the next";
    if (!piece.found) return;
    messages.push_back(std::exchange(rest, ""));
    on_message();
  }

  // Where the message that is judged now ends in what has come; npos when it does not.
  size_t EndOfMessage() const {
    if (end_.count > 0) {
      const size_t end = judged_from_ + end_.count;
      return end <= stream_.size() ? end : std::string::npos;
    }
    return end_.text.empty() ? std::string::npos : stream_.find(end_.text, judged_from_);
  }
  // The first byte that may begin the terminator, at the end of what has come.
  size_t Undecidable() const {
    if (end_.text.empty()) return stream_.size();
    size_t at = stream_.size() - std::min(end_.text.size() - 1, stream_.size() - judged_from_);
    while (!end_.text.starts_with(stream_.substr(at))) ++at;
    return at;
  }
  std::string Show() const {
    return absl::StrCat("stream ", stream_, " decided ", decided_, " judged from ", judged_from_,
                        " terminator ", end_.text, "/", end_.count);
  }

  End end_;
  TerminatorParser parser_;
  std::string stream_;
  size_t decided_ = 0;
  size_t judged_from_ = 0;
};

using Texts = std::vector<std::string>;

TEST(TerminatorParser, IsSmall) { EXPECT_LE(sizeof(TerminatorParser), 24u); }

TEST(TerminatorParser, CutsAtAStringAtACountAndNowhere) {
  Checked text({"\r\n"});
  text.Feed("one\r\ntwo\r\nthr");
  EXPECT_EQ(text.messages, (Texts{"one", "two"}));
  EXPECT_EQ(text.rest, "thr");
  Checked count({"", 3});
  count.Feed("abcdef");
  EXPECT_EQ(count.messages, (Texts{"abc"}));  // a count is met once
  EXPECT_EQ(count.rest, "def");
  Checked none({});
  none.Feed("abc\r\n");
  EXPECT_EQ(none.messages, Texts());
  EXPECT_EQ(none.rest, "abc\r\n");
}

// A header line, a body of as many bytes as it says, a trailer that ends otherwise, lines again: at
// every split into three.
TEST(TerminatorParser, ATerminatorReplacedAtAMessageJudgesWhatFollows) {
  const std::string stream = "7\r\nbo\r\ndy!<<t>r</t>\nli\rne\nrest";
  for (size_t first = 0; first <= stream.size(); ++first) {
    for (size_t second = first; second <= stream.size(); ++second) {
      Checked parser({"\r\n"});
      parser.on_message = [&] {
        const size_t count = parser.messages.size();
        if (count == 1) parser.SetTerminator({"", 7});
        if (count == 2) parser.SetTerminator({"</t>"});
        if (count == 3) parser.SetTerminator({"\n"});
      };
      parser.Feed(stream.substr(0, first));
      parser.Feed(stream.substr(first, second - first));
      parser.Feed(stream.substr(second));
      ASSERT_EQ(parser.messages, (Texts{"7", "bo\r\ndy!", "<<t>r", "", "li\rne"}))
          << first << " " << second;
      ASSERT_EQ(parser.rest, "rest");
    }
  }
}

TEST(TerminatorParser, BytesHeldBackByAReplacedTerminatorAreJudgedByTheNewOne) {
  Checked parser({"<<<end>>>"});
  parser.Feed("text<<<end");
  EXPECT_EQ(parser.rest, "text");
  parser.SetTerminator({"d!"});
  parser.Feed("!rest");
  EXPECT_EQ(parser.messages, (Texts{"text<<<en"}));
  EXPECT_EQ(parser.rest, "rest");
}

TEST(TerminatorParser, BytesHeldBackMayHoldWholeMessagesOfTheNewTerminator) {
  Checked parser({"a.b.c.!"});
  parser.Feed("xa.b.c.");
  EXPECT_EQ(parser.rest, "x");
  parser.SetTerminator({"."});
  parser.Feed("");  // nothing more need come
  EXPECT_EQ(parser.messages, (Texts{"xa", "b", "c"}));
}

TEST(TerminatorParser, ATerminatorReplacedWhileItsBytesAreReleasedJudgesTheOthers) {
  for (const std::string replaced : {"abcabcX", "a longer one: abcabcX"}) {
    Checked parser({replaced});
    parser.Feed(replaced.substr(0, replaced.size() - 1));
    parser.on_collected = [&] { parser.SetTerminator({"b"}); };
    parser.Feed("ab\n");
    EXPECT_FALSE(parser.messages.empty());
  }
}

TEST(TerminatorParser, ReplacedTwiceWithoutInputLosesNothing) {
  Checked parser({"abab!"});
  parser.Feed("xabab");
  parser.SetTerminator({"aba?"});
  parser.SetTerminator({"", 3});
  parser.Feed("z");
  EXPECT_EQ(parser.messages, (Texts{"xaba"}));
  EXPECT_EQ(parser.rest, "bz");
}

TEST(TerminatorParser, ATerminatorThatWasUsedElsewhereBeginsAnew) {
  Terminator used = Terminator::String("END");
  used.Next(AsBytes("EN"));
  TerminatorParser parser;
  parser.SetTerminator(std::move(used));
  EXPECT_FALSE(parser.Next(AsBytes("D")).found);
}

TEST(TerminatorParser, ForgettingDropsWhatIsHeldAndWhatIsUndecided) {
  Checked parser({"END"});
  parser.Feed("aEN");
  parser.Forget();
  parser.Feed("Db");
  EXPECT_EQ(parser.rest, "aDb");
  parser.Feed("EN");
  parser.SetTerminator({"X"});
  parser.Forget();
  parser.Feed("cX");
  EXPECT_EQ(parser.messages, (Texts{"aDbc"}));
}

TEST(TerminatorParser, CanBeLeftBehindAnyPieceAndFedTheRestLater) {
  const std::string stream = "a\r\nb\r\r\n\r\ncc\r\n";
  TerminatorParser parser(Terminator::String("\r\n"));
  Texts messages(1);
  ByteSpan rest = AsBytes(stream);
  while (parser.HasNext(rest)) {  // one piece at a time
    const TerminatorParser::Piece piece = parser.Next(rest);
    rest = rest.subspan(piece.consumed);
    absl::StrAppend(&messages.back(), AsText(piece.bytes));
    if (piece.found) messages.emplace_back();
  }
  EXPECT_EQ(messages, (Texts{"a", "b\r", "", "cc", ""}));
}

End AnyEnd(Random& random) {
  if (random.Percent(10)) return {};
  if (random.Percent(25)) return {"", random.Between(1, 6)};
  return {random.Text(random.Percent(85) ? random.Between(1, 5) : random.Between(8, 12),
                      random.Percent(80) ? "ab" : "a")};
}

TEST(TerminatorParser, AgreesWithAPlainSearchWhateverTheSplitsAndChanges) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 20000);
  size_t messages = 0;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Checked parser(AnyEnd(random));
    const uint64_t changes = random.Below(60);
    const auto change = [&] {
      if (random.Percent(changes)) parser.SetTerminator(AnyEnd(random));
      if (random.Percent(changes / 4)) parser.SetTerminator(AnyEnd(random));
    };
    parser.on_collected = parser.on_message = change;
    for (uint64_t pieces = random.Between(1, 20); pieces > 0; --pieces) {
      parser.Feed(random.Text(random.Below(8), "aab"));
      if (testing::Test::HasFatalFailure()) return;
      change();
      if (random.Percent(3)) parser.Forget();
    }
    messages += parser.messages.size();
  }
  EXPECT_GT(messages, seeds);  // or it proves little
}

TEST(TerminatorParser, AMessageOfNoBytesComesBeforeBytesThatWereHeldBack) {
  TerminatorParser parser(Terminator::String("\r\n"));
  EXPECT_TRUE(parser.Next(AsBytes("\r")).bytes.empty());
  parser.SetTerminator(Terminator::Count(0));
  ASSERT_TRUE(parser.HasNext({}));
  const TerminatorParser::Piece empty = parser.Next({});
  EXPECT_TRUE(empty.found);
  EXPECT_TRUE(empty.bytes.empty());
  parser.SetTerminator(Terminator::String("\r"));
  ASSERT_TRUE(parser.HasNext({}));
  EXPECT_TRUE(parser.Next({}).found);
  EXPECT_FALSE(parser.HasNext({}));
}

}  // namespace
}  // namespace parley
