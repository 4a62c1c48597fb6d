#include "bench/load/machine.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace parley::bench {
namespace {

constexpr const char* kClockSource =
    "/sys/devices/system/clocksource/clocksource0/current_clocksource";

constexpr const char* kSettings[] = {
    "net/ipv4/tcp_congestion_control",
    "net/ipv4/ip_local_port_range",
    "net/ipv4/tcp_rmem",
    "net/ipv4/tcp_wmem",
    "net/ipv4/tcp_mem",
    "net/ipv4/tcp_notsent_lowat",
    "net/ipv4/tcp_autocorking",
    "net/ipv4/tcp_max_syn_backlog",
    "net/core/somaxconn",
    "net/core/default_qdisc",
    "net/core/busy_poll",
    "fs/nr_open",
};

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return absl::StrReplaceAll(line, {{"\t", " "}});
}

std::string Processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (absl::StartsWith(line, "model name") && colon != std::string::npos) {
      return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
  }
  return "unknown";
}

}  // namespace

MachineFacts ReadMachineFacts() {
  MachineFacts facts;
  utsname system = {};
  ::uname(&system);
  facts.emplace_back("kernel",
                     absl::StrCat(system.sysname, " ", system.release, " ", system.machine));
  facts.emplace_back("processor", Processor());
  facts.emplace_back("cores online", absl::StrCat(::sysconf(_SC_NPROCESSORS_ONLN)));
  facts.emplace_back("clock source", FirstLine(kClockSource));
  rlimit files = {};
  ::getrlimit(RLIMIT_NOFILE, &files);
  facts.emplace_back("descriptors", absl::StrCat(files.rlim_cur));
  for (const std::string setting : kSettings) {
    const std::string value = FirstLine(absl::StrCat("/proc/sys/", setting));
    if (!value.empty()) {
      facts.emplace_back(absl::StrReplaceAll(setting, {{"/", "."}}), value);
    }
  }
  return facts;
}

}  // namespace parley::bench
