// The behaviours that made asyncore known, by number (reactor/async_chat/BEHAVIOURS.md): the loop,
// the dispatcher by itself, files. On every engine.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "reactor/async_chat/dispatcher.h"
#include "reactor/base/log_writer.h"
#include "reactor/engine/socket_calls.h"
#include "tests/reactor/channel_test_support.h"

namespace parley {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Received(Dispatcher& dispatcher) {
  std::byte bytes[1024];
  return std::string(AsText({bytes, dispatcher.Recv(bytes)}));
}

// Records which handlers are called; `on_event` may do anything there.
class RecordingDispatcher : public Dispatcher {
 public:
  using Dispatcher::Dispatcher;
  bool Writable() const override { return writable; }
  void HandleConnect() override { Note("connect"); }
  void HandleRead() override {
    data += Received(*this);
    Note("read");
  }
  void HandleWrite() override { Note("write"); }
  void HandleExpt(ByteSpan urgent) override {
    absl::StrAppend(&data, AsText(urgent));
    Note("expt");
  }
  void HandleClose(CloseReason reason) override {
    cause = reason.cause;
    Note("close");
  }
  void HandleError(const std::exception_ptr& error, absl::string_view handler) override {
    errors.push_back(std::string(handler) + " " + DescribeException(error));
  }
  void Note(const std::string& event) {
    events.push_back(event);
    if (on_event) on_event(event);
  }

  bool writable = false;
  std::string data;
  CloseCause cause = CloseCause::kNone;
  std::vector<std::string> events;
  std::vector<std::string> errors;
  std::function<void(const std::string&)> on_event;
};

class AsyncoreTest : public ChannelWithPeerTest {
 protected:
  // Provokes an event twice: an exit from its handler leaves the loop, any other error goes to the
  // channel's error handler.
  void ExpectExitFrom(RecordingDispatcher& channel, const std::string& event,
                      const std::function<void()>& provoke) {
    class Leave : public ExitNow {};
    const auto happened = [&] { return testing::Value(channel.events, Contains(event)); };
    channel.on_event = [&](const std::string& what) {
      if (what == event) throw Leave();
    };
    channel.events.clear();
    provoke();
    EXPECT_THROW(LoopUntil(*map_, happened), Leave) << event;
    channel.on_event = [&](const std::string& what) {
      if (what == event) throw std::runtime_error("ordinary");
    };
    channel.events.clear();
    provoke();
    EXPECT_TRUE(LoopUntil(*map_, happened)) << event;
    channel.on_event = nullptr;
    channel.writable = false;
    Settle(*map_);
  }

  // What is told next is this event, and nothing else.
  void ExpectOnly(RecordingDispatcher& channel, const std::string& event) {
    EXPECT_TRUE(LoopUntil(*map_, [&] { return !channel.events.empty(); })) << event;
    Settle(*map_);
    EXPECT_THAT(channel.events, Each(event));
    channel.events.clear();
  }

  RecordingDispatcher channel_{*map_, std::move(end_)};
};

// What only the sockets of the machine have: urgent bytes and addresses.
class AsyncoreTcpTest : public AsyncoreTest {
 protected:
  // A loopback TCP connection: a listener's socket for a channel, and the test's end.
  std::pair<UniqueFd, UniqueFd> TcpPair() {
    const UniqueFd listener = *MakeListeningSocket(*SocketAddress::Parse("127.0.0.1:0"), {});
    const SocketAddress address = SocketAddress::OfSocket(listener.get());
    UniqueFd client(::socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(::connect(client.get(), address.get(), address.size()), 0);
    UniqueFd server;
    EXPECT_TRUE(LoopUntil(*map_, [&] {
      server.Reset(::accept(listener.get(), nullptr, nullptr));
      return static_cast<bool>(server);
    }));
    ::fcntl(server.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(client.get(), F_SETFL, O_NONBLOCK);
    return {std::move(server), std::move(client)};
  }

  static void Say(const UniqueFd& peer, absl::string_view text, int flags = 0) {
    ASSERT_EQ(::send(peer.get(), text.data(), text.size(), flags),
              static_cast<ssize_t>(text.size()));
  }
};

TEST_P(AsyncoreTest, Behaviour15_ExitLeavesTheLoopFromEveryHandlerAndOtherErrorsGoToTheHandler) {
  ExpectExitFrom(channel_, "read", [&] { Write(*peer_, "x"); });
  ExpectExitFrom(channel_, "write", [&] { channel_.writable = true; });
  EXPECT_THAT(channel_.errors, ElementsAre("HandleRead std::runtime_error: ordinary",
                                           "HandleWrite std::runtime_error: ordinary"));
  EXPECT_TRUE(channel_.is_open());
}

TEST_P(AsyncoreTcpTest, Behaviour15_ExitLeavesTheLoopFromTheUrgentHandlerToo) {
  if (!map_->reactor().tells_urgent()) GTEST_SKIP() << "this kernel does not tell of urgent data";
  auto [end, other] = TcpPair();
  const UniqueFd peer = std::move(other);  // a lambda cannot hold a structured binding in clang 14
  RecordingDispatcher channel(*map_, std::move(end));
  ExpectExitFrom(channel, "expt", [&] { Say(peer, "!", MSG_OOB); });
  EXPECT_THAT(channel.errors, ElementsAre("HandleExpt std::runtime_error: ordinary"));
  EXPECT_TRUE(channel.is_open());
}

TEST_P(AsyncoreTest, Behaviour15_ExitLosesNothingAndTheLoopMayBeEnteredAgain) {
  auto [end, other] = SocketPair();
  RecordingChat neighbour(*map_, std::move(end));
  neighbour.SetTerminator("\n");
  neighbour.on_message = [](RecordingChat& chat) { chat.Push("answered"); };
  channel_.on_event = [](const std::string&) { throw ExitNow(); };
  Write(*peer_, "x");
  Write(*other, "hello\n");
  EXPECT_THROW(map_->Loop(), ExitNow);
  EXPECT_EQ(map_->size(), 2u);
  channel_.on_event = nullptr;
  Write(*peer_, "y");
  EXPECT_EQ(ReadBytes(*other, 8), "answered");
  EXPECT_TRUE(LoopUntil(*map_, [&] { return channel_.data == "xy"; }));
}

TEST_P(AsyncoreTest, Behaviour16_EachKindOfReadinessCallsExactlyItsHandler) {
  Write(*peer_, "in");
  ExpectOnly(channel_, "read");
  channel_.writable = true;
  ExpectOnly(channel_, "write");
  channel_.writable = false;
  peer_->EndOutput();
  ExpectOnly(channel_, "close");
  EXPECT_EQ(channel_.cause, CloseCause::kPeerClosed);
}

TEST_P(AsyncoreTcpTest, Behaviour16_UrgentBytesAndResetsCallExactlyTheirHandlers) {
  if (!map_->reactor().tells_urgent()) GTEST_SKIP() << "this kernel does not tell of urgent data";
  auto [end, peer] = TcpPair();
  RecordingDispatcher channel(*map_, std::move(end));
  Say(peer, "in");
  ExpectOnly(channel, "read");
  Say(peer, "!", MSG_OOB);
  ExpectOnly(channel, "expt");
  channel.writable = true;
  ExpectOnly(channel, "write");
  channel.writable = false;
  SetLingerReset(peer.get());
  peer.Reset();
  ExpectOnly(channel, "close");
  EXPECT_EQ(channel.cause, CloseCause::kReset);
}

TEST_P(AsyncoreTcpTest, Behaviour16_BytesBehindUrgentDataAreReadWithoutAnotherEdge) {
  if (!map_->reactor().tells_urgent()) GTEST_SKIP() << "this kernel does not tell of urgent data";
  auto [end, peer] = TcpPair();
  Say(peer, "before");
  Say(peer, "!", MSG_OOB);
  Say(peer, "behind");
  RecordingDispatcher channel(*map_, std::move(end));
  EXPECT_TRUE(LoopUntil(*map_, [&] { return channel.data.size() == 13; })) << channel.data;
}

TEST_P(AsyncoreTest, Behaviour17_CloseAllEmptiesTheMapAndClosesEveryChannel) {
  std::vector<std::unique_ptr<FarEnd>> peers;
  std::vector<std::unique_ptr<RecordingDispatcher>> channels;
  for (int i = 0; i < 10; ++i) {
    auto [end, peer] = SocketPair();
    channels.push_back(std::make_unique<RecordingDispatcher>(*map_, std::move(end)));
    map_->Make<RecordingChat>(UniqueFd(::dup(channels.back()->descriptor())));
    peers.push_back(std::move(peer));
  }
  RecordingDispatcher listener(*map_);
  ASSERT_TRUE(listener.Listen("127.0.0.1:0").ok());
  EXPECT_EQ(map_->size(), 22u);
  map_->CloseAll();
  EXPECT_TRUE(map_->empty());
  for (const auto& channel : channels) EXPECT_FALSE(channel->is_open());
  EXPECT_FALSE(listener.is_open());
  peers.clear();
  peer_.reset();
  map_->Loop();  // nothing is left to wait for
  EXPECT_EQ(map_->reactor().connections() + map_->reactor().listeners(), 0u);
}

TEST(ChannelMap, Behaviour17_CloseAllOfTheDefaultMap) {
  ChannelMap& map = ChannelMap::Default();
  EXPECT_EQ(&map, &ChannelMap::Default());
  RecordingDispatcher listener(map);
  ASSERT_TRUE(listener.Listen("127.0.0.1:0").ok());
  EXPECT_EQ(map.size(), 1u);
  map.CloseAll();
  EXPECT_TRUE(map.empty());
  map.Loop();
}

TEST_P(AsyncoreTest, Behaviour18_CompactDescriptionNamesClassHandlerAndException) {
  class Plain : public Dispatcher {
   public:
    using Dispatcher::Dispatcher;
    bool Writable() const override { return false; }
    void HandleRead() override { throw std::invalid_argument("not a number"); }
    void HandleClose(CloseReason reason) override { causes.push_back(reason.cause); }
    std::vector<CloseCause> causes;
  };
  LogLines log;
  auto [end, peer] = SocketPair();
  Plain channel(*map_, std::move(end));
  Write(*peer, "x");
  ASSERT_TRUE(LoopUntil(*map_, [&] { return !channel.is_open(); }));
  ASSERT_EQ(log.lines.size(), 1u);
  EXPECT_THAT(log.lines[0], HasSubstr("error: closing <"));
  EXPECT_THAT(log.lines[0], HasSubstr("Plain connected"));
  EXPECT_THAT(log.lines[0], HasSubstr("HandleRead threw std::invalid_argument: not a number"));
  EXPECT_EQ(log.lines[0].find('\n'), std::string::npos);
  EXPECT_THAT(channel.causes, ElementsAre(CloseCause::kError));
}

TEST_P(AsyncoreTest, Behaviour19_NewDispatcherIsReadableAndWritable) {
  const Dispatcher fresh(*map_);
  EXPECT_TRUE(fresh.Readable());
  EXPECT_TRUE(fresh.Writable());
}

TEST_P(AsyncoreTest, Behaviour20_DescriptionNamesTheClassAndItsState) {
  RecordingDispatcher fresh(*map_);
  EXPECT_THAT(fresh.Describe(), HasSubstr("RecordingDispatcher closed"));
  ASSERT_TRUE(fresh.Listen("127.0.0.1:0").ok());
  EXPECT_THAT(fresh.Describe(), HasSubstr("RecordingDispatcher listening 127.0.0.1:"));
  EXPECT_THAT(channel_.Describe(), HasSubstr("RecordingDispatcher connected"));
}

TEST_P(AsyncoreTcpTest, Behaviour20_DescriptionNamesThePeer) {
  auto [end, peer] = TcpPair();
  const RecordingDispatcher connected(*map_, std::move(end));
  EXPECT_THAT(connected.Describe(), HasSubstr("RecordingDispatcher connected " +
                                              SocketAddress::OfSocket(peer.get()).ToString()));
}

// What has been logged to standard error, which a thread writes (log_writer.h).
std::string WrittenToStandardError() {
  EXPECT_TRUE(LogWriter::Flush(std::chrono::seconds(20)));
  return testing::internal::GetCapturedStderr();
}

TEST_P(AsyncoreTest, Behaviour21_LogGoesToStandardError) {
  testing::internal::CaptureStderr();
  channel_.Log(Severity::kInfo, "Lovely spam! Wonderful spam!");
  EXPECT_EQ(WrittenToStandardError(), "info: Lovely spam! Wonderful spam!\n");
}

TEST_P(AsyncoreTest, Behaviour22_LogLinesSayHowSevereTheyAre) {
  testing::internal::CaptureStderr();
  channel_.Log(Severity::kError, "EGGS");
  channel_.Log(Severity::kWarning, "SPAM");
  channel_.Log(Severity::kDebug, "HAM");
  EXPECT_EQ(WrittenToStandardError(), "error: EGGS\nwarning: SPAM\ndebug: HAM\n");
}

TEST_P(AsyncoreTest, Behaviour23_EachUnhandledEventIsLoggedAsAWarning) {
  struct Unhandling : Dispatcher {
    using Dispatcher::Dispatcher;
    using Dispatcher::HandleAccepted;
    using Dispatcher::HandleClose;
    using Dispatcher::HandleConnect;
    using Dispatcher::HandleExpt;
    using Dispatcher::HandleRead;
    using Dispatcher::HandleWrite;
  };
  LogLines log;
  Unhandling channel(*map_);
  channel.HandleExpt({});
  channel.HandleRead();
  channel.HandleWrite();
  channel.HandleConnect();
  channel.HandleAccepted(UniqueFd(), SocketAddress());
  channel.HandleClose({});
  EXPECT_THAT(log.lines,
              ElementsAre("warning: unhandled urgent data", "warning: unhandled read event",
                          "warning: unhandled write event", "warning: unhandled connect event",
                          "warning: unhandled accepted event", "warning: unhandled close event"));
}

TEST(CloseReason, Behaviour24_TextOfAnUnknownErrorIsNotEmpty) {
  EXPECT_THAT((CloseReason{CloseCause::kReset, ECONNRESET}.ToString()),
              HasSubstr(std::strerror(ECONNRESET)));
  const std::string unknown = CloseReason{CloseCause::kError, 123456}.ToString();
  EXPECT_GT(unknown.size(), std::string("error ()").size());
}

TEST_P(AsyncoreTest, Behaviour25_BufferedSendDeliversTwoPayloadsWhole) {
  const std::string first(200'000, '1');
  const std::string second(200'000, '2');
  channel_.SendAll(first);
  channel_.SendAll(second);
  EXPECT_EQ(ReadBytes(*peer_, first.size() + second.size()), first + second);
}

TEST_P(AsyncoreTest, PlainSendTakesWhatThereIsRoomForAndAsksAgain) {
  const std::string text(1'000'000, 's');
  size_t sent = 0;
  channel_.writable = true;
  channel_.on_event = [&](const std::string& event) {
    if (event != "write") return;
    sent += channel_.Send(absl::string_view(text).substr(sent));
    channel_.writable = sent < text.size();
  };
  EXPECT_TRUE(LoopUntil(*map_, [&] { return sent > 0; }));
  EXPECT_LT(sent, text.size());
  EXPECT_EQ(ReadBytes(*peer_, text.size()), text);
}

TEST_P(AsyncoreTest, WriterThatSendsNothingDoesNotSpin) {
  channel_.writable = true;
  bool over = false;
  map_->reactor().After(std::chrono::milliseconds(100), [&] { over = true; });
  for (int turns = 0; turns < 1000 && !over; ++turns) map_->Loop(std::chrono::seconds(10), 1);
  EXPECT_TRUE(over);
  EXPECT_GE(channel_.events.size(), 1u);
  EXPECT_LT(channel_.events.size(), 20u);
}

TEST_P(AsyncoreTest, ReaderThatTakesAByteAtATimeGetsThemAllAndOnlyThenTheEnd) {
  class Sipper : public RecordingDispatcher {
   public:
    using RecordingDispatcher::RecordingDispatcher;
    bool Readable() const override { return thirsty; }
    void HandleRead() override {
      std::byte byte[1];
      absl::StrAppend(&data, AsText({byte, Recv(byte)}));
      thirsty = data.size() % 3 != 0;
    }
    bool thirsty = true;
  };
  auto [end, peer] = SocketPair();
  Sipper sipper(*map_, std::move(end));
  Write(*peer, "abcdefgh");
  peer->EndOutput();
  ASSERT_TRUE(LoopUntil(*map_, [&] {
    EXPECT_TRUE(sipper.events.empty() || sipper.data.size() == 8) << sipper.data;
    sipper.thirsty = true;
    return !sipper.is_open();
  }));
  EXPECT_EQ(sipper.data, "abcdefgh");
  EXPECT_THAT(sipper.events, ElementsAre("close"));
}

INSTANTIATE_TEST_SUITE_P(Engines, AsyncoreTest, testing::ValuesIn(EveryEngineName()),
                         EngineTestName);
INSTANTIATE_TEST_SUITE_P(Engines, AsyncoreTcpTest, testing::ValuesIn(EngineNames()),
                         EngineTestName);

}  // namespace
}  // namespace parley
