#ifndef BENCH_LOAD_REPORT_H_
#define BENCH_LOAD_REPORT_H_

// What a scenario found, for people and for programs.

#include <string>

#include "absl/strings/string_view.h"
#include "bench/load/machine.h"
#include "bench/load/scenario.h"

namespace parley::bench {

// The table that is printed. `command` is how it was called.
std::string ToTable(const ScenarioResult& result, const MachineFacts& machine);

// Everything, with the percentile curves. Times are ns.
std::string ToJson(const ScenarioResult& result, const MachineFacts& machine,
                   absl::string_view command);

}  // namespace parley::bench

#endif  // BENCH_LOAD_REPORT_H_
