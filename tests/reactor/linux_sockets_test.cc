// What Linux's own socket options and errors make of listeners and streams.

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <thread>

#include "reactor/base/errno_status.h"
#include "reactor/engine/socket_calls.h"
#include "reactor/loop/reactor.h"
#include "tests/reactor/denied_call.h"

namespace parley {
namespace {

int Option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  EXPECT_EQ(::getsockopt(fd, level, name, &value, &size), 0);
  return value;
}

// What the kernel does about a peer that has vanished, in numbers.
std::string PatienceOf(int fd) {
  if (Option(fd, SOL_SOCKET, SO_KEEPALIVE) == 0) {
    return "unacknowledged " + std::to_string(Option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT)) + " ms";
  }
  return "silent " + std::to_string(Option(fd, IPPROTO_TCP, TCP_KEEPIDLE)) + " s, asked " +
         std::to_string(Option(fd, IPPROTO_TCP, TCP_KEEPCNT)) + " times each " +
         std::to_string(Option(fd, IPPROTO_TCP, TCP_KEEPINTVL)) + " s, unacknowledged " +
         std::to_string(Option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT)) + " ms";
}

constexpr const char* kTwoMinutes =
    "silent 60 s, asked 4 times each 15 s, unacknowledged 120000 ms";

std::string PatienceWith(Duration peer_timeout) {
  const UniqueFd fd = MakeStreamSocket(AF_INET);
  StreamOptions options;
  options.peer_timeout = peer_timeout;
  SetStreamOptions(fd.get(), AF_INET, options);
  return PatienceOf(fd.get());
}

// A peer that vanishes is gone after the same time in a silent room and in a busy one (F3).
TEST(PeerTimeout, CountsForSilenceAndForWhatIsNotAcknowledged) {
  EXPECT_EQ(PatienceWith(StreamOptions().peer_timeout), kTwoMinutes);
  EXPECT_EQ(PatienceWith(std::chrono::seconds(10)),
            "silent 5 s, asked 4 times each 1 s, unacknowledged 10000 ms");
}

TEST(PeerTimeout, IsWholeSecondsWithinWhatTheKernelTakes) {
  EXPECT_EQ(PatienceWith(std::chrono::milliseconds(1)),
            "silent 1 s, asked 4 times each 1 s, unacknowledged 2000 ms");
  EXPECT_EQ(PatienceWith(std::chrono::milliseconds(2100)),
            "silent 1 s, asked 4 times each 1 s, unacknowledged 3000 ms");
  EXPECT_EQ(PatienceWith(std::chrono::hours(24)),
            "silent 16383 s, asked 4 times each 4096 s, unacknowledged 32767000 ms");
}

TEST(PeerTimeout, OfZeroLeavesTheKernelsOwn) {
  EXPECT_EQ(PatienceWith(Duration::zero()), "unacknowledged 0 ms");
}

TEST(ErrnoStatus, L12_AnAddressOfAnotherMachineHasACodeOfItsOwn) {
  // TEST-NET-1 (RFC 5737) is nobody's.
  const absl::Status not_ours =
      MakeListeningSocket(*SocketAddress::Parse("192.0.2.1:0"), {}).status();
  EXPECT_EQ(not_ours.code(), absl::StatusCode::kNotFound) << not_ours;
  EXPECT_EQ(ErrnoOf(not_ours), EADDRNOTAVAIL);
  EXPECT_EQ(not_ours.message(), "cannot listen on 192.0.2.1:0: Cannot assign requested address");
  const UniqueFd listener = *MakeListeningSocket(*SocketAddress::Parse("127.0.0.1:0"), {});
  const absl::Status in_use =
      MakeListeningSocket(SocketAddress::OfSocket(listener.get()), {}).status();
  EXPECT_EQ(in_use.code(), absl::StatusCode::kAlreadyExists) << in_use;
  EXPECT_EQ(ErrnoOf(in_use), EADDRINUSE);
  EXPECT_EQ(ErrnoOf(absl::OkStatus()), 0);
  EXPECT_EQ(ErrnoOf(absl::NotFoundError("no errno")), 0);
}

class SocketsOfMessages : public testing::TestWithParam<int> {};

TEST_P(SocketsOfMessages, L12_AreRefusedWithASentence) {
  const auto reactor = *Reactor::Create();
  UniqueFd fd(::socket(GetParam() == SOCK_SEQPACKET ? AF_UNIX : AF_INET,
                       GetParam() | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  ASSERT_TRUE(fd);
  const absl::Status refused = reactor->Adopt(UniqueFd(::dup(fd.get())), nullptr).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
  EXPECT_THAT(
      std::string(refused.message()),
      testing::ContainsRegex("^descriptor [0-9]+ is a socket of messages .*(UDP|SOCK_STREAM)"));
  EXPECT_EQ(reactor->ListenOn(std::move(fd), nullptr).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(reactor->connections(), 0U);
  EXPECT_EQ(reactor->listeners(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Types, SocketsOfMessages, testing::Values(SOCK_DGRAM, SOCK_SEQPACKET));

class Keeper : public AcceptHandler, public ConnectionHandler {
 public:
  void OnAccepted(Handle, UniqueFd fd, const SocketAddress&) override { accepted = std::move(fd); }
  void OnBytes(Handle, ByteSpan) override {}
  void OnClosed(Handle, CloseReason) override {}
  UniqueFd accepted;
};

TEST(PeerTimeout, IsSetOnAcceptedAndOnOutgoingConnections) {
  for (const char* host : {"127.0.0.1:0", "*:0"}) {
    Keeper keeper;  // it hears of its connection's end when the reactor is destroyed
    const auto reactor = *Reactor::Create("epoll");
    const Handle listener = *reactor->Listen(*SocketAddress::Parse(host), {}, &keeper);
    const std::string port = std::to_string(reactor->AddressOf(listener).port());
    const Handle outgoing = *reactor->Connect(*SocketAddress::Parse("127.0.0.1:" + port), &keeper,
                                              std::chrono::seconds(20));
    EXPECT_EQ(PatienceOf(reactor->DescriptorOf(outgoing)), kTwoMinutes);
    const TimePoint until = reactor->Now() + std::chrono::seconds(20);
    while (!keeper.accepted && reactor->Now() < until) reactor->RunOnce(std::chrono::seconds(1));
    ASSERT_TRUE(keeper.accepted);
    EXPECT_EQ(PatienceOf(keeper.accepted.get()), kTwoMinutes);
  }
}

TEST(ListeningWithoutIpv6, AStarIsIpv4AloneAndIpv6IsAnError) {  // F12
  bool denied = false;
  std::thread([&] {
    denied = DenyCall(SYS_socket, EAFNOSUPPORT, AF_INET6);
    if (!denied) return;
    const absl::StatusOr<UniqueFd> any = MakeListeningSocket(*SocketAddress::Parse("*:0"), {});
    ASSERT_TRUE(any.ok()) << any.status();
    const SocketAddress address = SocketAddress::OfSocket(any->get());
    EXPECT_EQ(address.Host(), "0.0.0.0");
    EXPECT_NE(address.port(), 0);
    EXPECT_NE(MakeListeningSocket(*SocketAddress::Parse("[::]:0"), {})
                  .status()
                  .message()
                  .find("socket for [::]:0"),
              absl::string_view::npos);
  }).join();
  if (!denied) GTEST_SKIP() << "this machine allows no filters of system calls";
}

}  // namespace
}  // namespace parley
