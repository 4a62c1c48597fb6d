// The world of the simulated network: what one seed makes of a case.

#include <chrono>

#include "reactor/base/check.h"
#include "tests/reactor/contract_world.h"
#include "tests/simulated/simulated_engine.h"
#include "tests/simulated/simulated_network.h"

namespace parley {
namespace {

constexpr int kMostTurns = 200000;

class SimulatedContractPeer : public Peer {
 public:
  explicit SimulatedContractPeer(SimulatedPeer& peer) : peer_(peer) {}

  void Say(absl::string_view text) override { peer_.Say(text); }
  void EndOutput() override { peer_.EndOutput(); }
  void Reset() override { peer_.Reset(); }
  void Leave() override { peer_.Leave(); }
  void Read(bool reading) override { peer_.Read(reading); }

  // Takes over what the simulated peer has heard since.
  void Work() {
    heard_ += peer_.heard();
    peer_.ClearHeard();
    heard_end_ = peer_.heard_end();
    heard_reset_ = peer_.heard_reset();
  }

 private:
  SimulatedPeer& peer_;
};

SimulatedDial ToSimulated(Dial outcome) {
  switch (outcome) {
    case Dial::kAnswered:
      return SimulatedDial::kAnswered;
    case Dial::kRefused:
      return SimulatedDial::kRefused;
    case Dial::kSilent:
      return SimulatedDial::kSilent;
  }
  return SimulatedDial::kSilent;
}

class SimulatedWorld : public World {
 public:
  SimulatedWorld(uint64_t seed, const FaultRates& rates, size_t capacity, FaultCounts& counts)
      : network_(seed, rates, capacity),
        counts_(counts),
        reactor_(std::make_unique<Reactor>(std::make_unique<SimulatedEngine>(network_))) {}
  ~SimulatedWorld() override { counts_.Add(network_.counts()); }

  Reactor& reactor() override { return *reactor_; }
  bool is_simulated() const override { return true; }

  UniqueFd MakeListener() override { return network_.MakeListener(); }
  Peer& Call() override { return AddPeer(network_.Call()); }
  void PrepareCalls(int) override {}  // calls need no descriptor here
  std::pair<UniqueFd, Peer*> MakePair() override {
    auto [fd, peer] = network_.MakePair();
    return {std::move(fd), &AddPeer(*peer)};
  }
  std::pair<UniqueFd, Peer*> MakeDialled(Dial outcome) override {
    auto made = network_.MakeDialled(ToSimulated(outcome));
    std::pair<UniqueFd, Peer*> dialled(std::move(made.first), nullptr);
    if (outcome == Dial::kAnswered) dialled.second = &AddPeer(*made.second);
    return dialled;
  }
  void Raise(int signal_number) override { network_.Raise(signal_number); }
  void ExhaustDescriptors() override { network_.set_descriptors_exhausted(true); }
  void ReleaseDescriptors() override { network_.set_descriptors_exhausted(false); }

  void Turn(Duration longest_wait) override {
    reactor_->RunOnce(longest_wait);
    for (const auto& peer : peers_) peer->Work();
  }

  void TurnAfter(Duration quiet, const std::function<void()>& act) override {
    network_.set_peers_delay(quiet);
    act();
    Turn(std::chrono::hours(1));
    network_.set_peers_delay(Duration::zero());
  }
  void Spend(Duration time) override { network_.AdvanceTo(network_.now() + time); }

  bool Until(const std::function<bool()>& done, absl::string_view what) override {
    for (int turns = 0; !done(); ++turns) {
      if (turns == kMostTurns) {
        ADD_FAILURE() << "waited too long for " << what;
        return false;
      }
      Turn(std::chrono::milliseconds(100));
    }
    return true;
  }

 private:
  Peer& AddPeer(SimulatedPeer& peer) {
    peers_.push_back(std::make_unique<SimulatedContractPeer>(peer));
    return *peers_.back();
  }

  SimulatedNetwork network_;
  std::vector<std::unique_ptr<SimulatedContractPeer>> peers_;
  FaultCounts& counts_;
  std::unique_ptr<Reactor> reactor_;
};

}  // namespace

std::unique_ptr<World> MakeSimulatedWorld(uint64_t seed, FaultCounts& counts) {
  Random random(seed);
  const FaultRates rates = FaultRates::Drawn(random);
  const size_t capacity = random.Between(300, random.Percent(30) ? 20000 : 6000);
  return std::make_unique<SimulatedWorld>(random.Next(), rates, capacity, counts);
}

}  // namespace parley
