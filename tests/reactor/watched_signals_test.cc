#include "reactor/base/watched_signals.h"

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

namespace parley {
namespace {

bool IsBlocked(int number) {
  sigset_t mask;
  EXPECT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &mask), 0);
  return sigismember(&mask, number) == 1;
}

std::unique_ptr<WatchedSignals> Watch(std::vector<int> numbers) {
  auto watched = std::make_unique<WatchedSignals>();
  EXPECT_TRUE(watched->Add(numbers).ok());
  return watched;
}

// How a shell ends that sends itself a signal: with it, or with 7 when it is deaf to it.
constexpr int kWasDeaf = 7 << 8;
const char* const kTerm[] = {"sh", "-c", "kill -TERM $$; exit 7", nullptr};
const char* const kPipe[] = {"sh", "-c", "kill -PIPE $$; exit 7", nullptr};

int StatusOf(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

int ForkAndExec(const char* const* arguments, bool restores) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (restores) RestoreSignalsForChild();
    ::execv("/bin/sh", const_cast<char**>(arguments));
    ::_exit(1);
  }
  return StatusOf(child);
}

TEST(WatchedSignals, AreBlockedForAsLongAsSomebodyWatchesThem) {
  ASSERT_FALSE(IsBlocked(SIGUSR1));
  auto one = Watch({SIGUSR1, SIGUSR2});
  auto other = Watch({SIGUSR1});
  EXPECT_TRUE(IsBlocked(SIGUSR1));
  one.reset();
  EXPECT_TRUE(IsBlocked(SIGUSR1));
  EXPECT_FALSE(IsBlocked(SIGUSR2));
  other.reset();
  EXPECT_FALSE(IsBlocked(SIGUSR1));
}

TEST(WatchedSignals, AddUpAndAreNamedOnce) {
  WatchedSignals watched;
  ASSERT_TRUE(watched.Add(std::vector<int>{SIGUSR2}).ok());
  ASSERT_TRUE(watched.Add(std::vector<int>{SIGUSR1, SIGUSR2}).ok());
  EXPECT_EQ(std::vector<int>(watched.numbers().begin(), watched.numbers().end()),
            (std::vector<int>{SIGUSR2, SIGUSR1}));
}

TEST(WatchedSignals, WhatWasBlockedBeforeStaysBlocked) {
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &usr1, nullptr), 0);
  Watch({SIGUSR1}).reset();
  EXPECT_TRUE(IsBlocked(SIGUSR1));
  const auto watched = Watch({SIGUSR1});
  const sigset_t mask = SignalMaskForChildren();
  EXPECT_EQ(sigismember(&mask, SIGUSR1), 1);
  ASSERT_EQ(::pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr), 0);
}

TEST(WatchedSignals, SaysWhichCannotBeWatchedAndBlocksNone) {
  WatchedSignals watched;
  for (const int number : {0, -1, 65, 1000000}) {
    EXPECT_EQ(watched.Add(std::vector<int>{SIGUSR1, number}).message(),
              "there is no signal " + std::to_string(number));
  }
  for (const int number : {SIGKILL, SIGSTOP}) {
    EXPECT_EQ(watched.Add(std::vector<int>{SIGUSR1, number}).message(),
              "nobody can watch signal " + std::to_string(number));
  }
  EXPECT_FALSE(IsBlocked(SIGUSR1));
}

TEST(WatchedSignals, AChildIsDeafToThemUnlessTheyAreRestored) {  // L4
  const auto watched = Watch({SIGTERM});
  EXPECT_EQ(ForkAndExec(kTerm, /*restores=*/false), kWasDeaf);
  EXPECT_EQ(ForkAndExec(kTerm, /*restores=*/true), SIGTERM);
}

TEST(WatchedSignals, AChildHasSigPipeBack) {
  IgnoreSigPipe();
  EXPECT_EQ(ForkAndExec(kPipe, /*restores=*/false), kWasDeaf);
  EXPECT_EQ(ForkAndExec(kPipe, /*restores=*/true), SIGPIPE);
}

TEST(WatchedSignals, ASpawnedChildCanBeGivenTheMask) {
  const auto watched = Watch({SIGTERM});
  const sigset_t mask = SignalMaskForChildren();
  posix_spawnattr_t attributes;
  ASSERT_EQ(::posix_spawnattr_init(&attributes), 0);
  ASSERT_EQ(::posix_spawnattr_setsigmask(&attributes, &mask), 0);
  ASSERT_EQ(::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK), 0);
  pid_t child = 0;
  ASSERT_EQ(
      ::posix_spawn(&child, "/bin/sh", nullptr, &attributes, const_cast<char**>(kTerm), environ),
      0);
  EXPECT_EQ(StatusOf(child), SIGTERM);
  ::posix_spawnattr_destroy(&attributes);
}

}  // namespace
}  // namespace parley
