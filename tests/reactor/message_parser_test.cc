#include "reactor/base/message_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/reactor/random.h"

namespace parley {
namespace {

using Texts = std::vector<std::string>;

// What a parser hands over; a message that was too long ends with "!". The sink says stop after each
// message when told to, and the rest is fed again.
class Messages {
 public:
  Messages(absl::string_view end, size_t limit) : parser_(Terminator::String(end), limit) {}

  void Feed(absl::string_view piece, bool stop_each_time = false) {
    ByteSpan rest = AsBytes(piece);
    do {
      bool stopped = false;
      const size_t done = parser_.Feed(rest, [&](const MessageParser::Message& message) {
        EXPECT_FALSE(stopped) << "a message after the sink said stop";
        messages.push_back(std::string(message.text) + (message.too_long ? "!" : ""));
        stopped = stop_each_time;
        return !stopped;
      });
      EXPECT_TRUE(stopped || done == rest.size());
      rest = rest.subspan(done);
    } while (!rest.empty());
    most_memory = std::max(most_memory, parser_.unfinished().capacity());
  }
  MessageParser& parser() { return parser_; }

  Texts messages;
  size_t most_memory = 0;

 private:
  MessageParser parser_;
};

// The same by searching the whole stream.
Texts NaiveMessages(const std::string& stream, const std::string& end, size_t limit) {
  Texts messages;
  size_t from = 0;
  for (size_t at; (at = stream.find(end, from)) != std::string::npos; from = at + end.size()) {
    const std::string message = stream.substr(from, at - from);
    messages.push_back(message.size() > limit ? message.substr(0, limit) + "!" : message);
  }
  // What may begin the terminator does not count yet.
  std::string rest = stream.substr(from);
  for (size_t held = std::min(end.size() - 1, rest.size()); held > 0; --held) {
    if (!rest.ends_with(end.substr(0, held))) continue;
    rest.resize(rest.size() - held);
    break;
  }
  if (rest.size() > limit) messages.push_back(rest.substr(0, limit) + "!");
  return messages;
}

TEST(MessageParser, AMessageOfNoBytesIsFoundWithoutInput) {
  MessageParser parser(Terminator::Count(1), 100);
  Texts messages;
  const auto sink = [&](const MessageParser::Message& message) {
    messages.emplace_back(message.text);
    if (message.text == "0") parser.SetTerminator(Terminator::Count(0));
    if (message.text.empty()) parser.SetTerminator(Terminator::Count(1));
    return messages.size() != 3;
  };
  EXPECT_EQ(parser.Feed(AsBytes("00"), sink), 2U);
  EXPECT_EQ(messages, (Texts{"0", "", "0"})) << "where the sink stops";
  EXPECT_EQ(parser.Feed({}, sink), 0U);
  EXPECT_EQ(messages, (Texts{"0", "", "0", ""}));
}

TEST(MessageParser, IsSmall) { EXPECT_LE(sizeof(MessageParser), 40u); }

TEST(MessageParser, AMessageThatArrivesWholeIsHandedOverWhereItLies) {
  MessageParser parser(Terminator::String("\n"), 100);
  const std::string stream = "one\ntwo\n";
  std::vector<const char*> places;
  parser.Feed(AsBytes(stream), [&](const MessageParser::Message& message) {
    places.push_back(message.text.data());
    return true;
  });
  EXPECT_EQ(places, (std::vector<const char*>{stream.data(), stream.data() + 4}));
}

TEST(MessageParser, OwnsMemoryOnlyForAnUnfinishedMessage) {
  Messages messages("\r\n", 100);
  messages.Feed("whole\r\nunfin");
  EXPECT_EQ(messages.parser().unfinished().size(), 5u);
  messages.Feed("ished\r");
  messages.Feed("\n");
  EXPECT_EQ(messages.messages, (Texts{"whole", "unfinished"}));
  EXPECT_EQ(messages.parser().unfinished().capacity(), 0u);
}

TEST(MessageParser, EverySplitOfTrickyStreams) {
  constexpr size_t kLimit = 4;
  for (const std::string end : {"\n", "\r\n", "aab"}) {
    for (const std::string body : {"aa", "abcd\r", "aaaabc", "\r\r", ""}) {
      const std::string stream =
          absl::StrCat(body, end, "ab", end, "abcde", end, "abcd", end, body);
      const Texts expected = NaiveMessages(stream, end, kLimit);
      for (size_t first = 0; first <= stream.size(); ++first) {
        for (size_t second = first; second <= stream.size(); ++second) {
          for (const bool stop : {false, true}) {
            Messages messages(end, kLimit);
            messages.Feed(stream.substr(0, first), stop);
            messages.Feed(stream.substr(first, second - first), stop);
            messages.Feed(stream.substr(second), stop);
            ASSERT_EQ(messages.messages, expected) << stream << " " << first << " " << second;
          }
        }
      }
    }
  }
}

TEST(MessageParser, AMessageWithoutEndCostsTheLimit) {
  constexpr size_t kLimit = 4096;
  for (const size_t piece : {size_t{1}, size_t{1000}, size_t{64} * 1024}) {
    Messages messages("\r\n", kLimit);
    for (size_t fed = 0; fed < size_t{4} << 20; fed += piece) {
      messages.Feed(std::string(piece, 'x'));
    }
    EXPECT_LE(messages.most_memory, 2 * kLimit);
    messages.Feed("\r\nnext\r\n");
    EXPECT_EQ(messages.messages, (Texts{std::string(kLimit, 'x') + "!", "next"}));
  }
}

TEST(MessageParser, TheSinkMayReplaceTheTerminator) {
  MessageParser parser(Terminator::String(":"), 100);
  Texts messages;
  parser.Feed(AsBytes("5:hello3:abc"), [&](const MessageParser::Message& message) {
    messages.emplace_back(message.text);
    parser.SetTerminator(messages.size() % 2 == 0 ? Terminator::String(":")
                                                  : Terminator::Count(messages.back()[0] - '0'));
    return true;
  });
  EXPECT_EQ(messages, (Texts{"5", "hello", "3", "abc"}));
}

TEST(MessageParser, TakingOutTheUnfinishedBeginsAnew) {
  Messages messages("\r\n", 5);
  messages.Feed("abc\r");
  RingBuffer taken = messages.parser().TakeUnfinished();
  EXPECT_EQ(AsText(taken.Contiguous()), "abc");
  messages.Feed("\nd\r\ntoo long");
  messages.parser().TakeUnfinished();
  messages.Feed("e\r\n");
  EXPECT_EQ(messages.messages, (Texts{"\nd", "too l!", "e"}));
}

TEST(MessageParser, AgreesWithASearchOfTheWholeStreamWhateverTheSplit) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 20000);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    Random random(seed);
    const std::string end = random.Text(random.Between(1, 3), "ab");
    const size_t limit = random.Between(1, 10);
    const std::string stream = random.Text(random.Below(80), "abc");
    Messages messages(end, limit);
    for (size_t at = 0; at < stream.size();) {
      const size_t size = std::min<size_t>(random.Between(1, 12), stream.size() - at);
      messages.Feed(stream.substr(at, size), random.Percent(30));
      at += size;
    }
    ASSERT_EQ(messages.messages, NaiveMessages(stream, end, limit))
        << "seed " << seed << " end " << end << " limit " << limit << " stream " << stream;
  }
}

}  // namespace
}  // namespace parley
