// What is thrown where no channel's own conversation is at fault: while a peer is accepted (L1), and
// in timers, tasks and the other callbacks of a map's reactor (L7). On every engine.

#include <gmock/gmock.h>

#include <array>
#include <csignal>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/reactor/channel_test_support.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A session that says hello, or throws where it is told to.
struct Doubts {
  int to_throw = 0;  // peers to come whose sessions throw
  bool before_adopting = false;
};

UniqueFd Checked(UniqueFd socket, Doubts& doubts) {
  if (doubts.before_adopting && doubts.to_throw > 0) {
    --doubts.to_throw;
    throw std::bad_alloc();
  }
  return socket;
}

class DoubtfulSession : public AsyncChat {
 public:
  DoubtfulSession(ChannelMap& map, UniqueFd socket, Doubts& doubts)
      : AsyncChat(map, Checked(std::move(socket), doubts)) {
    if (doubts.to_throw > 0) {
      --doubts.to_throw;
      throw std::runtime_error("no room for you");
    }
    Push("hello\n");
  }
  void FoundTerminator() override {}
};

class ChannelErrors : public ChannelMapTest {};

TEST_P(ChannelErrors, L1_SessionWhoseConstructorThrowsCostsItsPeerTheConnectionAndNothingElse) {
  LogLines log;
  Doubts doubts{.to_throw = 2};
  Dispatcher* listener = *map_->Serve<DoubtfulSession>("127.0.0.1:0", doubts);
  const SocketAddress server = listener->Address();
  EXPECT_EQ(FirstLineOf(*map_, server), "closed");
  EXPECT_EQ(FirstLineOf(*map_, server), "closed");
  EXPECT_EQ(FirstLineOf(*map_, server), "hello");
  EXPECT_TRUE(listener->is_open());
  ASSERT_EQ(log.lines.size(), 2u) << testing::PrintToString(log.lines);
  EXPECT_THAT(log.lines[0], HasSubstr("error: dropping a peer of <"));
  EXPECT_THAT(log.lines[0], HasSubstr("listening " + server.ToString()));
  EXPECT_THAT(log.lines[0], HasSubstr("HandleAccepted threw std::runtime_error: no room for you"));
}

TEST_P(ChannelErrors, L1_OutOfMemoryBeforeTheSocketIsAdoptedCostsItsPeerTheConnection) {
  LogLines log;
  Doubts doubts{.to_throw = 1, .before_adopting = true};
  Dispatcher* listener = *map_->Serve<DoubtfulSession>("127.0.0.1:0", doubts);
  const SocketAddress server = listener->Address();
  EXPECT_EQ(FirstLineOf(*map_, server), "closed");
  EXPECT_EQ(FirstLineOf(*map_, server), "hello");
  EXPECT_EQ(log.Count("HandleAccepted threw std::bad_alloc"), 1u);
}

// A listener of the user's own, which throws while `to_throw` is left, from either handler.
class Doorman : public Dispatcher {
 public:
  using Dispatcher::Dispatcher;
  void HandleAccept() override {
    if (in_accept && to_throw-- > 0) throw std::runtime_error("at the door");
    Dispatcher::HandleAccept();
  }
  void HandleAccepted(UniqueFd socket, const SocketAddress&) override {
    if (!in_accept && to_throw-- > 0) throw 42;
    map().Make<DoubtfulSession>(std::move(socket), doubts);
  }
  void HandleError(const std::exception_ptr& error, absl::string_view handler) override {
    errors.emplace_back(handler);
    if (error_handler_throws) throw std::logic_error("at a loss");
    Dispatcher::HandleError(error, handler);
  }
  void HandleClose(CloseReason) override { ++closes; }

  int to_throw = 1;
  bool in_accept = false;
  bool error_handler_throws = false;
  int closes = 0;
  std::vector<std::string> errors;
  Doubts doubts;
};

TEST_P(ChannelErrors, L1_ListenerGoesOnWhateverItsAcceptHandlersThrow) {
  LogLines log;
  Doorman doorman(*map_);
  ASSERT_TRUE(doorman.Listen("127.0.0.1:0").ok());
  const SocketAddress server = doorman.Address();
  EXPECT_EQ(FirstLineOf(*map_, server), "closed");
  doorman.in_accept = true;
  doorman.to_throw = 1;
  EXPECT_EQ(FirstLineOf(*map_, server), "closed");
  doorman.error_handler_throws = true;
  doorman.to_throw = 1;
  EXPECT_EQ(FirstLineOf(*map_, server), "closed");
  EXPECT_EQ(FirstLineOf(*map_, server), "hello");
  EXPECT_THAT(doorman.errors, ElementsAre("HandleAccepted", "HandleAccept", "HandleAccept"));
  EXPECT_EQ(doorman.closes, 0);
  EXPECT_EQ(log.Count("HandleAccepted threw int"), 1u);
  EXPECT_EQ(log.Count("HandleAccept threw std::runtime_error: at the door"), 1u);
  EXPECT_EQ(log.Count("HandleError threw std::logic_error: at a loss"), 1u);
  EXPECT_EQ(log.Count("error: dropping a peer of"), 3u);
  EXPECT_EQ(log.Count("closing"), 0u);
}

TEST_P(ChannelErrors, L1_ExitWhileAcceptingStillLeavesTheLoop) {
  class Porter : public Dispatcher {
   public:
    using Dispatcher::Dispatcher;
    void HandleAccepted(UniqueFd, const SocketAddress&) override { throw ExitNow(); }
  };
  Porter porter(*map_);
  ASSERT_TRUE(porter.Listen("127.0.0.1:0").ok());
  RecordingChat visitor(*map_);
  ASSERT_TRUE(visitor.Connect(porter.Address()).ok());
  EXPECT_THROW(map_->Loop(), ExitNow);
  EXPECT_TRUE(porter.is_open());
}

// ---- callbacks of the reactor ----------------------------------------------------------------

class Quit : public ExitNow {};

// A map with one channel, so that it has something to turn for.
class ReactorCallbacks : public ChannelWithPeerTest {
 protected:
  // Turns until an exit leaves the loop, which must be soon.
  void ExpectExit() {
    EXPECT_THROW(LoopUntil(*map_, [] { return false; }), Quit);
    EXPECT_TRUE(chat_.is_open());
    EXPECT_THAT(log_.lines, IsEmpty());
  }
  // Turns until something is logged, and expects it to be this line alone.
  void ExpectLogged(const std::string& line) {
    EXPECT_TRUE(LoopUntil(*map_, [&] { return !log_.lines.empty(); }));
    EXPECT_THAT(log_.lines, ElementsAre(line));
    EXPECT_TRUE(chat_.is_open());
  }

  LogLines log_;

  RecordingChat chat_{*map_, std::move(end_)};
};

TEST_P(ReactorCallbacks, L7_ExitFromATimerLeavesTheLoop) {
  map_->reactor().After(Duration::zero(), [] { throw Quit(); });
  ExpectExit();
}

TEST_P(ReactorCallbacks, L7_ExitFromATaskLeavesTheLoopAndTheTurnIsEndedInOrder) {
  bool ran = false;
  map_->reactor().Post([] { throw Quit(); });
  map_->reactor().Post([&] {
    ran = true;
    chat_.Push("said in the same turn");
  });
  ExpectExit();
  EXPECT_TRUE(ran);
  EXPECT_EQ(ReadBytes(*peer_, 21), "said in the same turn");
}

TEST_P(ReactorCallbacks, L7_ExitFromATurnHookLeavesTheLoop) {
  struct Hook : TurnHook {
    void OnTurn() override { throw Quit(); }
  } hook;
  map_->reactor().SetTurnHook(&hook);
  ExpectExit();
  map_->reactor().SetTurnHook(nullptr);
}

TEST_P(ReactorCallbacks, L7_ExitFromASignalLeavesTheLoop) {
  const std::array<int, 1> signals{SIGUSR1};
  ASSERT_TRUE(map_->reactor().OnSignals(signals, [](int) { throw Quit(); }).ok());
  if (engine_.network() != nullptr) {
    engine_.network()->Raise(SIGUSR1);
  } else {
    ::kill(::getpid(), SIGUSR1);
  }
  ExpectExit();
}

TEST_P(ReactorCallbacks, L7_OtherExceptionsAreLoggedForWhatTheyAre) {
  map_->reactor().After(Duration::zero(), [] { throw std::runtime_error("too late"); });
  ExpectLogged("error: a timer threw: too late");
  log_.lines.clear();
  map_->reactor().Post([] { throw 42; });
  ExpectLogged("error: a posted task threw: an exception of unknown type");
}

INSTANTIATE_TEST_SUITE_P(Engines, ChannelErrors, testing::ValuesIn(EveryEngineName()),
                         EngineTestName);
INSTANTIATE_TEST_SUITE_P(Engines, ReactorCallbacks, testing::ValuesIn(EveryEngineName()),
                         EngineTestName);

}  // namespace
}  // namespace parley
