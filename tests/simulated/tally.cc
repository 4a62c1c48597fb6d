#include "tests/simulated/tally.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace parley {

void ExpectEveryFault(const FaultCounts& faults) {
  std::printf("[  FAULTS  ] %s\n", faults.ToString().c_str());
  EXPECT_EQ(faults.Missing(), "") << "faults that never happened";
}

void ExpectAll(const Tally& tally, const std::vector<std::string>& things) {
  for (const auto& [what, times] : tally) {
    std::printf("[  TALLY   ] %s: %llu\n", what.c_str(), static_cast<unsigned long long>(times));
  }
  for (const std::string& what : things) {
    const auto found = tally.find(what);
    EXPECT_GT(found == tally.end() ? 0 : found->second, 0u) << what;
  }
}

}  // namespace parley
