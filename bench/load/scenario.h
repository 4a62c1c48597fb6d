#ifndef BENCH_LOAD_SCENARIO_H_
#define BENCH_LOAD_SCENARIO_H_

// A scenario is a question that one or more runs answer, and what is derived from them.
//
//   fanout        how long a line takes to everybody in one room, and what a delivery costs
//   rooms         the same in many small rooms, each with its own publisher
//   login-storm   how long until everybody is in who comes at once
//   mass-leave    whether those who stay are given everything when most leave at once
//   slow-readers  what those who read feel of those who have stopped: a run without, a run with
//   trickle       lines that come one byte at a time
//   idle-memory   the server's own memory for each client that is in and silent
//   tell-latency  how long a word to one takes while lines flow to all: a run without, a run with
//   small-room    how long a line takes in rooms of two while a room of many (the crowd) talks: a
//                 run in which the crowd is silent, a run in which it talks
//   search        the highest rate at which the 99th percentile of deliveries stays under a bound

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bench/load/run.h"
#include "bench/load/run_config.h"

namespace parley::bench {

struct ScenarioConfig {
  std::string name = "fanout";
  RunConfig run;
  double stalled_share = 0.1;  // slow-readers
  double leaving_share = 0.9;  // mass-leave
  double p99_bound_ms = 10;    // search
};

struct ScenarioResult {
  std::string name;
  std::vector<RunResult> runs;
  std::vector<std::pair<std::string, double>> findings;  // name with unit, value
  // The runs of a search may fail: it looks for where that begins. Only the last is its answer.
  bool may_fail = false;
};

absl::StatusOr<ScenarioResult> RunScenario(const ScenarioConfig& config);

}  // namespace parley::bench

#endif  // BENCH_LOAD_SCENARIO_H_
