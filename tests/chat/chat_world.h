#ifndef TESTS_CHAT_CHAT_WORLD_H_
#define TESTS_CHAT_CHAT_WORLD_H_

// The whole server in a test: a reactor, the transport on a port of the loopback, the chat behind it,
// and people who connect to it.
//
//   class LookTest : public ChatTest {};
//   TEST_P(LookTest, NamesWhoIsHere) {
//     ChatWorld world(server());
//     Person ann = world.Arrive("ann");
//     EXPECT_EQ(ann.Says("look"), "Room lobby: 1 person: ann\r\n");
//   }
//   PARLEY_WITH_EVERY_SERVER(LookTest);
//
// Every test runs with every engine of this build, with one thread as well as with I/O threads, and
// on the simulated engine, whose network does its worst (but loses nobody) and whose time is its
// own. There PARLEY_SEED=N replays what a failure prints (tests/simulated/seeds.h). The main thread's
// half of the server and the people share the test's thread: whoever waits turns the reactor, so
// sessions, names and rooms may be looked at between any two steps. Nobody sleeps. What somebody
// has heard is known for sure, because waiting means to send a line with a known answer and to read
// up to that answer.
//
// What a Person hears must be what a terminal may be given: clean UTF-8 in lines that end with CR
// LF. A stream that is not fails the test, whatever the test is about.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "chat/delivery/chat_server.h"
#include "chat/transport/admission.h"
#include "chat/transport/gateway.h"
#include "chat/transport/limits.h"
#include "gtest/gtest.h"
#include "reactor/loop/reactor.h"
#include "tests/chat/server_kind.h"
#include "tests/simulated/engine_under_test.h"
#include "tests/simulated/far_end.h"

namespace parley::chat {

class ChatWorld;

// Somebody at a terminal. Lives shorter than the world.
class Person {
 public:
  Person(ChatWorld& world, std::unique_ptr<FarEnd> end) : world_(&world), end_(std::move(end)) {}

  // Sends a line and returns everything heard until the server has handled it.
  std::string Says(absl::string_view line);
  // Everything heard up to now that was not returned before.
  std::string Hears();
  // Sends these bytes, then reads until the server has closed.
  std::string LastWords(absl::string_view bytes = "");

  // As they are, without a line end. Waits until the connection has taken them.
  void Send(absl::string_view bytes);
  // Sends what the connection takes now and returns how much, without waiting.
  size_t Offer(absl::string_view bytes) { return end_->Send(bytes).value_or(bytes.size()); }
  // What has been heard when it contains `marker`, which is the end of what is returned.
  std::string HearsUntil(absl::string_view marker);
  void EndOutput() { end_->EndOutput(); }
  // Leaves without a word. After that only destruction is allowed.
  void Close() { end_.reset(); }
  void Reset() {
    end_->WillReset();
    end_.reset();
  }
  // What it hears is not checked: telnet's answers, or the beginning of a line that is cut off.
  void HearsRawBytes() { checked_ = false; }

  // Takes in what has arrived, without waiting. Returns false when the server has closed.
  bool Listen();
  const std::string& heard() const { return heard_; }
  std::string TakeHeard();
  bool ended() const { return ended_; }

 private:
  // The answer by which a Person knows that everything before it has arrived.
  std::string AskForAnswer();
  std::string UpTo(const std::string& answer);

  ChatWorld* world_;
  std::unique_ptr<FarEnd> end_;
  std::string heard_;
  bool ended_ = false;
  bool checked_ = true;
};

// Sanitizers make memory and time say little.
inline constexpr bool kSanitized = PARLEY_SANITIZED != 0;

// As a server has them, but for the rates: a test must not wait for its own lines.
Limits UnhurriedLimits();

class ChatWorld {
 public:
  explicit ChatWorld(const ServerKind& kind, const Limits& limits = UnhurriedLimits(),
                     LagPolicy lag_policy = LagPolicy::kSkip);
  ~ChatWorld();
  ChatWorld(const ChatWorld&) = delete;
  ChatWorld& operator=(const ChatWorld&) = delete;

  // A connection from this address of the loopback, which the server need not have accepted.
  // `receive_buffer_bytes`: of a reader who is to be slow; 0 leaves the kernel's.
  Person Connect(absl::string_view from = "127.0.0.1", int receive_buffer_bytes = 0);
  // The same to the listener of another profile, whose people begin in `room`; empty: in the lobby.
  Person ConnectTo(const Profile& profile, absl::string_view room = "",
                   int receive_buffer_bytes = 0);
  Person ConnectTo(absl::string_view profile, absl::string_view room = "",
                   int receive_buffer_bytes = 0);
  // Somebody who has logged in and read what there was to read.
  Person Arrive(absl::string_view name);
  std::vector<Person> ArriveMany(absl::string_view prefix, size_t count);

  // Turns the reactor until `done` says so. False when that takes too long.
  bool RunUntil(const std::function<bool()>& done);
  // Lets time pass in which the server's main thread, and with one thread the whole server, does
  // nothing, as if its process were stopped.
  void StandStill(Duration duration);
  // Whether the server comes back to a state without clients: no session, no name, no room but the
  // lobby.
  bool BecomesEmpty();

  // Whether everything has been handed to the kernel that a server of one thread owes its clients.
  bool NothingIsOwed();

  // The server's clock, simulated or not.
  TimePoint Now() { return reactor_->Now(); }
  uint16_t port() const { return address_.port(); }
  ChatServer& server() { return server_; }
  Gateway& gateway() { return *gateway_; }
  size_t people() const { return server_.chat().users.size(); }
  size_t rooms() const { return server_.chat().rooms.size(); }

 private:
  bool RunSimulatedUntil(const std::function<bool()>& done);

  const Limits limits_;
  EngineUnderTest engine_;
  uint16_t last_port_ = 10'000;  // of who called in a simulated network
  std::unique_ptr<Reactor> reactor_;
  Admission admission_;
  std::unique_ptr<Gateway> gateway_;
  ChatServer server_;
  Person ConnectTo(const SocketAddress& listener, absl::string_view from, int receive_buffer_bytes);

  SocketAddress address_;
  std::map<std::string, SocketAddress> addresses_;  // of the listeners, by profile and room
};

// Whether every line ends with CR LF and is fit for a terminal; an unfinished last line is not.
bool IsCleanStream(absl::string_view text);

// User memory of this process (RssAnon of proc(5)).
size_t ResidentBytes();

// A test that runs once with every kind of server.
class ChatTest : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override;
  const ServerKind& server() const { return GetParam(); }
};

#define PARLEY_WITH_SERVERS(suite, kinds)                           \
  INSTANTIATE_TEST_SUITE_P(With, suite, ::testing::ValuesIn(kinds), \
                           [](const auto& parameter) { return parameter.param.Name(); })
#define PARLEY_WITH_EVERY_SERVER(suite) \
  PARLEY_WITH_SERVERS(suite, ::parley::chat::EveryServerKind())
#define PARLEY_WITH_EVERY_SOCKET_SERVER(suite) \
  PARLEY_WITH_SERVERS(suite, ::parley::chat::ServerKinds())

}  // namespace parley::chat

#endif  // TESTS_CHAT_CHAT_WORLD_H_
