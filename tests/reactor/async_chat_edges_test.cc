// What AsyncChat promises beyond asynchat: what a callback may do to its own channel, limits,
// half-close, and what it costs.

#include <gmock/gmock.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/reactor/channel_test_support.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AsyncChatEdges : public ChannelWithPeerTest {
 protected:
  AsyncChatEdges() { chat_.SetTerminator("\n"); }

  RecordingChat chat_{*map_, std::move(end_)};
};

TEST_P(AsyncChatEdges, PipelinedLinesBehindACloseAreNotDelivered) {
  chat_.on_message = [](RecordingChat& chat) {
    if (chat.messages.back() == "logout") chat.Close();
  };
  Write(*peer_, "login dave\nlogout\nlogout\nsay hello\n");
  EXPECT_EQ(ReadToEnd(*peer_), "");
  EXPECT_THAT(chat_.messages, ElementsAre("login dave", "logout"));
  EXPECT_THAT(chat_.closes, IsEmpty());
}

TEST_P(AsyncChatEdges, WhatWasPushedBeforeCloseStillArrives) {
  chat_.on_message = [](RecordingChat& chat) {
    chat.Push("bye\n");
    chat.Close();
  };
  Write(*peer_, "logout\nunread\n");
  EXPECT_EQ(ReadToEnd(*peer_), "bye\n");
}

TEST_P(AsyncChatEdges, WhatWasPushedInTheTurnThatExitsArrivesThoughTheMapGoesAtOnce) {
  engine_.CalmDown();  // it arrives if there is room for it
  std::unique_ptr<ChannelMap> map = MakeMap(engine_);
  auto [end, other] = SocketPair();
  RecordingChat& chat = map->Make<RecordingChat>(std::move(end));
  chat.SetTerminator("\n");
  chat.on_message = [](RecordingChat& session) {
    session.Push("bye\n");
    throw ExitNow();
  };
  Write(*other, "shutdown\n");
  EXPECT_THROW(map->Loop(), ExitNow);
  map.reset();
  EXPECT_EQ(ReadToEnd(*other), "bye\n");
}

TEST_P(AsyncChatEdges, TerminatorChangedInACallbackJudgesTheRestOfTheSamePiece) {
  // A header line, a body of as many bytes as it says, a trailer that ends otherwise, then lines
  // again.
  chat_.on_message = [](RecordingChat& chat) {
    switch (chat.messages.size()) {
      case 1:
        return chat.SetTerminator(std::stoi(chat.messages.back()));
      case 2:
        return chat.SetTerminator("</trailer>");
      case 3:
        return chat.SetTerminator("\n");
      default:
        return;
    }
  };
  const std::string body = std::string(50'000, 'b') + "\n";
  Write(*peer_, "50001\n" + body + "a<b></b></trailer>line\nunfinished");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.collected() == "unfinished"; }));
  EXPECT_THAT(chat_.messages, ElementsAre("50001", body, "a<b></b>", "line"));
}

TEST_P(AsyncChatEdges, BytesHeldBackByAReplacedTerminatorAreJudgedByTheNewOne) {
  chat_.SetTerminator("<<<end>>>");
  Write(*peer_, "text<<<end");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.received_bytes == 4; }));
  chat_.SetTerminator("d!");
  Write(*peer_, "!rest");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.collected() == "rest"; }));
  EXPECT_THAT(chat_.messages, ElementsAre("text<<<en"));
}

TEST_P(AsyncChatEdges, TerminatorReplacedWhileItsHeldBackBytesAreCollected) {
  chat_.SetTerminator("abcX");
  Write(*peer_, "abc");
  Settle(*map_);
  chat_.on_collected = [](RecordingChat& chat) { chat.SetTerminator("\n"); };
  Write(*peer_, "abcd\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return !chat_.messages.empty(); }));
  EXPECT_THAT(chat_.messages, ElementsAre("abcabcd"));
}

TEST_P(AsyncChatEdges, BytesHeldBackMayCompleteAMessageOfTheNewTerminatorWithoutMoreInput) {
  chat_.SetTerminator("\r\n");
  chat_.on_collected = [](RecordingChat& chat) { chat.SetTerminator("\r"); };
  Write(*peer_, "whole\r");  // and no more comes
  ASSERT_TRUE(LoopUntil(*map_, [&] { return !chat_.messages.empty(); }));
  EXPECT_THAT(chat_.messages, ElementsAre("whole"));
}

TEST_P(AsyncChatEdges, DiscardedBuffersForgetInputAndOutput) {
  engine_.CalmDown();  // only what has arrived can be forgotten
  chat_.on_message = [](RecordingChat& chat) {
    if (chat.messages.back() != "forget") return;
    chat.Push("never");
    chat.PushWithProducer("never either");
    chat.DiscardBuffers();
    chat.Push("only this");
  };
  Write(*peer_, "forget\nlost\nlost too");
  EXPECT_EQ(ReadBytes(*peer_, 9), "only this");
  Write(*peer_, "kept\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 2; }));
  EXPECT_THAT(chat_.messages, ElementsAre("forget", "kept"));
  EXPECT_EQ(ReadNow(*peer_), "");
}

TEST_P(AsyncChatEdges, ProducersAreAskedOnlyAsFastAsThePeerReads) {
  struct Endless : Producer {
    explicit Endless(size_t& given) : given_(given) {}
    ByteSpan More() override {
      given_ += piece_.size();
      return AsBytes(piece_);
    }
    size_t& given_;
    const std::string piece_ = std::string(1000, 'e');
  };
  size_t given = 0;
  chat_.PushWithProducer(std::make_unique<Endless>(given));
  ASSERT_TRUE(LoopUntil(*map_, [&] { return given > 0; }));
  for (int turns = 0; turns < 200; ++turns) map_->Loop(Duration::zero(), 1);
  const size_t stalled_at = given;
  EXPECT_LT(stalled_at, size_t{4} << 20);
  size_t read = 0;
  ASSERT_TRUE(LoopUntil(*map_, [&] {
    read += ReadNow(*peer_).size();
    return read > stalled_at;
  }));
  EXPECT_GT(given, stalled_at);
}

TEST_P(AsyncChatEdges, ProducerMayDiscardPushOrCloseWhileItIsAsked) {
  struct Meddler : Producer {
    Meddler(RecordingChat& chat, int what) : chat_(chat), what_(what) {}
    ByteSpan More() override {
      if (std::exchange(asked_, true)) return {};
      if (what_ == 0) chat_.Push("[pushed]");
      if (what_ == 1) chat_.DiscardBuffers();
      if (what_ == 2) chat_.Close();
      return AsBytes("[given]");
    }
    RecordingChat& chat_;
    int what_;
    bool asked_ = false;
  };
  chat_.PushWithProducer(std::make_unique<Meddler>(chat_, 0));
  EXPECT_EQ(ReadBytes(*peer_, 15), "[given][pushed]");
  chat_.PushWithProducer(std::make_unique<Meddler>(chat_, 1));
  chat_.PushWithProducer("discarded");
  Settle(*map_);
  chat_.Push("[later]");
  EXPECT_EQ(ReadBytes(*peer_, 7), "[later]");
  chat_.PushWithProducer(std::make_unique<Meddler>(chat_, 2));
  EXPECT_EQ(ReadToEnd(*peer_), "");
}

TEST_P(AsyncChatEdges, RepliesReachAPeerThatHasEndedItsSide) {
  chat_.on_message = [](RecordingChat& chat) { chat.Push("heard " + chat.messages.back() + "\n"); };
  Write(*peer_, "login a\nlook\n");
  peer_->EndOutput();
  EXPECT_EQ(ReadToEnd(*peer_), "heard login a\nheard look\n");
  EXPECT_THAT(chat_.closes, ElementsAre(CloseCause::kPeerClosed));
}

TEST_P(AsyncChatEdges, MessageBeyondTheLimitEndsTheChannelAndOnlyThat) {
  class Limited : public RecordingChat {
   public:
    using RecordingChat::RecordingChat;
    size_t MaxCollectedBytes() const override { return 1000; }
  };
  LogLines log;
  auto [end, other] = SocketPair();
  Limited limited(*map_, std::move(end));
  limited.SetTerminator("\n");
  Write(*other, std::string(1000, 'x') + "\n" + std::string(1001, 'y'));
  EXPECT_EQ(ReadToEnd(*other), "");
  EXPECT_THAT(limited.messages, ElementsAre(std::string(1000, 'x')));
  EXPECT_THAT(limited.closes, ElementsAre(CloseCause::kError));
  EXPECT_EQ(log.Count("a message of more than 1000 bytes"), 1u);
  EXPECT_TRUE(chat_.is_open());
}

TEST_P(AsyncChatEdges, ExceptionInAMessageEndsItsChannelAndNamesClassAndHandler) {
  LogLines log;
  chat_.on_message = [](RecordingChat&) { throw std::runtime_error("no such room"); };
  Write(*peer_, "join nowhere\n");
  EXPECT_EQ(ReadToEnd(*peer_), "");
  EXPECT_EQ(log.Count("RecordingChat"), 1u);
  EXPECT_EQ(log.Count("its FoundTerminator threw std::runtime_error: no such room"), 1u);
  EXPECT_THAT(chat_.closes, ElementsAre(CloseCause::kError));
}

TEST_P(AsyncChatEdges, L2_ThreeMegabytesPushedAtOnceArriveWhole) {
  const std::string text(3 << 20, 'x');
  chat_.Push(text);
  EXPECT_TRUE(ReadBytes(*peer_, text.size()) == text);
  EXPECT_THAT(chat_.closes, IsEmpty());
}

TEST_P(AsyncChatEdges, L2_ThreeMegabytesPushedBehindAProducerArriveWhole) {
  const std::string text(3 << 20, 'x');
  chat_.PushWithProducer("[produced]");
  chat_.Push(text);
  EXPECT_TRUE(ReadBytes(*peer_, 10 + text.size()) == "[produced]" + text);
  EXPECT_THAT(chat_.closes, IsEmpty());
}

TEST_P(AsyncChatEdges, L2_ThreeMegabytesPushedBeforeCloseWhenDoneArriveWhole) {
  const std::string text(3 << 20, 'x');
  chat_.Push(text);
  chat_.CloseWhenDone();
  EXPECT_TRUE(ReadToEnd(*peer_) == text);
  EXPECT_THAT(chat_.closes, ElementsAre(CloseCause::kAsked));
}

TEST_P(AsyncChatEdges, L2_PeerThatNeverReadsIsClosedAfterItsTimeAndItIsLogged) {
  LogLines log;
  map_->reactor().SetStallTime(std::chrono::milliseconds(300));
  chat_.Push(std::string(3 << 20, 'x'));
  ASSERT_TRUE(LoopUntil(*map_, [&] { return !chat_.closes.empty(); }));
  EXPECT_THAT(chat_.closes, ElementsAre(CloseCause::kStalled));
  EXPECT_EQ(log.Count("it has taken nothing for 0.3 s of the"), 1u);
}

TEST_P(AsyncChatEdges, L2_PeerThatNeverReadsIsClosedForTheBytesThatWaitBehindAProducer) {
  LogLines log;
  auto [end, other] = SocketPair();
  RecordingChat bounded(*map_, std::move(end), {.max_private_bytes = 1 << 20});
  bounded.PushWithProducer(std::string(8 << 20, 'p'));
  for (int i = 0; i < 64 && bounded.closes.empty(); ++i) {
    bounded.Push(std::string(65536, 'x'));
    Settle(*map_);
  }
  ASSERT_TRUE(LoopUntil(*map_, [&] { return !bounded.closes.empty(); }));
  EXPECT_THAT(bounded.closes, ElementsAre(CloseCause::kLag));
  EXPECT_EQ(log.Count("more than the 1048576 of max_private_bytes"), 1u);
}

TEST_P(AsyncChatEdges, HandleCloseMayConnectAgain) {
  class Listener : public Dispatcher {
   public:
    using Dispatcher::Dispatcher;
    void HandleAccepted(UniqueFd, const SocketAddress&) override { ++accepted; }  // and closes it
    int accepted = 0;
  };
  class Stubborn : public AsyncChat {
   public:
    Stubborn(ChannelMap& map, std::string address) : AsyncChat(map), address_(std::move(address)) {
      EXPECT_TRUE(Connect(address_).ok());
    }
    void FoundTerminator() override {}
    void HandleClose(CloseReason) override {
      Close();
      if (++closes < 3) {
        EXPECT_TRUE(Connect(address_).ok());
      }
    }
    int closes = 0;

   private:
    const std::string address_;
  };
  Listener listener(*map_);
  ASSERT_TRUE(listener.Listen("127.0.0.1:0").ok());
  Stubborn client(*map_, listener.Address().ToString());
  ASSERT_TRUE(LoopUntil(*map_, [&] { return client.closes == 3; }));
  EXPECT_EQ(listener.accepted, 3);
}

TEST_P(AsyncChatEdges, MapDeletesItsOwnChannelsOnlyAfterTheirTurn) {
  struct Own : RecordingChat {
    Own(ChannelMap& map, UniqueFd fd, bool& deleted)
        : RecordingChat(map, std::move(fd)), deleted_(deleted) {}
    ~Own() override { deleted_ = true; }
    bool& deleted_;
  };
  bool deleted = false;
  bool deleted_in_callback = false;
  auto [end, other] = SocketPair();
  Own& own = map_->Make<Own>(std::move(end), deleted);
  own.SetTerminator("\n");
  own.on_message = [&](RecordingChat& chat) {
    chat.Close();
    deleted_in_callback = deleted;
  };
  Write(*other, "bye\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return deleted; }));
  EXPECT_FALSE(deleted_in_callback);
}

TEST_P(AsyncChatEdges, ChannelThatClosesInItsConstructorIsDeletedToo) {
  struct Unwelcome : RecordingChat {
    Unwelcome(ChannelMap& map, UniqueFd fd, bool& deleted)
        : RecordingChat(map, std::move(fd)), deleted_(deleted) {
      Push("full\n");
      Close();
    }
    ~Unwelcome() override { deleted_ = true; }
    bool& deleted_;
  };
  bool deleted = false;
  auto [end, other] = SocketPair();
  map_->Make<Unwelcome>(std::move(end), deleted);
  EXPECT_FALSE(deleted);
  EXPECT_EQ(ReadToEnd(*other), "full\n");
  EXPECT_TRUE(deleted);
}

TEST_P(AsyncChatEdges, ChannelDestroyedByItsOwnerLeavesTheMapWorking) {
  auto [end, other] = SocketPair();
  auto doomed = std::make_unique<RecordingChat>(*map_, std::move(end));
  doomed->Push("last words");
  Write(*other, "never heard\n");
  doomed.reset();
  EXPECT_EQ(ReadToEnd(*other), "last words");
  EXPECT_EQ(map_->size(), 1u);
}

TEST_P(AsyncChatEdges, L13_AnEmptyMessageIsFoundAtOnce) {
  // Lengths of one digit: a body of none, in the middle and at the very end of what came.
  bool body = false;
  chat_.SetTerminator(1);
  chat_.on_message = [&](RecordingChat& chat) {
    if (body) {
      chat.SetTerminator(1);
    } else {
      chat.SetTerminator(chat.messages.back()[0] - '0');
    }
    body = !body;
  };
  Write(*peer_, "3abc02de0");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 8; }));
  EXPECT_THAT(chat_.messages, ElementsAre("3", "abc", "0", "", "2", "de", "0", ""));
  // Outside of a handler it is found before anything that comes next.
  chat_.messages.clear();
  chat_.on_message = [](RecordingChat& chat) { chat.SetTerminator('\n'); };
  chat_.SetTerminator(0);
  Write(*peer_, "line\n");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 2; }));
  EXPECT_THAT(chat_.messages, ElementsAre("", "line"));
}

TEST_P(AsyncChatEdges, L13_ACharacterIsATerminatorAndNotACount) {
  chat_.SetTerminator(';');
  Write(*peer_, "one;two;");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat_.messages.size() == 2; }));
  EXPECT_THAT(chat_.messages, ElementsAre("one", "two"));
}

TEST(AsyncChatMemory, IsSmall) {
  std::printf("sizeof(Channel) = %zu, sizeof(AsyncChat) = %zu, sizeof(Dispatcher) = %zu\n",
              sizeof(Channel), sizeof(AsyncChat), sizeof(Dispatcher));
  EXPECT_LE(sizeof(AsyncChat), 72u);
}

INSTANTIATE_TEST_SUITE_P(Engines, AsyncChatEdges, testing::ValuesIn(EveryEngineName()),
                         EngineTestName);

}  // namespace
}  // namespace parley
