// asyncore's behaviours on sockets, by number (reactor/async_chat/BEHAVIOURS.md): each with IPv4,
// IPv6 and unix sockets, on every engine; on the simulated engine, whose streams are of no family,
// once.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "reactor/async_chat/dispatcher.h"
#include "reactor/engine/socket_calls.h"
#include "tests/reactor/channel_test_support.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

enum class Family { kIpv4, kIpv6, kUnix };
constexpr const char* kFamilyNames[] = {"ipv4", "ipv6", "unix"};

// A dispatcher whose handlers are given by the test; writes only while it is asked to.
class Handler : public Dispatcher {
 public:
  using Dispatcher::Dispatcher;
  bool Writable() const override { return static_cast<bool>(on_write); }
  void HandleConnect() override { ++connects; }
  void HandleRead() override {
    std::byte bytes[1024];
    absl::StrAppend(&data, AsText({bytes, Recv(bytes)}));
    if (on_read) on_read(*this);
  }
  void HandleWrite() override {
    ++writes;
    on_write(*this);
  }
  void HandleExpt(ByteSpan bytes) override { absl::StrAppend(&urgent, AsText(bytes)); }
  void HandleClose(CloseReason reason) override { closes.push_back(reason.cause); }
  void HandleError(const std::exception_ptr& error, absl::string_view handler) override {
    errors.push_back(absl::StrCat(handler, ": ", DescribeException(error)));
  }

  int connects = 0;
  int writes = 0;
  std::string data;
  std::string urgent;
  std::vector<CloseCause> closes;
  std::vector<std::string> errors;
  std::function<void(Handler&)> on_read;
  std::function<void(Handler&)> on_write;
};

// A listener that makes a Handler for each peer, and lets the test see it first.
class Server : public Dispatcher {
 public:
  explicit Server(ChannelMap& map) : Dispatcher(map) {}
  void HandleAccepted(UniqueFd socket, const SocketAddress& peer) override {
    accepted_peers.push_back(peer);
    accepted_descriptor_was_valid = static_cast<bool>(socket);
    Handler& handler = map().Make<Handler>(std::move(socket));
    handlers.push_back(&handler);
    if (on_accepted) on_accepted(handler);
  }

  std::vector<SocketAddress> accepted_peers;
  bool accepted_descriptor_was_valid = false;
  std::vector<Handler*> handlers;
  std::function<void(Handler&)> on_accepted;
};

class FamilyTest : public testing::TestWithParam<std::tuple<std::string, Family>> {
 protected:
  void SetUp() override {
    const absl::Status listening = server_.Listen(FreshAddress());
    if (family() == Family::kIpv6 && !listening.ok()) GTEST_SKIP() << listening;
    ASSERT_TRUE(listening.ok()) << listening;
    address_ = server_.Address();
  }

  static Family family() { return std::get<1>(GetParam()); }

  static std::string FreshAddress() {
    static int last = 0;
    switch (family()) {
      case Family::kIpv4:
        return "127.0.0.1:0";
      case Family::kIpv6:
        return "[::1]:0";
      case Family::kUnix:
        return absl::StrCat("unix:", testing::TempDir(), "parley_", ::getpid(), "_", ++last);
    }
    return "";
  }

  bool Until(const std::function<bool()>& happened) { return LoopUntil(*map_, happened); }
  // A connected pair: client_ and the handler that the server made.
  Handler& ConnectPair() {
    EXPECT_TRUE(client_.Connect(address_).ok());
    EXPECT_TRUE(Until([&] { return client_.connected() && !server_.handlers.empty(); }));
    return *server_.handlers.back();
  }

  void ConnectAndReset() {
    if (engine_.network() != nullptr) return engine_.network()->Call().Reset();
    const UniqueFd quick(::socket(address_.family(), SOCK_STREAM, 0));
    SetLingerReset(quick.get());
    ASSERT_EQ(::connect(quick.get(), address_.get(), address_.size()), 0);
  }

  EngineUnderTest engine_{std::get<0>(GetParam())};
  std::unique_ptr<ChannelMap> map_ = MakeMap(engine_);
  Server server_{*map_};
  SocketAddress address_;
  Handler client_{*map_};
};

// What unix sockets do not have: a reset, out-of-band data, and reuse of an address in TIME_WAIT.
class TcpFamilyTest : public FamilyTest {};

// What is asked of the machine's own sockets.
class SocketFamilyTest : public FamilyTest {};
class TcpSocketFamilyTest : public FamilyTest {};

TEST_P(FamilyTest, Behaviour31_ConnectIsToldOnce) {
  ASSERT_TRUE(client_.Connect(address_).ok());
  EXPECT_EQ(client_.connects, 0);  // never from inside the call
  ASSERT_TRUE(Until([&] { return client_.connects > 0; }));
  Settle(*map_);
  EXPECT_EQ(client_.connects, 1);
}

TEST_P(FamilyTest, Behaviour31_ConnectToNobodyIsAnErrorOrAnEnd) {
  const SocketAddress nobody = address_;
  server_.Close();
  map_->Loop();
  const absl::Status connecting = client_.Connect(nobody);
  if (connecting.ok()) {
    ASSERT_TRUE(Until([&] { return !client_.is_open(); }));
    EXPECT_THAT(client_.closes, ElementsAre(CloseCause::kConnectFailed));
  }
  EXPECT_EQ(client_.connects, 0);
  EXPECT_FALSE(client_.is_open());
}

TEST_P(FamilyTest, Behaviour32_AcceptIsTold) {
  class Accepting : public Dispatcher {
   public:
    using Dispatcher::Dispatcher;
    void HandleAccept() override {
      std::optional<AcceptedSocket> accepted = Accept();
      taken += accepted.has_value();
      taken_twice += Accept().has_value();
    }
    int taken = 0;
    int taken_twice = 0;
  };
  Accepting listener(*map_);
  ASSERT_TRUE(listener.Listen(FreshAddress()).ok());
  ASSERT_TRUE(client_.Connect(listener.Address()).ok());
  EXPECT_TRUE(Until([&] { return listener.taken == 1; }));
  EXPECT_EQ(listener.taken_twice, 0);
  EXPECT_FALSE(listener.Accept().has_value());
}

TEST_P(FamilyTest, Behaviour33_AcceptedGetsTheSocketAndItsAddress) {
  ConnectPair();
  ASSERT_EQ(server_.accepted_peers.size(), 1u);
  EXPECT_TRUE(server_.accepted_descriptor_was_valid);
  EXPECT_EQ(server_.accepted_peers[0].ToString(), client_.Address().ToString());
}

TEST_P(FamilyTest, Behaviour34_ReadIsTold) {
  server_.on_accepted = [](Handler& handler) { handler.SendAll(std::string(1024, 'x')); };
  ConnectPair();
  EXPECT_TRUE(Until([&] { return client_.data == std::string(1024, 'x'); }));
}

TEST_P(FamilyTest, Behaviour35_WriteIsToldOnceConnected) {
  bool was_connected = false;
  client_.on_write = [&](Handler& client) { was_connected = client.connected(); };
  ASSERT_TRUE(client_.Connect(address_).ok());
  ASSERT_TRUE(Until([&] { return client_.writes > 0; }));
  EXPECT_TRUE(was_connected);
}

TEST_P(FamilyTest, Behaviour36_CloseIsToldWhenThePeerCloses) {
  server_.on_accepted = [](Handler& handler) { handler.Close(); };
  ASSERT_TRUE(client_.Connect(address_).ok());
  ASSERT_TRUE(Until([&] { return !client_.is_open(); }));
  EXPECT_THAT(client_.closes, ElementsAre(CloseCause::kPeerClosed));
}

TEST_P(FamilyTest, Behaviour37_CloseIsToldWhenTheConnectionBreaks) {
  // The peer closes in the middle of what it is being sent.
  client_.on_write = [](Handler& client) { client.Send(std::string(128, '\0')); };
  server_.on_accepted = [](Handler& handler) {
    handler.on_read = [](Handler& self) { self.Close(); };
  };
  ASSERT_TRUE(client_.Connect(address_).ok());
  ASSERT_TRUE(Until([&] { return !client_.is_open(); }));
  EXPECT_EQ(client_.closes.size(), 1u);
}

TEST_P(TcpFamilyTest, Behaviour37_ResetIsToldAsOne) {
  Handler& handler = ConnectPair();
  SetLingerReset(handler.descriptor());
  map_->reactor().Close(handler.handle(), {CloseCause::kAsked, 0}, CloseHow::kReset);
  ASSERT_TRUE(Until([&] { return !client_.is_open(); }));
  EXPECT_THAT(client_.closes, ElementsAre(CloseCause::kReset));
}

TEST_P(TcpSocketFamilyTest, Behaviour38_OutOfBandByteReachesTheUrgentHandler) {
  if (!map_->reactor().tells_urgent()) GTEST_SKIP() << "this kernel does not tell of urgent data";
  Handler& handler = ConnectPair();
  const char byte = '\xf4';
  ASSERT_EQ(::send(handler.descriptor(), &byte, 1, MSG_OOB), 1);
  EXPECT_TRUE(Until([&] { return client_.urgent == "\xf4"; }));
  EXPECT_EQ(client_.data, "");
}

TEST_P(FamilyTest, Behaviour39_ExceptionOfAHandlerReachesItsErrorHandler) {
  client_.on_write = [](Handler&) { throw std::domain_error("1 / 0"); };
  ASSERT_TRUE(client_.Connect(address_).ok());
  ASSERT_TRUE(Until([&] { return !client_.errors.empty(); }));
  EXPECT_EQ(client_.errors[0], "HandleWrite: std::domain_error: 1 / 0");
  EXPECT_TRUE(client_.is_open());  // the override decided so
}

TEST_P(FamilyTest, Behaviour40_AttributesAreRightBeforeDuringAndAfter) {
  EXPECT_TRUE(server_.accepting());
  EXPECT_FALSE(server_.connected());
  EXPECT_FALSE(client_.accepting());
  EXPECT_FALSE(client_.connected());
  ASSERT_TRUE(client_.Connect(address_).ok());
  EXPECT_TRUE(client_.is_open());
  EXPECT_FALSE(client_.connected());  // not yet
  ASSERT_TRUE(Until([&] { return !server_.handlers.empty() && client_.connects == 1; }));
  EXPECT_TRUE(server_.accepting());
  EXPECT_FALSE(server_.connected());
  EXPECT_TRUE(client_.connected());
  EXPECT_FALSE(client_.accepting());
  EXPECT_TRUE(server_.handlers[0]->connected());
  EXPECT_FALSE(server_.handlers[0]->accepting());
  client_.Close();
  EXPECT_FALSE(client_.connected());
  EXPECT_FALSE(client_.accepting());
  EXPECT_TRUE(server_.accepting());
  server_.Close();
  EXPECT_FALSE(server_.accepting());
  EXPECT_FALSE(server_.connected());
}

TEST_P(SocketFamilyTest, Behaviour41_SocketsAreNonBlockingAndNotInheritable) {
  const Handler& handler = ConnectPair();
  for (int fd : {server_.descriptor(), client_.descriptor(), handler.descriptor()}) {
    ASSERT_GE(fd, 0);
    EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST_P(SocketFamilyTest, Behaviour42_SecondListenerOnOneAddressFails) {
  Server second(*map_);
  const absl::Status status = second.Listen(address_);
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_FALSE(second.is_open());
  EXPECT_FALSE(second.accepting());
  ConnectPair();  // the first one serves on
}

TEST_P(TcpSocketFamilyTest, Behaviour43_AddressReuseIsReallySet) {
  int value = 0;
  socklen_t size = sizeof(value);
  ASSERT_EQ(::getsockopt(server_.descriptor(), SOL_SOCKET, SO_REUSEADDR, &value, &size), 0);
  EXPECT_NE(value, 0);
}

TEST_P(FamilyTest, Behaviour44_ClientThatConnectsAndResetsAtOnceDoesNotBreakAccepting) {
  LogLines log;
  for (int i = 0; i < 20; ++i) ConnectAndReset();
  ConnectPair();
  ASSERT_TRUE(Until([&] { return map_->size() == 3; }));  // the listener and the pair
  EXPECT_TRUE(server_.accepting());
  EXPECT_THAT(log.lines, IsEmpty());
}

using Parameters = std::tuple<std::string, Family>;

std::string TestName(const testing::TestParamInfo<Parameters>& test) {
  const auto& [engine, family] = test.param;
  if (engine == kSimulated) return engine;
  return absl::StrCat(engine, "_", kFamilyNames[static_cast<int>(family)]);
}

const auto kEveryFamily = testing::Combine(
    testing::ValuesIn(EngineNames()), testing::Values(Family::kIpv4, Family::kIpv6, Family::kUnix));
const auto kTcpFamilies = testing::Combine(testing::ValuesIn(EngineNames()),
                                           testing::Values(Family::kIpv4, Family::kIpv6));
// Its addresses have to be of some family.
const auto kInSimulation = testing::Values(Parameters(kSimulated, Family::kIpv4));

INSTANTIATE_TEST_SUITE_P(Engines, FamilyTest, kEveryFamily, TestName);
INSTANTIATE_TEST_SUITE_P(Simulated, FamilyTest, kInSimulation, TestName);
INSTANTIATE_TEST_SUITE_P(Engines, TcpFamilyTest, kTcpFamilies, TestName);
INSTANTIATE_TEST_SUITE_P(Simulated, TcpFamilyTest, kInSimulation, TestName);
INSTANTIATE_TEST_SUITE_P(Engines, SocketFamilyTest, kEveryFamily, TestName);
INSTANTIATE_TEST_SUITE_P(Engines, TcpSocketFamilyTest, kTcpFamilies, TestName);

}  // namespace
}  // namespace parley
