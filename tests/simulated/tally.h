#ifndef TESTS_SIMULATED_TALLY_H_
#define TESTS_SIMULATED_TALLY_H_

// What happened over all the seeds of a test: printed, and a failure where something that should
// have happened never did. A simulator that has become too kind proves nothing.
//
//   FaultCounts faults;
//   Tally tally;
//   if (!ForEachSeed([&](uint64_t seed) { ... ++tally["left"]; ... })) return;
//   ExpectEveryFault(faults);
//   ExpectAll(tally, {"joined", "left"});

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/simulated/simulated_faults.h"

namespace parley {

// How often things happened, by name.
using Tally = std::map<std::string, uint64_t>;

void ExpectEveryFault(const FaultCounts& faults);

// Each of `things` happened; others may have.
void ExpectAll(const Tally& tally, const std::vector<std::string>& things);

}  // namespace parley

#endif  // TESTS_SIMULATED_TALLY_H_
