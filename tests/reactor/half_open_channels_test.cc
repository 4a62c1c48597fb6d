// HandleEndOfInput: a channel whose peer has ended its side may go on sending (L5).

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/reactor/channel_test_support.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HalfOpenChannels : public ChannelMapTest {};

// Answers by a worker, which is a task here.
class LateChat : public RecordingChat {
 public:
  using RecordingChat::RecordingChat;
  void HandleEndOfInput() override { ended = true; }
  bool ended = false;
};

TEST_P(HalfOpenChannels, L5_RepliesThatComeAfterThePeersEndReachIt) {
  auto [end, peer] = SocketPair();
  LateChat chat(*map_, std::move(end));
  chat.SetTerminator("\n");
  Write(*peer, "question\n");
  peer->EndOutput();
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat.ended; }));
  Settle(*map_);
  EXPECT_TRUE(chat.is_open());
  EXPECT_THAT(chat.closes, IsEmpty());
  map_->reactor().Post([&chat] {
    chat.Push("answer\n");
    chat.CloseWhenDone();
  });
  EXPECT_EQ(ReadToEnd(*peer), "answer\n");
  EXPECT_THAT(chat.messages, ElementsAre("question"));
}

TEST_P(HalfOpenChannels, L5_AHalfOpenChannelEndsWhenItsPeerIsGone) {
  auto [end, peer] = SocketPair();
  LateChat chat(*map_, std::move(end));
  peer->EndOutput();
  ASSERT_TRUE(LoopUntil(*map_, [&] { return chat.ended; }));
  peer.reset();
  chat.Push("to nobody");
  EXPECT_TRUE(LoopUntil(*map_, [&] {
    if (chat.is_open()) chat.Push("to nobody");
    return !chat.is_open();
  }));
  EXPECT_THAT(chat.closes, ElementsAre(CloseCause::kReset));
}

// The same of a dispatcher.
class LateEcho : public Dispatcher {
 public:
  using Dispatcher::Dispatcher;
  void HandleRead() override {
    std::byte bytes[512];
    const absl::string_view text = AsText(ByteSpan(bytes, Recv(bytes)));
    heard.append(text.data(), text.size());
  }
  bool Writable() const override { return false; }
  void HandleClose(CloseReason reason) override { closes.push_back(reason.cause); }
  void HandleEndOfInput() override { ++ends; }
  std::string heard;
  std::vector<CloseCause> closes;
  int ends = 0;
};

TEST_P(HalfOpenChannels, L5_ADispatcherMayStayHalfOpenToo) {
  auto [end, peer] = SocketPair();
  LateEcho echo(*map_, std::move(end));
  Write(*peer, "question");
  peer->EndOutput();
  ASSERT_TRUE(LoopUntil(*map_, [&] { return echo.ends > 0; }));
  Settle(*map_);
  EXPECT_EQ(echo.ends, 1);
  EXPECT_TRUE(echo.is_open());
  echo.SendAll("answer");
  echo.Close();
  EXPECT_EQ(ReadToEnd(*peer), "answer");
  EXPECT_EQ(echo.heard, "question");
  EXPECT_THAT(echo.closes, IsEmpty());
}

TEST_P(HalfOpenChannels, L5_ADispatcherThatConnectsAgainIsToldOfThatEndToo) {
  // Accepts, and closes.
  class Door : public Dispatcher {
   public:
    using Dispatcher::Dispatcher;
    void HandleAccepted(UniqueFd, const SocketAddress&) override {}
  };
  class Caller : public LateEcho {
   public:
    using LateEcho::LateEcho;
    void HandleConnect() override {}
  };
  Door door(*map_);
  ASSERT_TRUE(door.Listen("127.0.0.1:0").ok());
  Caller caller(*map_);
  for (int ends = 1; ends <= 3; ++ends) {
    ASSERT_TRUE(caller.Connect(door.Address()).ok());
    ASSERT_TRUE(LoopUntil(*map_, [&] { return caller.ends == ends; })) << ends;
    caller.Close();
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, HalfOpenChannels, testing::ValuesIn(EveryEngineName()),
                         EngineTestName);

}  // namespace
}  // namespace parley
