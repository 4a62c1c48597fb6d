#include "reactor/base/socket_address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

#include "reactor/base/unique_fd.h"

namespace parley {
namespace {

std::string RoundTrip(absl::string_view text) {
  const absl::StatusOr<SocketAddress> address = SocketAddress::Parse(text);
  return address.ok() ? address->ToString() : std::string(address.status().message());
}

TEST(SocketAddress, ReadsAndWritesEveryForm) {
  EXPECT_EQ(RoundTrip("127.0.0.1:5267"), "127.0.0.1:5267");
  EXPECT_EQ(RoundTrip("0.0.0.0:0"), "0.0.0.0:0");
  EXPECT_EQ(RoundTrip("[::1]:65535"), "[::1]:65535");
  EXPECT_EQ(RoundTrip("[2001:db8::1]:1"), "[2001:db8::1]:1");
  EXPECT_EQ(RoundTrip("*:5267"), "*:5267");
  EXPECT_EQ(RoundTrip("*:0"), "*:0");
  EXPECT_EQ(RoundTrip("[::]:5267"), "[::]:5267");
  EXPECT_EQ(RoundTrip("localhost:5267"), "127.0.0.1:5267");
  EXPECT_EQ(RoundTrip("unix:/run/parley.sock"), "unix:/run/parley.sock");
  EXPECT_EQ(RoundTrip("unix:relative"), "unix:relative");
  EXPECT_EQ(RoundTrip("unix:@parley"), "unix:@parley");
}

TEST(SocketAddress, KnowsItsParts) {
  EXPECT_EQ(SocketAddress::Parse("[::1]:80")->Host(), "::1");
  EXPECT_EQ(SocketAddress::Parse("[::1]:80")->port(), 80);
  EXPECT_EQ(SocketAddress::Parse("10.1.2.3:80")->Host(), "10.1.2.3");
  EXPECT_EQ(SocketAddress::Parse("unix:/a/b")->UnixPath(), "/a/b");
  EXPECT_EQ(SocketAddress::Parse("unix:@a")->UnixPath(), "");
  EXPECT_EQ(SocketAddress::Parse("unix:/a")->Host(), "unix");
  EXPECT_EQ(SocketAddress::Parse("*:80")->Host(), "*");
  EXPECT_EQ(SocketAddress::Parse("*:80")->port(), 80);
  EXPECT_TRUE(SocketAddress::Parse("*:80")->is_any());
  EXPECT_FALSE(SocketAddress::Parse("[::]:80")->is_any());
  EXPECT_EQ(SocketAddress::Parse("*:80")->AnyIpv4().ToString(), "0.0.0.0:80");
  EXPECT_EQ(SocketAddress().ToString(), "unknown");
}

TEST(SocketAddress, SaysWhatIsWrongWithTheText) {
  const struct {
    absl::string_view text;
    absl::string_view why;
  } cases[] = {
      {"", "expected HOST:PORT"},
      {"localhost", "expected HOST:PORT"},
      {"127.0.0.1:", "port \"\""},
      {"127.0.0.1:http", "port \"http\""},
      {"127.0.0.1:65536", "port \"65536\""},
      {"127.0.0.1:-1", "port \"-1\""},
      {"127.0.0.1:-0", "port \"-0\""},
      {"127.0.0.1: 80", "port \" 80\""},
      {"127.0.0.1:+80", "port \"+80\""},
      {"127.0.0.1:99999999999999999999", "port"},
      {":80", "host is empty"},
      {"::1:80", "brackets"},
      {":::80", "brackets"},
      {"[]:80", "host is empty"},
      {"[::1:80", "brackets"},
      {"256.1.1.1.invalid:80", "host \"256.1.1.1.invalid\""},
      {"unix:", "empty"},
      {"unix:@", "empty"},
  };
  for (const auto& each : cases) {
    const absl::StatusOr<SocketAddress> address = SocketAddress::Parse(each.text);
    ASSERT_FALSE(address.ok()) << each.text;
    const std::string message(address.status().message());
    EXPECT_NE(message.find(std::string(each.why)), std::string::npos) << message;
    EXPECT_NE(message.find(std::string(each.text)), std::string::npos) << message;
  }
}

TEST(SocketAddress, AUnixPathFitsOrIsRefused) {
  const size_t most = sizeof(sockaddr_un::sun_path) - 1;
  const std::string longest = "unix:" + std::string(most, 'p');
  EXPECT_EQ(RoundTrip(longest), longest);
  EXPECT_FALSE(SocketAddress::Parse(longest + "p").ok());
}

TEST(SocketAddress, AUnixPathWithANulByteIsRefused) {
  EXPECT_FALSE(SocketAddress::Parse(absl::string_view("unix:/a\0b", 9)).ok());
}

TEST(SocketAddress, AnIpv4PeerOfAListenerForBothIsWrittenAsIpv4) {
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_port = htons(99);
  mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
  mapped.sin6_addr.s6_addr[12] = 10;
  mapped.sin6_addr.s6_addr[15] = 7;
  const SocketAddress address(reinterpret_cast<const sockaddr*>(&mapped), sizeof(mapped));
  EXPECT_EQ(address.ToString(), "10.0.0.7:99");
  EXPECT_EQ(address.LimitKey(), SocketAddress::Parse("10.0.0.7:1")->LimitKey());
}

TEST(SocketAddress, OneHouseholdSharesALimit) {
  const auto key = [](absl::string_view text) { return SocketAddress::Parse(text)->LimitKey(); };
  EXPECT_EQ(key("[2001:db8:1:2::1]:1"), key("[2001:db8:1:2:ffff::9]:2"));
  EXPECT_NE(key("[2001:db8:1:2::1]:1"), key("[2001:db8:1:3::1]:1"));
  EXPECT_EQ(key("1.2.3.4:5"), key("1.2.3.4:6"));
  EXPECT_NE(key("1.2.3.4:5"), key("1.2.3.5:5"));
  EXPECT_EQ(key("unix:/a"), key("unix:/b"));
}

TEST(SocketAddress, KnowsWhichAddressesTwoSocketsCannotBothListenOn) {
  const struct {
    absl::string_view one;
    absl::string_view other;
    bool overlap;
  } cases[] = {
      {"0.0.0.0:1", "[::]:1", false},  // F12
      {"*:1", "0.0.0.0:1", true},
      {"*:1", "[::]:1", true},
      {"*:1", "127.0.0.1:1", true},
      {"*:1", "[::1]:1", true},
      {"*:1", "*:1", true},
      {"*:1", "*:2", false},
      {"*:0", "*:0", false},
      {"0.0.0.0:1", "127.0.0.1:1", true},
      {"0.0.0.0:1", "[::1]:1", false},
      {"[::]:1", "[::1]:1", true},
      {"[::]:1", "127.0.0.1:1", false},
      {"127.0.0.1:1", "127.0.0.1:1", true},
      {"127.0.0.1:1", "127.0.0.1:2", false},
      {"127.0.0.1:1", "127.0.0.2:1", false},
      {"127.0.0.1:0", "127.0.0.1:0", false},
      {"unix:/a", "unix:/a", true},
      {"unix:/a", "unix:/b", false},
      {"unix:/a", "*:1", false},
  };
  for (const auto& each : cases) {
    const SocketAddress one = *SocketAddress::Parse(each.one);
    const SocketAddress other = *SocketAddress::Parse(each.other);
    EXPECT_EQ(one.Overlaps(other), each.overlap) << each.one << " " << each.other;
    EXPECT_EQ(other.Overlaps(one), each.overlap) << each.one << " " << each.other;
  }
}

TEST(SocketAddress, AsksASocketForItsAddress) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
  const SocketAddress any = *SocketAddress::Parse("127.0.0.1:0");
  ASSERT_EQ(::bind(fd.get(), any.get(), any.size()), 0);
  EXPECT_EQ(SocketAddress::OfSocket(fd.get()).Host(), "127.0.0.1");
  EXPECT_NE(SocketAddress::OfSocket(fd.get()).port(), 0);
  EXPECT_EQ(SocketAddress::OfPeer(fd.get()).ToString(), "unknown");
  EXPECT_EQ(SocketAddress::OfSocket(-1).ToString(), "unknown");
}

}  // namespace
}  // namespace parley
