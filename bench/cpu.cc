#include "bench/cpu.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/clock.h"

namespace parley::bench {

absl::Status PinToCpu(int cpu) {
  if (cpu < 0) return absl::OkStatus();
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof(set), &set) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot run on cpu ", cpu));
  }
  return absl::OkStatus();
}

absl::StatusOr<CpuSample> SampleCpu(int cpu) {
  std::ifstream stat("/proc/stat");
  const std::string wanted = absl::StrCat("cpu", cpu);
  std::string name;
  while (stat >> name) {
    if (name != wanted) {
      stat.ignore(1 << 20, '\n');
      continue;
    }
    enum Column { kUser, kNice, kSystem, kIdle, kIoWait, kIrq, kSoftIrq, kSteal, kColumns };
    std::array<int64_t, kColumns> ticks = {};
    for (int64_t& tick : ticks) stat >> tick;
    const int64_t tick_ns = kNanosPerSecond / ::sysconf(_SC_CLK_TCK);
    return CpuSample{.taken_ns = Now(),
                     .idle_ns = (ticks[kIdle] + ticks[kIoWait]) * tick_ns,
                     .user_ns = (ticks[kUser] + ticks[kNice]) * tick_ns,
                     .system_ns = ticks[kSystem] * tick_ns,
                     .interrupt_ns = (ticks[kIrq] + ticks[kSoftIrq]) * tick_ns,
                     .steal_ns = ticks[kSteal] * tick_ns};
  }
  return absl::NotFoundError(absl::StrCat("/proc/stat has no line for cpu ", cpu));
}

double CpuUse::BusyShare() const {
  return wall_ns == 0 ? 0 : static_cast<double>(busy_ns) / static_cast<double>(wall_ns);
}

CpuUse UseBetween(const CpuSample& before, const CpuSample& after) {
  CpuUse use;
  use.wall_ns = after.taken_ns - before.taken_ns;
  // From the idle time and not from the sum of the others: those are sampled at the tick, while the
  // kernel measures how long a core slept.
  use.busy_ns = std::clamp<int64_t>(use.wall_ns - (after.idle_ns - before.idle_ns), 0, use.wall_ns);
  use.user_ns = after.user_ns - before.user_ns;
  use.system_ns = after.system_ns - before.system_ns;
  use.interrupt_ns = after.interrupt_ns - before.interrupt_ns;
  use.steal_ns = after.steal_ns - before.steal_ns;
  return use;
}

}  // namespace parley::bench
