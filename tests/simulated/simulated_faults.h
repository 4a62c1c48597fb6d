#ifndef TESTS_SIMULATED_SIMULATED_FAULTS_H_
#define TESTS_SIMULATED_SIMULATED_FAULTS_H_

// What a simulated kernel and network do that an obliging one would not. A seed draws how often
// each happens; counters tell afterwards that each did happen, so that a simulator that has become
// too kind fails a test of its own.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/reactor/random.h"

namespace parley {

enum class Fault : uint8_t {
  // A server survives these without anybody noticing.
  kSplit,           // what was written at once arrives in pieces
  kDelay,           // and late
  kShortRead,       // a read returns less than there is
  kShortWrite,      // a write takes less than there is room for
  kSendWouldBlock,  // a write takes nothing though there is room
  kNoSendMemory,    // a write fails with ENOBUFS
  kSendInFlight,    // a write completes in a later turn, as on a completion ring
  kSpuriousWake,    // a wake-up, or a writable event, without a cause
  kLostWake,        // a wake-up is lost: what has happened is told only by a later one
  kReorder,         // events are told in another order than they came
  kLateClose,       // Closed comes some turns after Close
  // These change what a conversation comes to: they happen where a test's script makes them, and by
  // themselves only where a test asks for them.
  kNoDescriptor,  // accept fails with EMFILE
  kPeerAborted,   // the peer is gone when it is accepted (ECONNABORTED)
  kReset,         // the peer resets
  kHalfClose,     // the peer ends its side
};
inline constexpr size_t kFaults = static_cast<size_t>(Fault::kHalfClose) + 1;
inline constexpr size_t kHarmlessFaults = static_cast<size_t>(Fault::kNoDescriptor);

const char* FaultName(Fault fault);

class FaultCounts {
 public:
  void Add(Fault fault) { ++counts_[static_cast<size_t>(fault)]; }
  void Add(const FaultCounts& other);
  uint64_t of(Fault fault) const { return counts_[static_cast<size_t>(fault)]; }
  // The names of those that never happened, with commas.
  std::string Missing() const;
  // "split 120, delay 33, ..."
  std::string ToString() const;

 private:
  std::array<uint64_t, kFaults> counts_{};
};

// How often, in a hundred, each fault happens where it can.
class FaultRates {
 public:
  // No faults at all: the network of a good day.
  FaultRates() = default;
  // As a seed has it: each harmless fault in about half of the seeds, from seldom to often.
  static FaultRates Drawn(Random& random);

  // Faults that end connections too, each now and then.
  void AddHostile(Random& random);
  void Set(Fault fault, uint8_t percent) { percent_[static_cast<size_t>(fault)] = percent; }
  uint8_t of(Fault fault) const { return percent_[static_cast<size_t>(fault)]; }

 private:
  std::array<uint8_t, kFaults> percent_{};
};

}  // namespace parley

#endif  // TESTS_SIMULATED_SIMULATED_FAULTS_H_
