// Runs every contract case on every engine that this machine has, as tests named
// Contract/ENGINE.CASE, so that the totals read as a matrix of engines and promises. In
// Contract/ENGINE_polled it is not the reactor that waits but a loop around it, with poll(2).
//
// On the simulated engine a test is many runs, one for each seed (tests/simulated/seeds.h):
//   PARLEY_SEED=123   this seed alone: what a failure prints replays it exactly
//   PARLEY_SEEDS=50   how many seeds

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"
#include "reactor/engine/engine_list.h"
#include "tests/reactor/contract_world.h"
#include "tests/simulated/seeds.h"
#include "tests/simulated/tally.h"

namespace parley {
namespace {

constexpr uint64_t kFewOf = 100;  // one seed in so many, for cases with few seeds

class SocketCase : public testing::Test {
 public:
  SocketCase(const ContractCase& contract_case, std::string engine, WaitsIn waits_in)
      : case_(contract_case), engine_(std::move(engine)), waits_in_(waits_in) {}

  void TestBody() override {
    const std::unique_ptr<World> world = MakeSocketWorld(engine_, waits_in_);
    ASSERT_NE(world, nullptr) << "engine " << engine_ << " cannot be used here";
    case_.run(*world);
    world->ForgetHooks();
  }

 private:
  const ContractCase case_;
  const std::string engine_;
  const WaitsIn waits_in_;
};

// Runs the case with one seed.
void RunSeed(const ContractCase& contract_case, uint64_t seed, FaultCounts& counts) {
  const std::unique_ptr<World> world = MakeSimulatedWorld(seed, counts);
  contract_case.run(*world);
  world->ForgetHooks();
}

class SimulatedCase : public testing::Test {
 public:
  explicit SimulatedCase(const ContractCase& contract_case) : case_(contract_case) {}

  void TestBody() override {
    FaultCounts counts;
    const SeedShare share{.shares = case_.where == kFewSeeds ? kFewOf : 1};
    ForEachSeed(share, [&](uint64_t seed) { RunSeed(case_, seed, counts); });
  }

 private:
  const ContractCase case_;
};

// Over some of the seeds of every case, everything that the simulator can do wrong has been done.
class EveryFaultHappens : public testing::Test {
 public:
  void TestBody() override {
    FaultCounts counts;
    for (const ContractCase& each : ContractCases()) {
      if (each.where != kEverywhere) continue;
      for (uint64_t seed = 0; seed < 20; ++seed) RunSeed(each, seed, counts);
    }
    ExpectEveryFault(counts);
  }
};

void RegisterOnSockets(const std::string& engine, const std::string& suite, WaitsIn waits_in) {
  for (const ContractCase& each : ContractCases()) {
    testing::RegisterTest(
        suite.c_str(), each.name, nullptr, nullptr, each.file, each.line,
        [=]() -> testing::Test* { return new SocketCase(each, engine, waits_in); });
  }
}

void RegisterCases() {
  for (const EngineEntry& engine : BuiltEngines()) {
    if (!engine.make().ok()) continue;
    const std::string suite = absl::StrCat("Contract/", engine.name);
    RegisterOnSockets(engine.name, suite, WaitsIn::kReactor);
    RegisterOnSockets(engine.name, suite + "_polled", WaitsIn::kForeignLoop);
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
