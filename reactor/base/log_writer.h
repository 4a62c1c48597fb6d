#ifndef REACTOR_BASE_LOG_WRITER_H_
#define REACTOR_BASE_LOG_WRITER_H_

// Writes lines to standard error or output from a thread of its own, so that who logs never waits for
// who reads. Between the two is a queue of at most kMostBytes. A line that finds no room is dropped
// and counted, and so is every line after it until the thread takes what waits; then one line tells
// how many. What a stream refuses (closed, a broken pipe, a full disk) is counted in the same way.
// Each of the two streams has a queue and a thread of its own: neither waits for the other's reader.
//
// The stream is left as it is: O_NONBLOCK would change it for every process that shares it.
//
// Thread: any. A writing thread is started by its first line, takes no signals, and is never joined:
// a process that ends does not wait for it beyond a second. A child of fork(2) begins with empty
// queues and no thread; what the parent has queued is written by the parent. Memory: twice
// kMostBytes at most for each, what waits and what is being written.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "reactor/base/clock.h"

namespace parley {

class LogWriter {
 public:
  static constexpr size_t kMostBytes = size_t{64} * 1024;

  enum class Stream : uint8_t { kError, kOutput };

  // Makes the line that tells how many lines were dropped, without a line end.
  using DroppedLine = std::string (*)(size_t lines);

  // Never waits. `line` has no line end.
  static void Write(absl::string_view line, DroppedLine dropped, Stream stream = Stream::kError);

  // Waits until everything is written, for at most `longest`, and no longer than until one piece
  // of a stream has found no reader for so long. Returns whether everything is written.
  static bool Flush(Duration longest);

  // For a process that is about to abort: whatever thread it is and whatever is queued, writes
  // `line` unless nobody takes it. Waits for a tenth of a second at most.
  static void WriteLastWords(absl::string_view line);
};

}  // namespace parley

#endif  // REACTOR_BASE_LOG_WRITER_H_
