// What AsyncChat collects, and how it is taken out: where it lies, or copied (L15).

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/reactor/channel_test_support.h"
#include "tests/reactor/random.h"

namespace parley {
namespace {

using testing::ElementsAre;

class TakingChat : public AsyncChat {
 public:
  using AsyncChat::AsyncChat;
  using AsyncChat::collected;
  using AsyncChat::TakeCollected;
  using AsyncChat::TakeMessage;

  void CollectIncomingData(ByteSpan bytes) override {
    last_piece = bytes.data();
    AsyncChat::CollectIncomingData(bytes);
  }
  void FoundTerminator() override { on_message(*this); }

  const std::byte* last_piece = nullptr;
  std::vector<std::string> messages;
  std::function<void(TakingChat&)> on_message = [](TakingChat& chat) {
    chat.messages.emplace_back(chat.TakeMessage());
  };
};

class AsyncChatCollected : public ChannelWithPeerTest {
 protected:
  AsyncChatCollected() { chat_.SetTerminator("\n"); }

  TakingChat chat_{*map_, std::move(end_)};
};

TEST_P(AsyncChatCollected, L15_AMessageThatCameWholeIsTakenWhereItLies) {
  engine_.CalmDown();
  int in_place = 0;
  chat_.on_message = [&](TakingChat& chat) {
    const auto* const lies = reinterpret_cast<const char*>(chat.last_piece);
    in_place += chat.collected().data() == lies ? 1 : 0;
    const absl::string_view message = chat.TakeMessage();
    in_place += message.data() == lies ? 1 : 0;
    EXPECT_EQ(chat.collected(), "");
    chat.messages.emplace_back(message);
  };
  Write(*peer_, "one\ntwo\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 2; }));
  EXPECT_THAT(chat_.messages, ElementsAre("one", "two"));
  EXPECT_EQ(in_place, 4);
}

TEST_P(AsyncChatCollected, L15_HoweverItIsCutAMessageIsTheSame) {
  Random random(11);
  for (const char* terminator : {"\n", "\r\n", "<end>"}) {
    chat_.SetTerminator(terminator);
    chat_.messages.clear();
    std::vector<std::string> sent;
    std::string stream;
    for (int i = 0; i < 200; ++i) {
      sent.emplace_back(random.Below(40), static_cast<char>('a' + i % 26));
      absl::StrAppend(&stream, sent.back(), terminator);
    }
    for (size_t at = 0; at < stream.size();) {
      const size_t bytes = std::min<size_t>(1 + random.Below(100), stream.size() - at);
      Write(*peer_, absl::string_view(stream).substr(at, bytes));
      map_->Loop(Duration::zero(), 1);
      at += bytes;
    }
    ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == sent.size(); }));
    EXPECT_EQ(chat_.messages, sent);
  }
}

TEST_P(AsyncChatCollected, L15_WhatIsNotTakenStaysInFrontOfTheNext) {
  chat_.on_message = [](TakingChat& chat) {
    chat.messages.emplace_back(chat.collected());
    if (chat.messages.size() == 3) chat.messages.emplace_back(chat.TakeCollected());
  };
  Write(*peer_, "a\nb\nc\nd\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 5; }));
  EXPECT_THAT(chat_.messages, ElementsAre("a", "ab", "abc", "abc", "d"));
}

TEST_P(AsyncChatCollected, L15_DiscardedBuffersForgetAMessageWhereItLies) {
  chat_.on_message = [](TakingChat& chat) {
    if (chat.messages.empty()) chat.DiscardBuffers();
    chat.messages.emplace_back(chat.collected());
  };
  Write(*peer_, "lost\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 1; }));
  Write(*peer_, "kept\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 2; }));
  EXPECT_THAT(chat_.messages, ElementsAre("", "kept"));
}

// Collects something else than what came, from memory of its own.
class ShoutingChat : public TakingChat {
 public:
  using TakingChat::TakingChat;
  void CollectIncomingData(ByteSpan bytes) override {
    const std::string shouted = absl::AsciiStrToUpper(AsText(bytes));
    TakingChat::CollectIncomingData(AsBytes(shouted));
  }
};

TEST_P(AsyncChatCollected, L15_WhatAnOverrideHandsOnIsCopied) {
  auto [end, peer] = SocketPair();
  ShoutingChat chat(*map_, std::move(end));
  chat.SetTerminator("\n");
  Write(*peer, "a line that is longer than a string keeps in place\nanother\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat.messages.size() == 2; }));
  EXPECT_THAT(chat.messages,
              ElementsAre("A LINE THAT IS LONGER THAN A STRING KEEPS IN PLACE", "ANOTHER"));
}

TEST_P(AsyncChatCollected, L15_TheLimitCountsAMessageWhereItLies) {
  class Narrow : public TakingChat {
   public:
    using TakingChat::TakingChat;
    size_t MaxCollectedBytes() const override { return 4; }
    void HandleError(const std::exception_ptr& error, absl::string_view) override {
      errors.push_back(DescribeException(error));
    }
    std::vector<std::string> errors;
  };
  auto [end, peer] = SocketPair();
  Narrow chat(*map_, std::move(end));
  chat.SetTerminator("\n");
  chat.on_message = [](TakingChat& found) { found.messages.emplace_back(found.collected()); };
  Write(*peer, "abcd\ne\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat.messages.size() == 2; }));
  EXPECT_THAT(chat.messages, ElementsAre("abcd", "abcd"));
  EXPECT_THAT(chat.errors, ElementsAre("std::length_error: a message of more than 4 bytes"));
}

INSTANTIATE_TEST_SUITE_P(Engines, AsyncChatCollected, testing::ValuesIn(EveryEngineName()),
                         EngineTestName);

}  // namespace
}  // namespace parley
