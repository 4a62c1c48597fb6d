// parley-bench: the load generator. `parley-bench --help` lists the flags and bench/README.md tells
// the method. Exit codes: 0 measured and every delivery right; 1 wrong flags, or the run could not
// take place; 2 deliveries were lost, doubled, out of order or damaged; 3 the generator's own core
// was too busy, or it spoke too late, for its numbers to be believed.

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "bench/cpu.h"
#include "bench/load/machine.h"
#include "bench/load/report.h"
#include "bench/load/run_config.h"
#include "bench/load/scenario.h"
#include "bench/program_help.h"

ABSL_FLAG(
    std::string, target, "127.0.0.1:5267",
    "where clients connect, in turn: address:port, or several with commas between; when they are "
    "not all one server's, --rooms must be a multiple of their number");
ABSL_FLAG(std::string, protocol, "friendly", "lines, friendly, classic, redis, nats, irc or mqtt");
ABSL_FLAG(std::string, scenario, "fanout",
          "fanout, rooms, login-storm, mass-leave, slow-readers, trickle, idle-memory, "
          "tell-latency, small-room or search");
ABSL_FLAG(int32_t, recipients, 1000, "clients that hear the lines");
ABSL_FLAG(int32_t, rooms, 1, "rooms over which they are spread");
ABSL_FLAG(int32_t, publishers, 1, "clients that say the lines, in turn");
ABSL_FLAG(double, lines_per_second, 100, "lines said by all of them together");
ABSL_FLAG(int32_t, payload_bytes, 64, "size of a line as it is delivered");
ABSL_FLAG(double, seconds, 10, "measured time");
ABSL_FLAG(double, warmup, 1, "seconds of the same load before it");
ABSL_FLAG(double, stalled_share, 0.1, "slow-readers: the share of recipients that stop reading");
ABSL_FLAG(double, leaving_share, 0.9, "mass-leave: the share of recipients that leave at once");
ABSL_FLAG(double, tells_per_second, 0, "words from one client to one other while lines flow");
ABSL_FLAG(int32_t, crowd, 0,
          "people of one more room, of whom ten speak; what they are given is counted in bytes and "
          "not checked; small-room: the busy room, beside --rooms of two people each");
ABSL_FLAG(double, crowd_lines_per_second, 100, "lines said by the crowd");
ABSL_FLAG(double, p99_bound_ms, 10, "search: the bound on the 99th percentile of deliveries");
ABSL_FLAG(int32_t, cpu, -1, "the core that the generator runs on; -1: any");
ABSL_FLAG(int32_t, server_cpu, -1, "the server's core, whose time is measured; -1: not measured");
ABSL_FLAG(int32_t, server_pid, 0, "the server's process, whose memory is read; 0: not read");
ABSL_FLAG(int32_t, processes, 1, "generator processes, more when the clients ask for it");
ABSL_FLAG(int32_t, connections_per_process, 19000, "the most clients that one of them holds");
ABSL_FLAG(int32_t, source_addresses, 0,
          "spread the clients over so many addresses from 127.0.0.2 on; 0: the kernel chooses");
ABSL_FLAG(int32_t, connect_window, 200, "clients of one process on their way in at a time");
ABSL_FLAG(double, connect_deadline, 120, "seconds until all must be in");
ABSL_FLAG(double, drain_deadline, 10, "seconds after the schedule for what is still under way");
ABSL_FLAG(double, max_generator_share, 0.9,
          "the most that the generator's core may be busy for a report");
ABSL_FLAG(double, max_send_delay_ms, 0,
          "the most that the 99th percentile of our own send delay may be for a report, with 20 ms "
          "for the crowd's; 0: any");
ABSL_FLAG(double, look_interval_us, 100,
          "who has looked at his sockets does not look again before that; 0: at once");
ABSL_FLAG(double, say_interval_us, 0,
          "lines that are due go out together at multiples of it; 0: each at its own time");
ABSL_FLAG(
    bool, kernel_times, false,
    "a delivery has come when the kernel had it, not when we looked; costs both cores a little");
ABSL_FLAG(bool, series, false, "also the latencies of each second by themselves, in the JSON");
ABSL_FLAG(std::string, json, "", "file to write the results to");

namespace {

using parley::bench::Endpoint;
using parley::bench::RunConfig;
using parley::bench::RunResult;
using parley::bench::ScenarioConfig;
using parley::bench::ScenarioResult;

enum ExitCode : int { kGood = 0, kFailed = 1, kDeliveriesWrong = 2, kGeneratorTooBusy = 3 };

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "parley-bench: %s\n", std::string(status.message()).c_str());
  return kFailed;
}

absl::StatusOr<ScenarioConfig> ConfigFromFlags() {
  absl::StatusOr<std::vector<Endpoint>> targets =
      parley::bench::ParseEndpoints(absl::GetFlag(FLAGS_target));
  if (!targets.ok()) return targets.status();
  if (absl::GetFlag(FLAGS_payload_bytes) < 0) {
    return absl::InvalidArgumentError("--payload_bytes must not be negative");
  }
  ScenarioConfig config;
  config.name = absl::GetFlag(FLAGS_scenario);
  config.stalled_share = absl::GetFlag(FLAGS_stalled_share);
  config.leaving_share = absl::GetFlag(FLAGS_leaving_share);
  config.p99_bound_ms = absl::GetFlag(FLAGS_p99_bound_ms);
  RunConfig& run = config.run;
  run.targets = *std::move(targets);
  run.protocol = absl::GetFlag(FLAGS_protocol);
  run.recipients = absl::GetFlag(FLAGS_recipients);
  run.rooms = absl::GetFlag(FLAGS_rooms);
  run.publishers = absl::GetFlag(FLAGS_publishers);
  run.lines_per_second = absl::GetFlag(FLAGS_lines_per_second);
  run.payload_bytes = static_cast<size_t>(absl::GetFlag(FLAGS_payload_bytes));
  run.seconds = absl::GetFlag(FLAGS_seconds);
  run.warmup = absl::GetFlag(FLAGS_warmup);
  run.tells_per_second = absl::GetFlag(FLAGS_tells_per_second);
  run.crowd = absl::GetFlag(FLAGS_crowd);
  run.crowd_lines_per_second = absl::GetFlag(FLAGS_crowd_lines_per_second);
  run.look_interval = absl::GetFlag(FLAGS_look_interval_us) / 1e6;
  run.say_interval = absl::GetFlag(FLAGS_say_interval_us) / 1e6;
  run.kernel_times = absl::GetFlag(FLAGS_kernel_times);
  run.series = absl::GetFlag(FLAGS_series);
  run.cpu = absl::GetFlag(FLAGS_cpu);
  run.server_cpu = absl::GetFlag(FLAGS_server_cpu);
  run.server_pid = absl::GetFlag(FLAGS_server_pid);
  run.processes = absl::GetFlag(FLAGS_processes);
  run.connections_per_process = absl::GetFlag(FLAGS_connections_per_process);
  run.source_addresses = absl::GetFlag(FLAGS_source_addresses);
  run.connect_window = absl::GetFlag(FLAGS_connect_window);
  run.connect_deadline = absl::GetFlag(FLAGS_connect_deadline);
  run.drain_deadline = absl::GetFlag(FLAGS_drain_deadline);
  run.max_generator_share = absl::GetFlag(FLAGS_max_generator_share);
  run.max_send_delay = absl::GetFlag(FLAGS_max_send_delay_ms) / 1e3;
  return config;
}

// A search may break what it measures; only its answer, the last run, must stand.
int Judge(const ScenarioResult& result) {
  int code = kGood;
  for (size_t i = result.may_fail ? result.runs.size() - 1 : 0; i < result.runs.size(); ++i) {
    const RunResult& run = result.runs[i];
    if (!run.GeneratorHadRoom()) {
      std::fprintf(stderr,
                   "parley-bench: no report: in '%s' the generator's core was %.1f %% busy, more "
                   "than the %.1f %% up to which its times can be believed\n",
                   run.config.label.c_str(), 100 * run.generator_share,
                   100 * run.config.max_generator_share);
      return kGeneratorTooBusy;
    }
    if (!run.SpokeInTime()) {
      std::fprintf(stderr,
                   "parley-bench: no report: in '%s' the generator's own lines went out late, p99 "
                   "%.3f ms and the crowd's %.3f ms; --max_send_delay_ms allows %.3f and 20\n",
                   run.config.label.c_str(),
                   static_cast<double>(run.send_delay->ValueAtPercentile(99)) / 1e6,
                   static_cast<double>(run.crowd_send_delay->ValueAtPercentile(99)) / 1e6,
                   run.config.max_send_delay * 1e3);
      return kGeneratorTooBusy;
    }
    if (!run.DeliveredAll()) code = kDeliveriesWrong;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  std::string command;
  for (int i = 0; i < argc; ++i) absl::StrAppend(&command, i > 0 ? " " : "", argv[i]);
  parley::bench::DescribeProgram(
      "Loads a line server on a fixed schedule, checks and times every delivery.", __FILE__);
  if (absl::ParseCommandLine(argc, argv).size() > 1) {
    return Fail(absl::InvalidArgumentError("all settings are flags; see --help"));
  }
  const absl::StatusOr<ScenarioConfig> config = ConfigFromFlags();
  if (!config.ok()) return Fail(config.status());
  if (const absl::Status pinned = parley::bench::PinToCpu(config->run.cpu); !pinned.ok()) {
    return Fail(pinned);
  }
  const absl::StatusOr<ScenarioResult> result = parley::bench::RunScenario(*config);
  if (!result.ok()) return Fail(result.status());

  const int code = Judge(*result);
  if (code == kGeneratorTooBusy) return code;
  const parley::bench::MachineFacts machine = parley::bench::ReadMachineFacts();
  std::fputs(parley::bench::ToTable(*result, machine).c_str(), stdout);
  if (const std::string path = absl::GetFlag(FLAGS_json); !path.empty()) {
    std::ofstream file(path);
    file << parley::bench::ToJson(*result, machine, command);
    if (!file.flush()) {
      return Fail(absl::UnavailableError(absl::StrCat("cannot write ", path)));
    }
  }
  if (code == kDeliveriesWrong) {
    std::fputs("parley-bench: deliveries were not right; see the faults above\n", stderr);
  }
  return code;
}
