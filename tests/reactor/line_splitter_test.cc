#include "reactor/base/line_splitter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/reactor/random.h"

namespace parley {
namespace {

constexpr size_t kCap = 10;

// A literal with the NUL bytes inside it, and without the one that ends it.
template <size_t kSize>
constexpr absl::string_view Literal(const char (&text)[kSize]) {
  return {text, kSize - 1};
}

// Collects lines as text; a line that was too long ends with "!".
class Lines {
 public:
  void Feed(absl::string_view piece, size_t cap = 0) {
    splitter_.Feed(AsBytes(piece), cap, [this](LineSplitter::Line line) { return Take(line); });
  }
  void Finish() {
    splitter_.Finish([this](LineSplitter::Line line) { return Take(line); });
  }
  void Drop() { splitter_.DropUnfinished(); }
  // The sink says stop after so many more lines.
  void StopAfter(int lines) { left_ = lines; }
  void GoOn() { left_ = -1; }

  const std::vector<std::string>& lines() const { return lines_; }
  const LineSplitter& splitter() const { return splitter_; }

 private:
  bool Take(LineSplitter::Line line) {
    EXPECT_NE(left_, 0) << "a line after the sink said stop";
    lines_.push_back(std::string(line.text) + (line.too_long ? "!" : ""));
    if (left_ > 0) --left_;
    return left_ != 0;
  }

  LineSplitter splitter_;
  std::vector<std::string> lines_;
  int left_ = -1;
};

using Texts = std::vector<std::string>;

// The rule, byte by byte: a CR, or an LF, ends a line; an LF or a NUL right behind a CR belongs to
// it.
Texts NaiveLines(const std::string& stream, size_t cap, std::string* rest = nullptr) {
  Texts lines;
  std::string line;
  bool after_return = false;
  for (char byte : stream) {
    const bool belongs_to_return = after_return && (byte == '\n' || byte == '\0');
    after_return = byte == '\r';
    if (belongs_to_return) continue;
    if (byte != '\r' && byte != '\n') {
      line.push_back(byte);
      continue;
    }
    const bool too_long = cap != 0 && line.size() > cap;
    lines.push_back(too_long ? line.substr(0, cap) + "!" : line);
    line.clear();
  }
  if (cap != 0 && line.size() > cap) {  // reported as soon as it is too long
    lines.push_back(line.substr(0, cap) + "!");
    line.clear();
  }
  if (rest != nullptr) *rest = line;
  return lines;
}

TEST(LineSplitter, KnowsEveryLineEnd) {
  Lines lines;
  lines.Feed(Literal("lf\ncrlf\r\ncrnul\r\0cr\rlfcr\n\rend\n"));
  EXPECT_EQ(lines.lines(), (Texts{"lf", "crlf", "crnul", "cr", "lfcr", "", "end"}));
}

TEST(LineSplitter, EveryLineEndInEverySplit) {
  const std::string stream(Literal("a\nb\r\nc\r\0d\re\n\rf\r\r\ng\n\nh\0i\n"));
  const Texts expected = NaiveLines(stream, 0);
  const size_t cuts = stream.size() - 1;
  // Every way to cut it into three, and into single bytes.
  for (size_t first = 0; first <= cuts; ++first) {
    for (size_t second = first; second <= cuts; ++second) {
      Lines lines;
      lines.Feed(absl::string_view(stream).substr(0, first));
      lines.Feed(absl::string_view(stream).substr(first, second - first));
      lines.Feed(absl::string_view(stream).substr(second));
      ASSERT_EQ(lines.lines(), expected) << first << " " << second;
    }
  }
  Lines lines;
  for (char byte : stream) lines.Feed(absl::string_view(&byte, 1));
  EXPECT_EQ(lines.lines(), expected);
}

TEST(LineSplitter, ACarriageReturnEndsTheLineBeforeWhatFollowsIsKnown) {
  Lines lines;
  lines.Feed("now\r");
  EXPECT_EQ(lines.lines(), (Texts{"now"}));
}

TEST(LineSplitter, KeepsNulBytesInsideALine) {
  Lines lines;
  lines.Feed(Literal("a\0b\n\0\n"));
  EXPECT_EQ(lines.lines(), (Texts{std::string(Literal("a\0b")), std::string(Literal("\0"))}));
}

TEST(LineSplitter, OwnsMemoryOnlyForAnUnfinishedLine) {
  Lines lines;
  lines.Feed("whole\n");
  EXPECT_EQ(lines.splitter().memory(), 0u);
  lines.Feed("unfin");
  EXPECT_EQ(lines.splitter().pending(), 5u);
  EXPECT_GT(lines.splitter().memory(), 0u);
  lines.Feed("ished\n");
  EXPECT_EQ(lines.splitter().memory(), 0u);
}

TEST(LineSplitter, ALineOfTheLimitPassesAndOneByteMoreIsTooLong) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    Lines lines;
    lines.Feed(std::string(kCap - 1, 'a') + end, kCap);
    lines.Feed(std::string(kCap, 'b') + end, kCap);
    lines.Feed(std::string(kCap + 1, 'c') + end, kCap);
    lines.Feed("next" + end, kCap);
    EXPECT_EQ(lines.lines(), (Texts{std::string(kCap - 1, 'a'), std::string(kCap, 'b'),
                                    std::string(kCap, 'c') + "!", "next"}));
  }
}

TEST(LineSplitter, ALineThatIsTooLongIsToldBeforeItsEnd) {
  Lines lines;
  lines.Feed(std::string(kCap, 'c'), kCap);
  EXPECT_TRUE(lines.lines().empty());
  lines.Feed("c", kCap);
  EXPECT_EQ(lines.lines(), (Texts{std::string(kCap, 'c') + "!"}));
  lines.Feed("more of it\nnext\n", kCap);
  EXPECT_EQ(lines.lines(), (Texts{std::string(kCap, 'c') + "!", "next"}));
}

TEST(LineSplitter, AGigabyteWithoutAnEndCostsNoMoreThanTheLimit) {
  constexpr size_t kLimit = 4096;
  const std::string piece(size_t{64} * 1024, 'x');
  Lines lines;
  size_t most = 0;
  for (uint64_t fed = 0; fed < uint64_t{1} << 30; fed += piece.size()) {
    lines.Feed(piece, kLimit);
    most = std::max(most, lines.splitter().memory());
  }
  EXPECT_LE(most, 2 * kLimit);
  lines.Feed("\nnext\n", kLimit);
  EXPECT_EQ(lines.lines(), (Texts{std::string(kLimit, 'x') + "!", "next"}));
}

TEST(LineSplitter, MegabytesInSingleBytesTakeLinearTime) {
  Lines lines;
  for (int i = 0; i < (4 << 20); ++i) lines.Feed("x");
  lines.Feed("\n");
  ASSERT_EQ(lines.lines().size(), 1u);
  EXPECT_EQ(lines.lines()[0].size(), size_t{4} << 20);
}

// A search that went to the end of the bytes for each line would take minutes here.
TEST(LineSplitter, MegabytesOfNothingButLineEndsTakeLinearTime) {
  constexpr size_t kEnds = size_t{8} << 20;
  for (char end : {'\r', '\n'}) {
    const std::string stream(kEnds, end);
    LineSplitter splitter;
    size_t lines = 0;
    splitter.Feed(AsBytes(stream), 0, [&](LineSplitter::Line line) {
      lines += line.text.empty() ? 1 : 0;
      return true;
    });
    EXPECT_EQ(lines, kEnds);
  }
}

TEST(LineSplitter, ASinkThatStopsGetsTheRestLater) {
  Lines lines;
  lines.StopAfter(1);
  lines.Feed("a\r\nb\nc");
  EXPECT_EQ(lines.lines(), (Texts{"a"}));
  lines.StopAfter(1);
  lines.Feed("");
  EXPECT_EQ(lines.lines(), (Texts{"a", "b"}));
  lines.GoOn();
  lines.Feed("d\n");
  EXPECT_EQ(lines.lines(), (Texts{"a", "b", "cd"}));
}

// ---- FeedUntilStop

// Feeds all of `piece` with a sink that says stop now and then; what is left is fed again. Now and
// then another splitter goes on in its place.
void FeedUntilStop(LineSplitter& splitter, absl::string_view piece, size_t cap, Random& random,
                   Texts& lines) {
  do {
    bool stopped = false;
    const size_t done =
        splitter.FeedUntilStop(AsBytes(piece), cap, [&](const LineSplitter::Line& line) {
          EXPECT_FALSE(stopped) << "a line after the sink said stop";
          lines.push_back(std::string(line.text) + (line.too_long ? "!" : ""));
          stopped = random.Percent(30);
          return !stopped;
        });
    ASSERT_TRUE(stopped || done == piece.size());
    EXPECT_LE(splitter.pending(), cap);
    piece.remove_prefix(done);
    if (!random.Percent(20)) continue;
    LineSplitter other;
    other.Resume(splitter.position());
    std::swap(splitter, other);
  } while (!piece.empty());
}

TEST(LineSplitter, FedUntilStopAgreesWithTheRuleAndKeepsNothingBehindALine) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 20000);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const size_t cap = random.Between(1, 8);
    const std::string stream = random.Text(random.Below(80), Literal("abc\r\n\0"));
    LineSplitter splitter;
    Texts lines;
    for (size_t at = 0; at < stream.size();) {
      const size_t size = std::min<size_t>(random.Between(1, 12), stream.size() - at);
      FeedUntilStop(splitter, absl::string_view(stream).substr(at, size), cap, random, lines);
      at += size;
    }
    std::string rest;
    Texts expected = NaiveLines(stream, cap, &rest);
    if (!rest.empty()) expected.push_back(rest);
    splitter.Finish([&](const LineSplitter::Line& line) { lines.emplace_back(line.text); });
    ASSERT_EQ(lines, expected);
  }
}

TEST(LineSplitter, FedUntilStopALineBehindAnUnfinishedOneLiesWhereItArrived) {
  LineSplitter splitter;
  const std::string piece = "ished\nwhole\n";
  std::vector<const char*> places;
  const auto sink = [&](const LineSplitter::Line& line) {
    places.push_back(line.text.data());
    return true;
  };
  splitter.FeedUntilStop(AsBytes("unfin"), 100, sink);
  splitter.FeedUntilStop(AsBytes(piece), 100, sink);
  ASSERT_EQ(places.size(), 2u);
  EXPECT_EQ(places[1], piece.data() + 6);
  EXPECT_EQ(splitter.memory(), 0u);
}

TEST(LineSplitter, FedUntilStopALineWithoutEndNeverTakesMoreThanTheLimit) {
  constexpr size_t kLimit = 4096;
  LineSplitter splitter;
  Texts lines;
  const auto sink = [&](const LineSplitter::Line& line) {
    lines.push_back(std::string(line.text) + (line.too_long ? "!" : ""));
    return true;
  };
  const std::string large(size_t{1} << 20, 'x');
  splitter.FeedUntilStop(AsBytes(absl::string_view(large).substr(0, kLimit)), kLimit, sink);
  EXPECT_LE(splitter.memory(), kLimit);
  splitter.FeedUntilStop(AsBytes(large), kLimit, sink);
  EXPECT_EQ(splitter.memory(), 0u);
  splitter.FeedUntilStop(AsBytes("\nnext\n"), kLimit, sink);
  EXPECT_EQ(lines, (Texts{std::string(kLimit, 'x') + "!", "next"}));
}

// ---- the end

TEST(LineSplitter, FinishHandsOverALineWithoutAnEnd) {
  Lines lines;
  lines.Feed("a\nlast");
  lines.Finish();
  lines.Finish();
  EXPECT_EQ(lines.lines(), (Texts{"a", "last"}));
}

TEST(LineSplitter, FinishSaysNothingAfterACompleteLine) {
  Lines lines;
  lines.Feed("a\r");
  lines.Finish();
  EXPECT_EQ(lines.lines(), (Texts{"a"}));
}

TEST(LineSplitter, FinishDoesNotTakeTheRestOfALineEndForALine) {
  Lines lines;
  lines.StopAfter(1);
  lines.Feed("a\r\n");
  lines.GoOn();
  lines.Finish();
  EXPECT_EQ(lines.lines(), (Texts{"a"}));
}

TEST(LineSplitter, FinishDropsTheRestOfALineThatWasTooLong) {
  Lines lines;
  lines.Feed(std::string(kCap + 5, 'c'), kCap);
  lines.Finish();
  EXPECT_EQ(lines.lines(), (Texts{std::string(kCap, 'c') + "!"}));
}

TEST(LineSplitter, DroppingTheUnfinishedLineDropsNothingElse) {
  Lines lines;
  lines.Feed("dropp");
  lines.Drop();
  lines.Feed("kept\n");
  EXPECT_EQ(lines.lines(), (Texts{"kept"}));
  lines.Feed("a\r");
  lines.Drop();
  lines.Feed("\nb\n");  // the LF still belongs to the CR
  EXPECT_EQ(lines.lines(), (Texts{"kept", "a", "b"}));
}

TEST(LineSplitter, DroppingAfterAStopDropsTheRestOfTheLineEndToo) {
  Lines lines;
  lines.StopAfter(1);
  lines.Feed("a\r\nb");
  lines.GoOn();
  lines.Drop();
  lines.Feed("\n");  // an empty line, not the LF that was dropped
  EXPECT_EQ(lines.lines(), (Texts{"a", ""}));
}

TEST(LineSplitter, DroppingAfterAStopKeepsTheLinesThatWait) {
  Lines lines;
  lines.StopAfter(1);
  lines.Feed("a\nb\nc\nhalf");
  lines.GoOn();
  lines.Drop();
  lines.Feed("d\n");
  EXPECT_EQ(lines.lines(), (Texts{"a", "b", "c", "d"}));
}

TEST(LineSplitter, CanBeUsedAgainAfterFinish) {
  Lines lines;
  lines.Feed(std::string(kCap + 5, 'c'), kCap);
  lines.Finish();
  lines.Feed("\nnew\n", kCap);
  EXPECT_EQ(lines.lines().back(), "new");
}

TEST(LineSplitter, AgreesWithTheRuleOnRandomStreamsSplitsAndStops) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 20000);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const size_t cap = random.Percent(60) ? random.Between(1, 8) : 0;
    const std::string stream =
        random.Text(random.Below(80), Literal("abcde\r\n\0").substr(0, random.Percent(50) ? 8 : 7));
    Lines lines;
    for (size_t at = 0; at < stream.size();) {
      const size_t size = std::min<size_t>(random.Between(1, 12), stream.size() - at);
      if (random.Percent(30)) lines.StopAfter(static_cast<int>(random.Between(1, 3)));
      lines.Feed(absl::string_view(stream).substr(at, size), cap);
      lines.GoOn();
      at += size;
    }
    lines.Feed("", cap);
    std::string rest;
    ASSERT_EQ(lines.lines(), NaiveLines(stream, cap, &rest));
    lines.Finish();
    if (!rest.empty()) {
      ASSERT_EQ(lines.lines().back(), rest);
    }
  }
}

}  // namespace
}  // namespace parley
