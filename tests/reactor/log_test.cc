// Logging to standard error never waits for whoever reads it (F1). Standard error is a pipe of the
// test's own here.

#include "reactor/base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "reactor/base/check.h"
#include "reactor/base/log_writer.h"
#include "reactor/base/unique_fd.h"

namespace parley {
namespace {

constexpr int kPatienceMillis = 20'000;

struct Pipe {
  Pipe() {
    int fds[2];
    EXPECT_EQ(::pipe(fds), 0);
    reader.Reset(fds[0]);
    writer.Reset(fds[1]);
  }
  // Leaves no room in it. Returns how many bytes that took.
  size_t Fill() const {
    EXPECT_EQ(::fcntl(writer.get(), F_SETFL, O_NONBLOCK), 0);
    const std::string page(4096, 'x');
    size_t filled = 0;
    ssize_t took;
    while ((took = ::write(writer.get(), page.data(), page.size())) > 0) filled += took;
    EXPECT_EQ(::fcntl(writer.get(), F_SETFL, 0), 0);
    return filled;
  }

  UniqueFd reader;
  UniqueFd writer;
};

// A standard stream goes to `writer` while it lives.
template <int kDescriptor>
class StandardStream {
 public:
  explicit StandardStream(const UniqueFd& writer) : before_(::dup(kDescriptor)) { To(writer); }
  ~StandardStream() {
    LogWriter::Flush(std::chrono::seconds(20));
    To(before_);
  }
  StandardStream(const StandardStream&) = delete;
  StandardStream& operator=(const StandardStream&) = delete;

  static void To(const UniqueFd& writer) { EXPECT_GE(::dup2(writer.get(), kDescriptor), 0); }

 private:
  UniqueFd before_;
};
using StandardError = StandardStream<STDERR_FILENO>;
using StandardOutput = StandardStream<STDOUT_FILENO>;

// Reads until `done` says that it is enough, or for too long.
template <typename Done>
std::string ReadUntil(const UniqueFd& reader, Done done) {
  std::string text;
  while (!done(text)) {
    pollfd readable{reader.get(), POLLIN, 0};
    if (::poll(&readable, 1, kPatienceMillis) <= 0) {
      ADD_FAILURE() << "waited too long; read so far: ..."
                    << text.substr(text.size() - std::min<size_t>(text.size(), 500));
      break;
    }
    char buffer[4096];
    const ssize_t got = ::read(reader.get(), buffer, sizeof(buffer));
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

std::string ReadUntilLine(const UniqueFd& reader, const std::string& part) {
  return ReadUntil(reader, [&](const std::string& text) {
    const size_t at = text.find(part);
    return at != std::string::npos && text.find('\n', at) != std::string::npos;
  });
}

// Of "N log lines were dropped", all of them together.
size_t DroppedLines(const std::string& text) {
  size_t dropped = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StrContains(line, "dropped: nobody read")) continue;
    EXPECT_TRUE(absl::StartsWith(line, "warning: ")) << line;
    size_t lines = 0;
    EXPECT_TRUE(absl::SimpleAtoi(line.substr(9, line.find(' ', 9) - 9), &lines)) << line;
    dropped += lines;
  }
  return dropped;
}

TEST(Log, ALineGoesToStandardErrorWithItsSeverity) {
  const Pipe pipe;
  const StandardError error(pipe.writer);
  Log(Severity::kError, "the cat is out");
  EXPECT_EQ(ReadUntilLine(pipe.reader, "cat"), "error: the cat is out\n");
}

TEST(Log, TheFormatOfALineCanBeReplacedAndRestored) {
  const Pipe pipe;
  const StandardError error(pipe.writer);
  SetLogFormat([](Severity, absl::string_view message) { return absl::StrCat("<4>", message); });
  Log(Severity::kWarning, "one");
  SetLogFormat(nullptr);
  Log(Severity::kWarning, "two");
  EXPECT_EQ(ReadUntilLine(pipe.reader, "two"), "<4>one\nwarning: two\n");
}

TEST(Log, ASinkIsCalledBeforeLogReturns) {
  std::string heard;
  SetLogSink([&](Severity, absl::string_view message) { heard = std::string(message); });
  Log(Severity::kInfo, "now");
  SetLogSink(nullptr);
  EXPECT_EQ(heard, "now");
}

TEST(Log, WhatNobodyReadsIsBoundedAndItsLossIsCounted) {
  constexpr size_t kLines = 5000;
  const Pipe pipe;
  pipe.Fill();
  const StandardError error(pipe.writer);
  for (size_t i = 0; i < kLines; ++i)
    Log(Severity::kInfo, absl::StrCat("line ", i, std::string(100, '.')));
  // Nobody has read until here, and yet nobody has waited.
  std::string text = ReadUntilLine(pipe.reader, "dropped: nobody read");
  Log(Severity::kInfo, "afterwards");
  text += ReadUntilLine(pipe.reader, "afterwards");
  const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '.')) / 100;
  EXPECT_LE(lines * 110, LogWriter::kMostBytes + 4096);
  EXPECT_GE(lines * 120, LogWriter::kMostBytes / 2);
  EXPECT_EQ(lines + DroppedLines(text), kLines);
  // The lines before the gap, and the notice where the gap is.
  EXPECT_NE(text.find(absl::StrCat("line ", lines - 1, ".")), std::string::npos);
  EXPECT_EQ(text.find(absl::StrCat("line ", lines, ".")), std::string::npos);
  EXPECT_GT(text.find("afterwards"), text.find("nobody read"));
}

TEST(Log, ALineLongerThanTheQueueIsCountedToo) {
  const Pipe pipe;
  const StandardError error(pipe.writer);
  Log(Severity::kInfo, std::string(LogWriter::kMostBytes, 'y'));
  EXPECT_EQ(ReadUntilLine(pipe.reader, "nobody read"),
            "warning: 1 log line was dropped: nobody read it\n");
}

TEST(Log, ABrokenOrClosedStreamHarmsNobodyAndItsLossIsCounted) {
  Pipe broken;
  broken.reader.Reset();
  const Pipe whole;  // before number 2 is free
  const StandardError error(broken.writer);
  Log(Severity::kInfo, "to a pipe without a reader");
  EXPECT_TRUE(LogWriter::Flush(std::chrono::seconds(20)));
  ::close(STDERR_FILENO);
  Log(Severity::kInfo, "to nobody at all");
  EXPECT_TRUE(LogWriter::Flush(std::chrono::seconds(20)));
  StandardError::To(whole.writer);
  Log(Severity::kInfo, "heard again");
  const std::string text = ReadUntilLine(whole.reader, "nobody read");
  EXPECT_EQ(text, "info: heard again\nwarning: 2 log lines were dropped: nobody read them\n");
}

TEST(Log, AStreamThatSomebodyMadeNonBlockingLosesNothing) {
  const Pipe pipe;
  const size_t filled = pipe.Fill();
  ASSERT_EQ(::fcntl(pipe.writer.get(), F_SETFL, O_NONBLOCK), 0);
  const StandardError error(pipe.writer);
  Log(Severity::kInfo, "patient");
  EXPECT_EQ(ReadUntilLine(pipe.reader, "patient").substr(filled), "info: patient\n");
}

TEST(Log, LinesOfSeveralThreadsStayWhole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 100;
  const Pipe pipe;
  const StandardError error(pipe.writer);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < kLines; ++i)
        Log(Severity::kInfo, absl::StrCat("thread ", t, " line ", i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = ReadUntil(pipe.reader, [](const std::string& read) {
    return std::count(read.begin(), read.end(), '\n') == std::ptrdiff_t{kThreads} * kLines;
  });
  std::vector<int> next(kThreads);
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    ASSERT_EQ(words.size(), 5u) << line;
    int thread = 0;
    ASSERT_TRUE(absl::SimpleAtoi(words[2], &thread)) << line;
    EXPECT_EQ(words[4], std::to_string(next[static_cast<size_t>(thread)]++)) << line;
  }
}

TEST(Log, StandardOutputThatNobodyReadsHoldsNoLogLine) {
  const auto dropped = [](size_t lines) { return absl::StrCat(lines, " lines were dropped"); };
  const Pipe output;
  const Pipe log;
  const size_t filled = output.Fill();
  const StandardOutput redirected(output.writer);
  const StandardError error(log.writer);
  LogWriter::Write("printed", dropped, LogWriter::Stream::kOutput);
  Log(Severity::kInfo, "logged");
  EXPECT_EQ(ReadUntilLine(log.reader, "logged"), "info: logged\n");
  EXPECT_EQ(ReadUntilLine(output.reader, "printed").substr(filled), "printed\n");
}

TEST(Log, TheWritingThreadTakesNoSignals) {
  const Pipe pipe;
  const StandardError error(pipe.writer);
  Log(Severity::kInfo, "the thread runs");
  ReadUntilLine(pipe.reader, "runs");
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &usr1, nullptr), 0);
  ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);  // would end the process in a thread that takes it
  int heard = 0;
  EXPECT_EQ(sigwait(&usr1, &heard), 0);
  EXPECT_EQ(heard, SIGUSR1);
  EXPECT_EQ(::pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr), 0);
}

TEST(Log, AChildOfForkWritesItsOwnLinesAndNotItsParents) {
  if (PARLEY_THREAD_SANITIZED) GTEST_SKIP() << "the sanitizer starts no thread in a child of fork";
  const Pipe pipe;
  const size_t filled = pipe.Fill();
  const Pipe of_child;
  const StandardError error(pipe.writer);
  Log(Severity::kInfo, "the parent's");
  // The parent's thread is at its write by then, and holds no lock of a sanitizer's allocator, which
  // a child of fork(2) would wait for without end.
  ASSERT_FALSE(LogWriter::Flush(std::chrono::seconds(1)));
  const pid_t child = ::fork();
  if (child == 0) {
    StandardError::To(of_child.writer);
    Log(Severity::kInfo, "the child's");
    ::_exit(LogWriter::Flush(std::chrono::seconds(20)) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ReadUntilLine(of_child.reader, "child"), "info: the child's\n");
  EXPECT_EQ(ReadUntilLine(pipe.reader, "parent").substr(filled), "info: the parent's\n");
}

class LogAtTheEnd : public testing::Test {
 protected:
  // In a process that starts anew, and not in a copy of this one with its threads.
  LogAtTheEnd() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(LogAtTheEnd, TheLastLinesAreWritten) {
  const auto log_and_end = [] {
    for (int i = 0; i < 500; ++i)
      Log(Severity::kInfo, absl::StrCat("line ", i, std::string(100, '.')));
    std::exit(0);
  };
  EXPECT_EXIT(log_and_end(), testing::ExitedWithCode(0), "line 499\\.");
}

TEST_F(LogAtTheEnd, WhoDoesNotReadDoesNotHoldIt) {
  const auto log_and_end = [] {
    const Pipe pipe;
    pipe.Fill();
    StandardError::To(pipe.writer);
    for (int i = 0; i < 2000; ++i)
      Log(Severity::kInfo, absl::StrCat("line ", i, std::string(100, '.')));
    ::alarm(15);  // which ends it with a signal
    std::exit(0);
  };
  EXPECT_EXIT(log_and_end(), testing::ExitedWithCode(0), "");
}

TEST_F(LogAtTheEnd, ABrokenInvariantComesAfterWhatWasLoggedAndIsNotHeldByIt) {
  const auto log_and_fail = [](bool is_read) {
    const Pipe pipe;
    if (!is_read) {
      pipe.Fill();
      StandardError::To(pipe.writer);
    }
    ::alarm(15);
    Log(Severity::kInfo, "shortly before");
    CheckFailed("file.cc", 7, "cursor <= head", "9, 8");
  };
  EXPECT_EXIT(
      log_and_fail(true), testing::KilledBySignal(SIGABRT),
      "info: shortly before\nfile.cc:7: invariant does not hold: cursor <= head \\[9, 8\\]");
  EXPECT_EXIT(log_and_fail(false), testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace parley
