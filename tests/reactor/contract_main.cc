// Runs every contract case on every engine that this machine has, as tests named
// Contract/ENGINE.CASE, so that the totals read as a matrix of engines and promises.
//
// On the simulated engine a test is many runs, one for each seed:
//   PARLEY_SEEDS=10000   how many seeds, from 0 on (default: kSeeds)
//   PARLEY_SEED=123      this seed alone: what a failure prints replays it exactly
// The simulated part stops when its time is used up, and says so, rather than outlast the runner's.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"
#include "reactor/engine/engine_list.h"
#include "tests/reactor/contract_world.h"
#include "tests/reactor/random.h"

namespace parley {
namespace {

// As many as take seconds: a build with checks is several times slower.
#ifdef NDEBUG
constexpr uint64_t kSeeds = 10000;
#else
constexpr uint64_t kSeeds = 500;
#endif
constexpr uint64_t kFewOf = 100;  // one seed in so many, for cases with few seeds
constexpr auto kLongest = std::chrono::seconds(90);

class SocketCase : public testing::Test {
 public:
  SocketCase(const ContractCase& contract_case, std::string engine)
      : case_(contract_case), engine_(std::move(engine)) {}

  void TestBody() override {
    const std::unique_ptr<World> world = MakeSocketWorld(engine_);
    ASSERT_NE(world, nullptr) << "engine " << engine_ << " cannot be used here";
    case_.run(*world);
    world->ForgetHooks();
  }

 private:
  const ContractCase case_;
  const std::string engine_;
};

// Runs the case with one seed.
void RunSeed(const ContractCase& contract_case, uint64_t seed, FaultCounts& counts) {
  SCOPED_TRACE(absl::StrCat("PARLEY_SEED=", seed, " replays this"));
  const std::unique_ptr<World> world = MakeSimulatedWorld(seed, counts);
  contract_case.run(*world);
  world->ForgetHooks();
}

class SimulatedCase : public testing::Test {
 public:
  explicit SimulatedCase(const ContractCase& contract_case) : case_(contract_case) {}

  void TestBody() override {
    FaultCounts counts;
    if (std::getenv("PARLEY_SEED") != nullptr) {
      return RunSeed(case_, NumberFromEnvironment("PARLEY_SEED", 0), counts);
    }
    uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", kSeeds);
    if (case_.where == kFewSeeds) seeds = std::max<uint64_t>(seeds / kFewOf, 3);
    const auto began = std::chrono::steady_clock::now();
    uint64_t seed = 0;
    for (; seed < seeds && !HasFailure(); ++seed) {
      if (std::chrono::steady_clock::now() - began > kLongest) break;
      RunSeed(case_, seed, counts);
    }
    RecordProperty("seeds", static_cast<int>(seed));
    if (seed < seeds) std::printf("[  SEEDS   ] %lu of %lu\n", seed, seeds);
  }

 private:
  const ContractCase case_;
};

// Over some seeds of every case, everything that the simulator can do wrong has been done.
class EveryFaultHappens : public testing::Test {
 public:
  void TestBody() override {
    constexpr uint64_t kFewSeeds = 20;
    FaultCounts counts;
    for (const ContractCase& each : ContractCases()) {
      if (each.where != kEverywhere) continue;
      for (uint64_t seed = 0; seed < kFewSeeds; ++seed) RunSeed(each, seed, counts);
    }
    std::printf("[  FAULTS  ] %s\n", counts.ToString().c_str());
    for (size_t i = 0; i < kHarmlessFaults; ++i) {
      EXPECT_GT(counts.of(static_cast<Fault>(i)), 0u) << FaultName(static_cast<Fault>(i));
    }
  }
};

void RegisterCases() {
  for (const EngineEntry& engine : BuiltEngines()) {
    if (!engine.make().ok()) continue;
    const std::string suite = absl::StrCat("Contract/", engine.name);
    for (const ContractCase& each : ContractCases()) {
      testing::RegisterTest(suite.c_str(), each.name, nullptr, nullptr, each.file, each.line,
                            [each, name = std::string(engine.name)]() -> testing::Test* {
                              return new SocketCase(each, name);
                            });
    }
  }
  for (const ContractCase& each : ContractCases()) {
    if (each.where == kSocketsOnly) continue;
    testing::RegisterTest("Contract/simulated", each.name, nullptr, nullptr, each.file, each.line,
                          [each]() -> testing::Test* { return new SimulatedCase(each); });
  }
  testing::RegisterTest("Contract/simulated", "EveryFaultHappens", nullptr, nullptr, __FILE__,
                        __LINE__, []() -> testing::Test* { return new EveryFaultHappens; });
}

}  // namespace
}  // namespace parley

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // Handlers that throw and listeners without descriptors are cases here, not news.
  parley::SetLogSink([](parley::Severity, absl::string_view) {});
  parley::RegisterCases();
  return RUN_ALL_TESTS();
}
