#ifndef BENCH_LOAD_RUN_H_
#define BENCH_LOAD_RUN_H_

// One run of the load generator: forks the workers, gives them the word, watches the cores while
// they measure, and puts together what they recorded.
//
//   absl::StatusOr<RunResult> result = Run(config);
//
// Must be called from a process with one thread (it forks). Takes connecting, settling, warm-up,
// measured time and draining; returns a status when the run could not take place. Faults in
// deliveries, and a generator that was too busy to be believed, are for the caller to judge.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/cpu.h"
#include "bench/histogram.h"
#include "bench/load/run_config.h"
#include "bench/load/worker_record.h"

namespace parley::bench {

// A process's memory that is its own and not a file's, in bytes (RssAnon in /proc/PID/status).
absl::StatusOr<int64_t> OwnMemoryOf(pid_t pid);

struct RunResult {
  RunConfig config;
  int processes = 1;
  int clients = 0;

  // Deliveries a second: what the schedule asks for, and what came within the measured time.
  double offered = 0;
  double achieved = 0;
  uint64_t deliveries = 0;
  uint64_t deliveries_in_window = 0;
  uint64_t bytes_in_window = 0;
  uint64_t receives_in_window = 0;
  uint64_t measured_lines = 0;
  uint64_t incomplete_lines = 0;  // measured lines that some recorded recipient never got

  Faults faults;
  uint64_t skipped = 0;
  uint64_t stalled_closed = 0;
  uint64_t other_frames = 0;
  uint64_t unsent_bytes = 0;

  std::unique_ptr<Histogram> delivery;  // each delivery
  std::unique_ptr<Histogram> last;      // each line, to its last recipient
  std::unique_ptr<Histogram> tell;
  std::unique_ptr<Histogram> admission;
  std::unique_ptr<Histogram> send_delay;

  // Of the crowd: bytes that were said and given to it within the measured time, and how late its
  // own lines went out.
  double crowd_offered_bytes = 0;
  uint64_t crowd_bytes_in_window = 0;
  std::unique_ptr<Histogram> crowd_send_delay;

  std::vector<std::unique_ptr<Histogram>> series;  // of the deliveries of each second, if wanted

  double all_admitted_seconds = 0;  // from the first connect() until the server had let in the last
  double quiet_seconds = 0;         // ... until the last byte about it had come

  std::optional<CpuUse> server_core;
  std::optional<CpuUse> server_core_before;  // before the schedule began: what else is going on

  // How busy the generator's core was within the measured time, and with the generator itself. When
  // it is not pinned to a core, its own time stands for both.
  double generator_share = 0;
  double generator_own_share = 0;

  // The server's own memory before the first connection, when all were in, and at the end.
  std::optional<int64_t> memory_before;
  std::optional<int64_t> memory_admitted;
  std::optional<int64_t> memory_after;

  bool DeliveredAll() const;
  bool GeneratorHadRoom() const { return generator_share <= config.max_generator_share; }
  // Whether our own lines went out soon enough after they were due: the p99 within
  // config.max_send_delay, and of the crowd's within 20 ms. True without that limit.
  bool SpokeInTime() const;

  // The server core's time for each delivery, ns.
  std::optional<double> CoreNanosPerDelivery() const;
};

absl::StatusOr<RunResult> Run(const RunConfig& config);

}  // namespace parley::bench

#endif  // BENCH_LOAD_RUN_H_
