// epoll without epoll_pwait2 (L3): kernels before Linux 5.11, valgrind, and filters of containers.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <thread>

#include "reactor/loop/reactor.h"
#include "tests/reactor/denied_call.h"

namespace parley {
namespace {

class Listener : public ConnectionHandler {
 public:
  void OnBytes(Handle, ByteSpan bytes) override { heard += std::string(AsText(bytes)); }
  void OnClosed(Handle, CloseReason) override {}
  std::string heard;
};

class EpollFallbackTest : public testing::TestWithParam<int> {
 protected:
  // Runs `test` on a thread in which the call fails.
  template <typename Test>
  static void WithoutTheCall(Test test) {
    bool denied = false;
    std::thread([&] {
      denied = DenyCall(SYS_epoll_pwait2, GetParam());
      if (!denied) return;
      absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create("epoll");
      ASSERT_TRUE(reactor.ok()) << reactor.status();
      test(**reactor);
    }).join();
    if (!denied) GTEST_SKIP() << "this machine allows no filters of system calls";
  }
};

INSTANTIATE_TEST_SUITE_P(With, EpollFallbackTest, testing::Values(ENOSYS, EPERM),
                         [](const auto& error) {
                           return error.param == ENOSYS ? "ENOSYS" : "EPERM";
                         });

TEST_P(EpollFallbackTest, ConnectionsAreHeardAndWakeUpsCome) {
  Listener listener;  // it hears of its end when the reactor is destroyed
  WithoutTheCall([&](Reactor& reactor) {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    const UniqueFd far(fds[1]);
    ASSERT_TRUE(reactor.Adopt(UniqueFd(fds[0]), &listener).ok());
    ASSERT_EQ(::send(far.get(), "hello", 5, MSG_NOSIGNAL), 5);
    while (listener.heard.size() < 5) reactor.RunOnce(std::chrono::hours(1));
    EXPECT_EQ(listener.heard, "hello");
    reactor.Stop();
    reactor.Run();
  });
}

TEST_P(EpollFallbackTest, AWaitIsRoundedUpAndDoesNotSpin) {
  WithoutTheCall([](Reactor& reactor) {
    for (const auto delay : {std::chrono::microseconds(200), std::chrono::microseconds(10'900)}) {
      bool fired = false;
      const TimePoint began = reactor.Now();
      reactor.After(delay, [&] { fired = true; });
      int turns = 0;
      while (!fired) {
        reactor.RunOnce(std::chrono::hours(1));
        ++turns;
      }
      EXPECT_GE(reactor.Now() - began, delay);
      EXPECT_LE(turns, 3);
    }
  });
}

}  // namespace
}  // namespace parley
