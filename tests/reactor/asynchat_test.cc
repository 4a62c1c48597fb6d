// The behaviours that made asynchat known, by number (reactor/async_chat/BEHAVIOURS.md), on every
// engine.

#include <gmock/gmock.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "reactor/async_chat/async_chat.h"
#include "tests/reactor/channel_test_support.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AsyncChatTest : public ChannelWithPeerTest {
 protected:
  // Sends `text` so that it arrives in pieces of `piece` bytes.
  void SendInPieces(absl::string_view text, size_t piece) {
    for (size_t sent = 0; sent < text.size(); sent += piece) {
      Write(*peer_, text.substr(sent, piece));
      Settle(*map_);
    }
  }

  // The two lines of a conversation whose messages end with `terminator`, for one size of pieces.
  std::vector<std::string> TwoLines(const std::string& terminator, size_t piece) {
    chat_.messages.clear();
    chat_.SetTerminator(terminator);
    SendInPieces("hello world" + terminator + "I'm not dead yet!" + terminator, piece);
    EXPECT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() >= 2; }));
    Settle(*map_);
    return chat_.messages;
  }

  RecordingChat chat_{*map_, std::move(end_)};
};

TEST_P(AsyncChatTest, Behaviour01_OneByteTerminatorGivesTheTwoLinesInAnyPieces) {
  for (size_t piece : {1, 2, 3}) {
    EXPECT_THAT(TwoLines("\n", piece), ElementsAre("hello world", "I'm not dead yet!")) << piece;
  }
}

TEST_P(AsyncChatTest, Behaviour02_TwoByteTerminatorMayBeSplitAnywhere) {
  for (size_t piece : {1, 2, 3, 7, 12}) {
    EXPECT_THAT(TwoLines("\r\n", piece), ElementsAre("hello world", "I'm not dead yet!")) << piece;
  }
}

TEST_P(AsyncChatTest, Behaviour03_ThreeByteTerminatorMayBeSplitAnywhere) {
  for (size_t piece : {1, 2, 3}) {
    EXPECT_THAT(TwoLines("qqq", piece), ElementsAre("hello world", "I'm not dead yet!")) << piece;
  }
}

TEST_P(AsyncChatTest, Behaviour04_CountOfOneYieldsOneByteOnce) {
  chat_.SetTerminator(1);
  Write(*peer_, "hello world");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.received_bytes == 11; }));
  EXPECT_THAT(chat_.messages, ElementsAre("h"));
  EXPECT_EQ(chat_.collected(), "ello world");
}

TEST_P(AsyncChatTest, Behaviour05_CountOfSixYieldsSixBytesOnceAndThenCollectsAll) {
  chat_.SetTerminator(6);
  SendInPieces("hello world, and on", 4);
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.received_bytes == 19; }));
  EXPECT_THAT(chat_.messages, ElementsAre("hello "));
  EXPECT_EQ(chat_.collected(), "world, and on");
  EXPECT_TRUE(chat_.terminator().is_none());
}

TEST_P(AsyncChatTest, Behaviour06_WithoutTerminatorNothingIsFoundAndEverythingCollected) {
  const std::string text = "hello world\nI'm not dead yet!\n";
  for (int way = 0; way < 2; ++way) {
    if (way == 0) chat_.SetTerminator(std::nullopt);
    if (way == 1) chat_.SetTerminator("");
    Write(*peer_, text);
    ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.collected().size() == text.size(); }));
    EXPECT_EQ(chat_.collected(), text);
    EXPECT_THAT(chat_.messages, IsEmpty());
    chat_.DiscardBuffers();
  }
}

TEST_P(AsyncChatTest, Behaviour07_ProducerOfEightByteChunksIsSentWholeAndInOrder) {
  std::string text;
  for (int i = 0; text.size() < 200'000; ++i) text += "line " + std::to_string(i) + "\n";
  chat_.Push("before\n");
  chat_.PushWithProducer(std::make_unique<SimpleProducer>(text, 8));
  chat_.Push("after\n");
  const std::string expected = "before\n" + text + "after\n";
  EXPECT_EQ(ReadBytes(*peer_, expected.size()), expected);
}

TEST_P(AsyncChatTest, Behaviour08_PlainStringIsAcceptedAsProducer) {
  const std::string text = "hello world\nI'm not dead yet!\n";
  chat_.PushWithProducer(text);
  EXPECT_EQ(ReadBytes(*peer_, text.size()), text);
}

TEST_P(AsyncChatTest, Behaviour09_EmptyLinesAreDeliveredAsEmptyLines) {
  chat_.SetTerminator("\n");
  Write(*peer_, "hello world\n\nI'm not dead yet!\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() >= 3; }));
  EXPECT_THAT(chat_.messages, ElementsAre("hello world", "", "I'm not dead yet!"));
}

TEST_P(AsyncChatTest, Behaviour10_CloseWhenDoneSendsEverythingThenClosesAndHearsNoMore) {
  chat_.SetTerminator("\n");
  Write(*peer_, "one\ntwo\nthree\n");
  chat_.on_message = [](RecordingChat& chat) {
    chat.Push(std::string(300'000, 'x'));
    chat.PushWithProducer("and from a producer");
    chat.CloseWhenDone();
    chat.Push("too late");
  };
  const std::string got = ReadToEnd(*peer_);
  EXPECT_EQ(got, std::string(300'000, 'x') + "and from a producer");
  EXPECT_THAT(chat_.messages, ElementsAre("one"));
  EXPECT_THAT(chat_.closes, ElementsAre(CloseCause::kAsked));
  EXPECT_FALSE(chat_.is_open());
  Write(*peer_, "four\n");
  peer_.reset();
  map_->Loop();
  EXPECT_THAT(chat_.messages, ElementsAre("one"));
}

template <typename Chat, typename Argument>
concept Pushes = requires(Chat& chat, Argument argument) {
  chat.Push(argument);
};

TEST_P(AsyncChatTest, Behaviour11_PushTakesBytesAndRefusesNumbersAndWideText) {
  const std::string text = "string";
  const std::vector<std::byte> bytes(3, std::byte{'b'});
  chat_.Push(text);
  chat_.Push(absl::string_view("view"));
  chat_.Push("literal");
  chat_.Push(bytes);
  chat_.Push(ByteSpan(bytes).first(1));
  EXPECT_EQ(ReadBytes(*peer_, 21), "stringviewliteralbbbb");
  static_assert(!Pushes<RecordingChat, int>);
  static_assert(!Pushes<RecordingChat, const wchar_t*>);
  static_assert(!Pushes<RecordingChat, const char32_t*>);
}

TEST_P(AsyncChatTest, Behaviour12_NothingToReadIsNoError) {
  LogLines log;
  chat_.SetTerminator("\n");
  // Exactly as much as one turn reads: the next read finds nothing (EAGAIN).
  const std::string line(kReadBudgetBytes - 1, 'x');
  Write(*peer_, line + "\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 1; }));
  Settle(*map_);
  EXPECT_TRUE(chat_.is_open());
  EXPECT_THAT(chat_.closes, IsEmpty());
  EXPECT_THAT(log.lines, IsEmpty());
  Write(*peer_, "still there\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 2; }));
  EXPECT_EQ(chat_.messages[1], "still there");
}

TEST_P(AsyncChatTest, Behaviour13_LongestTerminatorPrefixAtTheEndOfInputIsFound) {
  chat_.SetTerminator("\r\n");
  Write(*peer_, "qwerty\r");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.terminator().matched() == 1; }));
  EXPECT_EQ(chat_.received_bytes, 6u);
  chat_.SetTerminator("\n");
  Write(*peer_, "qwertydkjf");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.received_bytes == 17; }));
  EXPECT_EQ(chat_.terminator().matched(), 0u);
  // The byte that the old terminator held back is the message's.
  EXPECT_EQ(chat_.collected(), "qwerty\rqwertydkjf");
}

TEST_P(AsyncChatTest, Behaviour14_NegativeTerminatorIsRefused) {
  chat_.SetTerminator("\n");
  EXPECT_THROW(chat_.SetTerminator(-1), std::invalid_argument);
  Write(*peer_, "kept\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 1; }));
  EXPECT_EQ(chat_.messages[0], "kept");
}

INSTANTIATE_TEST_SUITE_P(Engines, AsyncChatTest, testing::ValuesIn(EveryEngineName()),
                         EngineTestName);

}  // namespace
}  // namespace parley
