#include "tests/simulated/engine_under_test.h"

#include <utility>

#include "reactor/base/check.h"
#include "reactor/engine/engine_list.h"
#include "tests/reactor/random.h"
#include "tests/simulated/seeds.h"
#include "tests/simulated/simulated_engine.h"

namespace parley {

std::vector<std::string> EngineNames() {
  std::vector<std::string> names;
  for (const EngineEntry& engine : BuiltEngines()) names.emplace_back(engine.name);
  return names;
}

std::vector<std::string> EveryEngineName() {
  std::vector<std::string> names = EngineNames();
  names.emplace_back(kSimulated);
  return names;
}

EngineUnderTest::EngineUnderTest(std::string name) : name_(std::move(name)) {
  if (name_ != kSimulated) return;
  const uint64_t seed = SeedOfThisTest();
  trace_.emplace(__FILE__, __LINE__, ReplayHint(seed));
  Random random(seed);
  const FaultRates rates = FaultRates::Drawn(random);
  const size_t capacity = random.Between(4000, 64000);
  network_ = std::make_unique<SimulatedNetwork>(random.Next(), rates, capacity);
}

std::unique_ptr<Reactor> EngineUnderTest::MakeReactor() {
  if (network_ != nullptr) {
    return std::make_unique<Reactor>(std::make_unique<SimulatedEngine>(*network_));
  }
  absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create(name_);
  PARLEY_CHECK(reactor.ok(), reactor.status().ToString());
  return *std::move(reactor);
}

void EngineUnderTest::CalmDown() {
  if (network_ != nullptr) network_->rates() = FaultRates();
}

}  // namespace parley
