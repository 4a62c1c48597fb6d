#ifndef BENCH_LOAD_WORKER_RECORD_H_
#define BENCH_LOAD_WORKER_RECORD_H_

// What the processes of a run share. Each worker writes its own WorkerRecord and its own row of
// LineRecords, and the coordinator reads them when the worker has ended; RunControl is how they
// wait for each other. All of it begins as zero bytes.

#include <array>
#include <atomic>
#include <cstdint>

#include "bench/histogram.h"

namespace parley::bench {

// What has become of one measured line among the recipients of one worker.
struct LineRecord {
  int64_t last_ns = 0;  // when the last of them received it
  uint32_t received = 0;
};

// What was wrong with deliveries. A run without faults has only zeros here.
struct Faults {
  uint64_t lost = 0;          // never came to a recipient that should have had it
  uint64_t doubled = 0;       // came again
  uint64_t reordered = 0;     // came after a later one of the same publisher
  uint64_t corrupt = 0;       // was not what had been sent
  uint64_t foreign = 0;       // came to a room, or from a publisher, where it does not belong
  uint64_t disconnected = 0;  // recipients that the server let go
};

struct WorkerRecord {
  Faults faults;

  uint64_t deliveries = 0;            // from the start of the schedule on
  uint64_t deliveries_in_window = 0;  // received within the measured time, by whomever
  uint64_t bytes_in_window = 0;
  uint64_t receives_in_window = 0;  // calls of recv() that brought something
  uint64_t skipped = 0;             // lines that stalled recipients were not given
  uint64_t stalled_closed = 0;      // stalled recipients that the server let go
  uint64_t other_frames = 0;        // notices and answers
  uint64_t unsent_bytes = 0;        // what publishers could not hand to the kernel

  int64_t cpu_in_window_ns = 0;  // this process's own

  int64_t first_connect_ns = 0;
  int64_t last_ready_ns = 0;

  Histogram delivery;    // one value for each recipient and measured line
  Histogram tell;        // one for each tell
  Histogram admission;   // from connect() until the server has let a client in
  Histogram send_delay;  // how late our own send() was: part of every latency
  std::array<char, 512> error = {};
};

struct RunControl {
  enum Command : int { kHold = 0, kStart, kStop };

  std::atomic<int> ready_workers;
  std::atomic<int> command;
  std::atomic<int64_t> start_ns;      // valid with kStart
  std::atomic<int64_t> last_byte_ns;  // the newest of all workers while they hold
  std::atomic<int> drained_workers;   // those who check: the crowd's stays until they have all
};

}  // namespace parley::bench

#endif  // BENCH_LOAD_WORKER_RECORD_H_
