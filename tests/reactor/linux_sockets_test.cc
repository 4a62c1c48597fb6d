// What Linux's own errors make of listeners.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <thread>

#include "reactor/loop/listening_socket.h"
#include "tests/reactor/denied_call.h"

namespace parley {
namespace {

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
