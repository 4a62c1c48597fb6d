#include "bench/load/arrival.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bench/clock.h"
#include "bench/floor/floor_socket.h"
#include "bench/load/connect.h"
#include "reactor/base/unique_fd.h"

namespace parley::bench {
namespace {

// A TCP connection over loopback: what one end is sent, the other has when it is readable.
class ArrivalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const absl::StatusOr<UniqueFd> listener = ListenOnLoopback(0);
    ASSERT_TRUE(listener.ok()) << listener.status();
    Endpoint target;
    target.size = sizeof(target.address);
    ASSERT_EQ(
        ::getsockname(listener->get(), reinterpret_cast<sockaddr*>(&target.address), &target.size),
        0);
    absl::StatusOr<UniqueFd> client = StartConnect({.target = target});
    ASSERT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
    ASSERT_NO_FATAL_FAILURE(WaitUntilReadable(listener->get()));
    server_ = AcceptOne(listener->get(), 0);
    ASSERT_TRUE(server_);
  }

  static void WaitUntilReadable(int fd) {
    pollfd readable = {.fd = fd, .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&readable, 1, 10'000), 1);
  }

  void SendAndWaitUntilThere() {
    ASSERT_EQ(::send(server_.get(), "hello", 5, MSG_NOSIGNAL), 5);
    WaitUntilReadable(client_.get());
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

TEST_F(ArrivalTest, WhatIsDiscardedIsCountedAndNotWritten) {
  ASSERT_NO_FATAL_FAILURE(SendAndWaitUntilThere());
  EXPECT_EQ(DiscardBytes(client_.get(), bytes_.data(), 3, &arrived_), 3);
  EXPECT_GT(arrived_, 0);
  EXPECT_EQ(bytes_, decltype(bytes_){});
  ASSERT_EQ(ReceiveBytes(client_.get(), bytes_.data(), bytes_.size(), &arrived_), 2);
  EXPECT_EQ((absl::string_view(bytes_.data(), 2)), "lo");
}

TEST_F(ArrivalTest, NothingToReceiveIsSaidAsRecvSaysIt) {
  EXPECT_EQ(ReceiveStamped(client_.get(), bytes_.data(), bytes_.size(), &arrived_), -1);
  EXPECT_EQ(errno, EAGAIN);
  server_.Reset();
  ASSERT_NO_FATAL_FAILURE(WaitUntilReadable(client_.get()));
  EXPECT_EQ(ReceiveStamped(client_.get(), bytes_.data(), bytes_.size(), &arrived_), 0);
  EXPECT_EQ(arrived_, 0);
}

}  // namespace
}  // namespace parley::bench
