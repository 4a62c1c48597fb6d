#include "bench/load/arrival.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "bench/clock.h"
#include "reactor/base/unique_fd.h"

namespace parley::bench {
namespace {

// A TCP connection over loopback: what one end is sent, the other has when it is readable.
class ArrivalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(listener.get(), generic, size), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    ASSERT_EQ(::getsockname(listener.get(), generic, &size), 0);
    client_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(client_.get(), generic, size), 0);
    server_.Reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_TRUE(server_);
  }

  void SendAndWaitUntilThere() {
    ASSERT_EQ(::send(server_.get(), "hello", 5, MSG_NOSIGNAL), 5);
    pollfd readable = {.fd = client_.get(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&readable, 1, 10'000), 1);
  }

  UniqueFd client_;
  UniqueFd server_;
  std::array<char, 16> bytes_ = {};
  int64_t arrived_ = 0;
};

TEST_F(ArrivalTest, WithoutStampsWhatWasReceivedHasComeWhenTheCallReturns) {
  ASSERT_NO_FATAL_FAILURE(SendAndWaitUntilThere());
  const int64_t called = Now();
  ASSERT_EQ(ReceiveBytes(client_.get(), bytes_.data(), bytes_.size(), &arrived_), 5);
  EXPECT_GE(arrived_, called);
  EXPECT_LE(arrived_, Now());
}

TEST_F(ArrivalTest, AStampIsOfTheTimeWhenTheBytesCameAndNotWhenTheyWereReceived) {
  ASSERT_TRUE(StampArrivals(client_.get()).ok());
  int64_t before = 0;
  int64_t there = 0;
  // The kernel begins to stamp a moment after it was asked to.
  const int64_t deadline = Now() + 10 * kNanosPerSecond;
  do {
    before = Now();
    ASSERT_NO_FATAL_FAILURE(SendAndWaitUntilThere());
    there = Now();
    while (Now() < there + 2 * kNanosPerMilli) {
    }
    ASSERT_EQ(ReceiveStamped(client_.get(), bytes_.data(), bytes_.size(), &arrived_), 5);
  } while (arrived_ > there && Now() < deadline);
  EXPECT_LE(arrived_, there);
  // The two clocks are not read at the same time.
  EXPECT_GE(arrived_, before - kNanosPerMilli);
}

TEST_F(ArrivalTest, NothingToReceiveIsSaidAsRecvSaysIt) {
  EXPECT_EQ(ReceiveStamped(client_.get(), bytes_.data(), bytes_.size(), &arrived_), -1);
  EXPECT_EQ(errno, EAGAIN);
  server_.Reset();
  pollfd readable = {.fd = client_.get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&readable, 1, 10'000), 1);
  EXPECT_EQ(ReceiveStamped(client_.get(), bytes_.data(), bytes_.size(), &arrived_), 0);
  EXPECT_EQ(arrived_, 0);
}

}  // namespace
}  // namespace parley::bench
