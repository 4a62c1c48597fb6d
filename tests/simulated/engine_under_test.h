#ifndef TESTS_SIMULATED_ENGINE_UNDER_TEST_H_
#define TESTS_SIMULATED_ENGINE_UNDER_TEST_H_

// An engine by its name, and what is below it: the machine, or a simulated network of the running
// test's own, whose seed a failure prints (seeds.h).
//
//   EngineUnderTest engine(GetParam());  // one of EveryEngineName()
//   std::unique_ptr<Reactor> reactor = engine.MakeReactor();
//   if (engine.network() != nullptr) ... call there instead of by a socket of the machine ...
//
// Ownership: it outlives the reactors made on it. Thread: the test's.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reactor/loop/reactor.h"
#include "tests/simulated/simulated_network.h"

namespace parley {

// The name of the simulated engine, beside those of engine_list.h.
inline constexpr char kSimulated[] = "simulated";

// The engines of this build, for a test that has to do with descriptors, addresses or urgent bytes
// of the machine.
std::vector<std::string> EngineNames();
// Those and the simulated one, whose network does its worst (but breaks nothing off) and whose time
// is its own.
std::vector<std::string> EveryEngineName();

class EngineUnderTest {
 public:
  // In a running test, whose name the network's seed is made from.
  explicit EngineUnderTest(std::string name);

  std::unique_ptr<Reactor> MakeReactor();

  // From now on a simulated network is as obliging as the machine's own: what is written at once
  // arrives at once, and what there is room for is taken.
  void CalmDown();

  SimulatedNetwork* network() { return network_.get(); }  // null on the machine's own

 private:
  const std::string name_;
  std::unique_ptr<SimulatedNetwork> network_;
  std::optional<testing::ScopedTrace> trace_;  // of its seed
};

}  // namespace parley

#endif  // TESTS_SIMULATED_ENGINE_UNDER_TEST_H_
