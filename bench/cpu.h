#ifndef BENCH_CPU_H_
#define BENCH_CPU_H_

// Pinning to a core, and what a core did between two moments, as /proc/stat tells it (proc(5)).
//
//   const CpuSample before = *SampleCpu(0);
//   ...
//   const CpuUse use = UseBetween(before, *SampleCpu(0));
//
// A core counts as busy whenever it was not idle: user, system, interrupts and soft interrupts, and
// time that the hypervisor took away, whoever caused them. That is the whole price of a delivery on
// a core that does nothing else. The kernel gives hundredths of a second, so a sample of one second
// is good to one percent.

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace parley::bench {

// Runs this thread, and what it starts, on one core only. A negative number leaves it free.
absl::Status PinToCpu(int cpu);

struct CpuSample {
  int64_t taken_ns = 0;
  int64_t idle_ns = 0;  // with waiting for disks
  int64_t user_ns = 0;
  int64_t system_ns = 0;
  int64_t interrupt_ns = 0;  // hard and soft
  int64_t steal_ns = 0;
};

absl::StatusOr<CpuSample> SampleCpu(int cpu);

struct CpuUse {
  int64_t wall_ns = 0;
  int64_t busy_ns = 0;
  int64_t user_ns = 0;
  int64_t system_ns = 0;
  int64_t interrupt_ns = 0;
  int64_t steal_ns = 0;

  double BusyShare() const;
};

CpuUse UseBetween(const CpuSample& before, const CpuSample& after);

}  // namespace parley::bench

#endif  // BENCH_CPU_H_
