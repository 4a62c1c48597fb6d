#include "tests/simulated/simulated_faults.h"

#include "absl/strings/str_cat.h"

namespace parley {

const char* FaultName(Fault fault) {
  switch (fault) {
    case Fault::kSplit:
      return "split";
    case Fault::kDelay:
      return "delay";
    case Fault::kShortRead:
      return "short read";
    case Fault::kShortWrite:
      return "short write";
    case Fault::kSendWouldBlock:
      return "send would block";
    case Fault::kNoSendMemory:
      return "no send memory";
    case Fault::kSendInFlight:
      return "send in flight";
    case Fault::kSpuriousWake:
      return "spurious wake";
    case Fault::kLostWake:
      return "lost wake";
    case Fault::kReorder:
      return "reorder";
    case Fault::kLateClose:
      return "late close";
    case Fault::kNoDescriptor:
      return "no descriptor";
    case Fault::kPeerAborted:
      return "peer aborted";
    case Fault::kReset:
      return "reset";
    case Fault::kHalfClose:
      return "half close";
  }
  return "unknown";
}

void FaultCounts::Add(const FaultCounts& other) {
  for (size_t i = 0; i < kFaults; ++i) counts_[i] += other.counts_[i];
}

std::string FaultCounts::Missing() const {
  std::string text;
  for (size_t i = 0; i < kFaults; ++i) {
    if (counts_[i] > 0) continue;
    absl::StrAppend(&text, text.empty() ? "" : ", ", FaultName(static_cast<Fault>(i)));
  }
  return text;
}

std::string FaultCounts::ToString() const {
  std::string text;
  for (size_t i = 0; i < kFaults; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", FaultName(static_cast<Fault>(i)), " ", counts_[i]);
  }
  return text;
}

FaultRates FaultRates::Drawn(Random& random) {
  FaultRates rates;
  for (size_t i = 0; i < kHarmlessFaults; ++i) {
    if (random.Percent(50)) continue;
    rates.percent_[i] = static_cast<uint8_t>(random.Between(1, random.Percent(30) ? 60 : 15));
  }
  return rates;
}

void FaultRates::AddHostile(Random& random) {
  Set(Fault::kNoDescriptor, static_cast<uint8_t>(random.Below(20)));
  Set(Fault::kPeerAborted, static_cast<uint8_t>(random.Below(20)));
  Set(Fault::kReset, static_cast<uint8_t>(random.Below(2)));
  Set(Fault::kHalfClose, static_cast<uint8_t>(random.Below(2)));
}

}  // namespace parley
