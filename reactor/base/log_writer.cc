#include "reactor/base/log_writer.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace parley {
namespace {

// A pipe takes so many bytes whole or not at all (PIPE_BUF): lines of several processes that share
// it are not torn.
constexpr size_t kPieceBytes = 4096;
constexpr Duration kLastLines = std::chrono::seconds(1);
constexpr int kLastWordsMillis = 100;

TimePoint SteadyNow() { return std::chrono::steady_clock::now(); }

struct Queue {
  explicit Queue(int descriptor) : fd(descriptor) {}

  const int fd;
  std::mutex mutex;
  std::condition_variable changed;
  std::string waiting;       // whole lines
  size_t writing_bytes = 0;  // of what the thread has taken and not written
  size_t dropped = 0;        // lines, since the thread took what was waiting
  size_t refused = 0;        // lines that the stream did not take; told with the next one
  LogWriter::DroppedLine dropped_line = nullptr;
  TimePoint piece_began;  // when the thread began to write the piece that it is at
  bool has_thread = false;

  bool idle() const { return waiting.empty() && writing_bytes == 0 && dropped == 0; }
};

constexpr LogWriter::Stream kStreams[] = {LogWriter::Stream::kError, LogWriter::Stream::kOutput};

// Never destroyed, so that a thread may log while the process ends.
template <int kDescriptor>
Queue& TheQueue() {
  alignas(Queue) static std::byte storage[sizeof(Queue)];
  static Queue* const queue = new (storage) Queue(kDescriptor);
  return *queue;
}

Queue& QueueOf(LogWriter::Stream stream) {
  return stream == LogWriter::Stream::kError ? TheQueue<STDERR_FILENO>()
                                             : TheQueue<STDOUT_FILENO>();
}

// Whole lines, as many as fit into a piece; a longer line is a piece of its own.
size_t NextPiece(absl::string_view text) {
  const size_t last = text.substr(0, kPieceBytes).rfind('\n');
  return (last == absl::string_view::npos ? text.find('\n') : last) + 1;
}

// Waits for whoever reads. False when the stream takes nothing and never will (closed, a broken
// pipe, a full disk).
bool WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // Somebody who shares the stream has made it non-blocking.
      pollfd stream{fd, POLLOUT, 0};
      ::poll(&stream, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

// One round of the thread: what waits, and how many lines were dropped behind it.
void WriteWaiting(Queue& queue, std::unique_lock<std::mutex>& lock) {
  std::string taken = std::exchange(queue.waiting, {});
  const size_t untold = std::exchange(queue.dropped, 0) + std::exchange(queue.refused, 0);
  const auto lines = static_cast<size_t>(std::count(taken.begin(), taken.end(), '\n'));
  if (untold > 0) taken += queue.dropped_line(untold) + "\n";
  absl::string_view left = taken;
  while (!left.empty()) {
    const size_t piece = NextPiece(left);
    queue.writing_bytes = left.size();
    queue.piece_began = SteadyNow();
    lock.unlock();
    const bool written = WriteAll(queue.fd, left.substr(0, piece));
    lock.lock();
    if (!written) {
      queue.refused += untold + lines;
      break;
    }
    left.remove_prefix(piece);
    queue.changed.notify_all();
  }
  queue.writing_bytes = 0;
  queue.changed.notify_all();
}

void RunThread(Queue& queue) {
  std::unique_lock<std::mutex> lock(queue.mutex);
  while (true) {
    queue.changed.wait(lock, [&] { return !queue.waiting.empty() || queue.dropped > 0; });
    WriteWaiting(queue, lock);
  }
}

// fork(2) copies the queue but not the thread.
void BeforeFork() {
  for (const LogWriter::Stream stream : kStreams) QueueOf(stream).mutex.lock();
}
void InParent() {
  for (const LogWriter::Stream stream : kStreams) QueueOf(stream).mutex.unlock();
}
void InChild() {
  for (const LogWriter::Stream stream : kStreams) {
    Queue& queue = QueueOf(stream);
    // Its strings may be in use by a thread that this process does not have: they are left alone.
    new (&queue) Queue(queue.fd);
  }
}

void PrepareProcess() {
  static const bool is_prepared [[maybe_unused]] = [] {
    ::pthread_atfork(BeforeFork, InParent, InChild);
    std::atexit([] { LogWriter::Flush(kLastLines); });
    return true;
  }();
}

// A signal that the loop waits for must not be taken by this thread, nor end the process here.
bool StartThread(Queue& queue) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  try {
    std::thread(RunThread, std::ref(queue)).detach();
  } catch (const std::system_error&) {  // no memory or no thread now: tried again at the next line
    started = false;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

bool FlushQueue(Queue& queue, Duration longest, TimePoint end) {
  std::unique_lock<std::mutex> lock(queue.mutex);
  while (queue.has_thread && !queue.idle()) {
    const bool is_stuck =
        queue.writing_bytes > 0 && SteadyNow() >= Later(queue.piece_began, longest);
    if (is_stuck || SteadyNow() >= end) return false;
    const TimePoint until =
        queue.writing_bytes > 0 ? std::min(end, Later(queue.piece_began, longest)) : end;
    queue.changed.wait_until(lock, until);
  }
  return queue.idle();
}

}  // namespace

void LogWriter::Write(absl::string_view line, DroppedLine dropped_line, Stream stream) {
  PrepareProcess();
  Queue& queue = QueueOf(stream);
  const std::lock_guard<std::mutex> lock(queue.mutex);
  queue.dropped_line = dropped_line;
  const size_t needed = queue.writing_bytes + queue.waiting.size() + line.size() + 1;
  if (queue.dropped > 0 || needed > kMostBytes) {
    ++queue.dropped;
  } else {
    queue.waiting.append(line.data(), line.size());
    queue.waiting.push_back('\n');
  }
  if (!queue.has_thread) queue.has_thread = StartThread(queue);
  queue.changed.notify_all();
}

bool LogWriter::Flush(Duration longest) {
  const TimePoint end = Later(SteadyNow(), longest);
  bool all = true;
  for (const Stream stream : kStreams) all = FlushQueue(QueueOf(stream), longest, end) && all;
  return all;
}

void LogWriter::WriteLastWords(absl::string_view line) {
  Flush(std::chrono::milliseconds(kLastWordsMillis));
  const std::string text = std::string(line) + "\n";
  pollfd stream{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&stream, 1, kLastWordsMillis) <= 0 || (stream.revents & POLLOUT) == 0) return;
  // So much a pipe that is ready takes at once; no more is risked.
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, text.data(), std::min(text.size(), kPieceBytes));
}

}  // namespace parley
