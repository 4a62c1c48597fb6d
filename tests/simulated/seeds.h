#ifndef TESTS_SIMULATED_SEEDS_H_
#define TESTS_SIMULATED_SEEDS_H_

// The seeds that a test runs with: all of them, or the one that is to be replayed.
//
//   ForEachSeed([&](uint64_t seed) { RunRoom(seed); });
//
//   PARLEY_SEED=123     this seed alone: what a failure prints replays it exactly
//   PARLEY_SEEDS=50     the seeds 0 to 49, instead of as many as the build has been told
//                       (PARLEY_SEEDS of CMake: 10,000 in an optimised build)
//
// A failure prints its seed, also when it ends the process: a check that does not hold, a signal, a
// sanitizer's report. Thread: one.

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"

namespace parley {

// Every one in `shares` of the seeds, from `first` on.
struct SeedShare {
  uint64_t first = 0;
  uint64_t shares = 1;
};

// How many tests a long test should be, so that each has no more than some thousand of the build's
// seeds. PARLEY_SEEDS does not change it: the tests were counted when they were built.
uint64_t ShareCount();

// Runs `run` with each seed, up to the first failure. Returns whether that was all of them, so that
// what happened in them can be judged together: false for a replay.
bool ForEachSeed(const SeedShare& share, absl::FunctionRef<void(uint64_t seed)> run);
inline bool ForEachSeed(absl::FunctionRef<void(uint64_t seed)> run) { return ForEachSeed({}, run); }

// "PARLEY_SEED=123 replays this"
std::string ReplayHint(uint64_t seed);

// The seed to be replayed, or `otherwise`: for a test that runs once. Failures print it until the
// next one.
uint64_t SeedOr(uint64_t otherwise);

// The same, where each test has a seed of its own, made from its name.
uint64_t SeedOfThisTest();

}  // namespace parley

#endif  // TESTS_SIMULATED_SEEDS_H_
