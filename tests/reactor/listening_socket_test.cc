#include "reactor/loop/listening_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "reactor/engine/socket_calls.h"

namespace parley {
namespace {

class ListeningSocketTest : public testing::Test {
 protected:
  ListeningSocketTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~ListeningSocketTest() override { std::filesystem::remove_all(directory_); }

  SocketAddress UnixAddress(absl::string_view name) const {
    return *SocketAddress::Parse(absl::StrCat("unix:", directory_, "/", name));
  }
  static int Option(int fd, int level, int name) {
    int value = -1;
    socklen_t size = sizeof(value);
    EXPECT_EQ(::getsockopt(fd, level, name, &value, &size), 0);
    return value;
  }

  std::string directory_;
};

TEST_F(ListeningSocketTest, AFileThatIsNoSocketIsNeverRemoved) {
  const std::string path = directory_ + "/precious";
  std::ofstream(path) << "do not delete";
  const absl::StatusOr<UniqueFd> fd = MakeListeningSocket(UnixAddress("precious"), {});
  EXPECT_NE(fd.status().message().find("is no socket"), absl::string_view::npos) << fd.status();
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ListeningSocketTest, WhatASymbolicLinkPointsToIsNeverRemoved) {
  std::ofstream(directory_ + "/precious") << "do not delete";
  std::filesystem::create_symlink(directory_ + "/precious", directory_ + "/link");
  EXPECT_FALSE(MakeListeningSocket(UnixAddress("link"), {}).ok());
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/precious"));
  EXPECT_TRUE(std::filesystem::is_symlink(directory_ + "/link"));
}

TEST_F(ListeningSocketTest, TheSocketFileOfADeadServerIsReplaced) {
  MakeListeningSocket(UnixAddress("socket"), {}).value().Reset();
  EXPECT_TRUE(MakeListeningSocket(UnixAddress("socket"), {}).ok());
}

TEST_F(ListeningSocketTest, TheSocketFileOfALivingServerIsAnError) {
  const absl::StatusOr<UniqueFd> living = MakeListeningSocket(UnixAddress("socket"), {});
  ASSERT_TRUE(living.ok());
  const absl::StatusOr<UniqueFd> second = MakeListeningSocket(UnixAddress("socket"), {});
  ASSERT_FALSE(second.ok());
  EXPECT_NE(std::string(second.status().message()).find("in use"), std::string::npos);
}

TEST_F(ListeningSocketTest, AServerWhoseBacklogIsFullIsAliveAndAskingItDoesNotHang) {
  ListenOptions options;
  options.backlog = 0;
  const absl::StatusOr<UniqueFd> living = MakeListeningSocket(UnixAddress("socket"), options);
  ASSERT_TRUE(living.ok());
  const SocketAddress address = UnixAddress("socket");
  std::vector<UniqueFd> waiting;
  while (true) {
    waiting.push_back(MakeStreamSocket(AF_UNIX));
    if (::connect(waiting.back().get(), address.get(), address.size()) != 0) break;
  }
  EXPECT_FALSE(MakeListeningSocket(UnixAddress("socket"), {}).ok());
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/socket"));
}

TEST_F(ListeningSocketTest, APortInUseIsAnErrorThatNamesIt) {
  const UniqueFd first = *MakeListeningSocket(*SocketAddress::Parse("127.0.0.1:0"), {});
  const std::string taken = SocketAddress::OfSocket(first.get()).ToString();
  const absl::StatusOr<UniqueFd> second = MakeListeningSocket(*SocketAddress::Parse(taken), {});
  ASSERT_FALSE(second.ok());
  EXPECT_NE(std::string(second.status().message()).find(taken), std::string::npos);
}

TEST_F(ListeningSocketTest, SeveralMayShareAPortWhenAsked) {
  ListenOptions options;
  options.reuse_port = true;
  const UniqueFd first = *MakeListeningSocket(*SocketAddress::Parse("127.0.0.1:0"), options);
  EXPECT_TRUE(MakeListeningSocket(SocketAddress::OfSocket(first.get()), options).ok());
}

// Whether somebody who connects to `host` at the port of `listener` gets through to it.
bool Reaches(absl::string_view host, const UniqueFd& listener) {
  const uint16_t port = SocketAddress::OfSocket(listener.get()).port();
  const SocketAddress address = *SocketAddress::Parse(absl::StrCat(host, ":", port));
  const UniqueFd far(::socket(address.family(), SOCK_STREAM, 0));
  if (::connect(far.get(), address.get(), address.size()) != 0) return false;
  SocketAddress peer;
  return AcceptNext(listener.get(), peer).get() >= 0;
}

bool HasIpv6() { return MakeListeningSocket(*SocketAddress::Parse("[::1]:0"), {}).ok(); }

TEST_F(ListeningSocketTest, BothWildcardsMayHaveOnePort) {  // F12
  if (!HasIpv6()) GTEST_SKIP() << "this machine has no IPv6";
  const UniqueFd four = *MakeListeningSocket(*SocketAddress::Parse("0.0.0.0:0"), {});
  const uint16_t port = SocketAddress::OfSocket(four.get()).port();
  const absl::StatusOr<UniqueFd> six =
      MakeListeningSocket(*SocketAddress::Parse(absl::StrCat("[::]:", port)), {});
  ASSERT_TRUE(six.ok()) << six.status();
  EXPECT_EQ(SocketAddress::OfSocket(six->get()).ToString(), absl::StrCat("[::]:", port));
  EXPECT_TRUE(Reaches("127.0.0.1", four));
  EXPECT_TRUE(Reaches("[::1]", *six));
}

TEST_F(ListeningSocketTest, AnExplicitWildcardOfIpv6IsIpv6Alone) {
  if (!HasIpv6()) GTEST_SKIP() << "this machine has no IPv6";
  const UniqueFd listener = *MakeListeningSocket(*SocketAddress::Parse("[::]:0"), {});
  EXPECT_TRUE(Reaches("[::1]", listener));
  EXPECT_FALSE(Reaches("127.0.0.1", listener));
}

TEST_F(ListeningSocketTest, AStarIsBothAndKeepsItsName) {
  const UniqueFd listener = *MakeListeningSocket(*SocketAddress::Parse("*:0"), {});
  const SocketAddress address = SocketAddress::OfSocket(listener.get());
  EXPECT_TRUE(Reaches("127.0.0.1", listener));
  if (!HasIpv6()) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_TRUE(Reaches("[::1]", listener));
  EXPECT_EQ(address.ToString(), absl::StrCat("*:", address.port()));
  for (const absl::string_view taken : {"0.0.0.0", "[::]"}) {
    const std::string text = absl::StrCat(taken, ":", address.port());
    EXPECT_EQ(MakeListeningSocket(*SocketAddress::Parse(text), {}).status().message(),
              absl::StrCat("cannot listen on ", text, ": the address is in use"));
  }
}

TEST_F(ListeningSocketTest, WhatItAcceptsHasTheOptionsOfTheListener) {
  ListenOptions options;
  options.stream.urgent_in_line = true;
  const UniqueFd listener = *MakeListeningSocket(*SocketAddress::Parse("127.0.0.1:0"), options);
  const SocketAddress address = SocketAddress::OfSocket(listener.get());
  const UniqueFd far = MakeStreamSocket(AF_INET);
  static_cast<void>(
      ::connect(far.get(), address.get(), address.size()));  // goes on in the background
  SocketAddress peer;
  const UniqueFd accepted = AcceptNext(listener.get(), peer);
  ASSERT_TRUE(accepted.get() >= 0);
  EXPECT_EQ(peer.ToString(), SocketAddress::OfSocket(far.get()).ToString());
  EXPECT_NE(Option(accepted.get(), IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_NE(Option(accepted.get(), SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(Option(accepted.get(), IPPROTO_TCP, TCP_KEEPIDLE), 60);
  EXPECT_EQ(Option(accepted.get(), IPPROTO_TCP, TCP_KEEPINTVL) *
                Option(accepted.get(), IPPROTO_TCP, TCP_KEEPCNT),
            60);
  EXPECT_NE(Option(accepted.get(), SOL_SOCKET, SO_OOBINLINE), 0);
  EXPECT_LE(Option(accepted.get(), SOL_SOCKET, SO_SNDBUF), 2 * options.stream.send_buffer_bytes);
  EXPECT_EQ(Option(accepted.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT), options.stream.unsent_bytes);
  EXPECT_NE(::fcntl(accepted.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(accepted.get(), F_GETFD) & FD_CLOEXEC, 0);
}

// The process's descriptors, all of them in use while it lives.
class FullTable {
 public:
  FullTable() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit few = before_;
    few.rlim_cur = 64;
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    while (UniqueFd fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)}) fill_.push_back(std::move(fd));
  }
  ~FullTable() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  void FreeOne() { fill_.pop_back(); }

 private:
  rlimit before_{};
  std::vector<UniqueFd> fill_;
};

// Two engines of a process, one of which lost its reserve to a connection of the other: without it,
// its peers would wait until somebody leaves.
TEST_F(ListeningSocketTest, TheLastDescriptorIsGivenBackToAnEngineThatLostItsReserve) {
  const UniqueFd listener = MakeListeningSocket(UnixAddress("socket"), {}).value();
  std::vector<UniqueFd> peers;
  for (int i = 0; i < 3; ++i) {
    peers.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const SocketAddress to = UnixAddress("socket");
    ASSERT_EQ(::connect(peers.back().get(), to.get(), to.size()), 0);
  }
  ReservedDescriptor mine;
  FullTable table;
  ReservedDescriptor others;  // finds none
  SocketAddress peer;
  table.FreeOne();
  UniqueFd accepted = AcceptNext(listener.get(), peer);
  ASSERT_TRUE(accepted);
  EXPECT_FALSE(mine.Keeps(accepted));
  EXPECT_FALSE(accepted);
  char byte;
  EXPECT_EQ(::recv(peers[0].get(), &byte, 1, 0), 0) << "an end, and no reset";
  EXPECT_EQ(others.Refuse(listener.get(), 1).peers, 1);
  // Where there are enough for the reserve too, a connection may stay.
  ReservedDescriptor third;
  table.FreeOne();
  table.FreeOne();
  accepted = AcceptNext(listener.get(), peer);
  EXPECT_TRUE(mine.Keeps(accepted));
  EXPECT_TRUE(accepted);
}

}  // namespace
}  // namespace parley
