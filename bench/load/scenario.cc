#include "bench/load/scenario.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace parley::bench {
namespace {

double Ratio(double value, double base) { return base > 0 ? value / base : 0; }

double Percentile(const Histogram& histogram, double percentile) {
  return static_cast<double>(histogram.ValueAtPercentile(percentile));
}

absl::Status AddRun(RunConfig config, absl::string_view label, ScenarioResult* result) {
  config.label = std::string(label);
  absl::StatusOr<RunResult> run = Run(config);
  if (!run.ok()) return run.status();
  result->runs.push_back(*std::move(run));
  return absl::OkStatus();
}

absl::Status FanOut(const ScenarioConfig& config, ScenarioResult* result) {
  return AddRun(config.run, "fan-out", result);
}

absl::Status Rooms(const ScenarioConfig& config, ScenarioResult* result) {
  RunConfig run = config.run;
  if (run.rooms == 1) run.rooms = std::max(1, run.recipients / 10);
  run.publishers = std::max(run.publishers, run.rooms);
  return AddRun(run, "rooms", result);
}

absl::Status LoginStorm(const ScenarioConfig& config, ScenarioResult* result) {
  RunConfig run = config.run;
  run.hold_only = true;
  run.connect_window = run.recipients + run.publishers;
  if (absl::Status status = AddRun(run, "login storm", result); !status.ok()) return status;
  const RunResult& storm = result->runs.back();
  result->findings.emplace_back("all let in, ms", storm.all_admitted_seconds * 1e3);
  result->findings.emplace_back("all quiet, ms", storm.quiet_seconds * 1e3);
  result->findings.emplace_back("logins/s", Ratio(storm.clients, storm.all_admitted_seconds));
  return absl::OkStatus();
}

absl::Status MassLeave(const ScenarioConfig& config, ScenarioResult* result) {
  RunConfig run = config.run;
  run.leavers = static_cast<int>(std::lround(run.recipients * config.leaving_share));
  return AddRun(run, absl::StrCat("mass leave of ", run.leavers), result);
}

absl::Status SlowReaders(const ScenarioConfig& config, ScenarioResult* result) {
  if (absl::Status status = AddRun(config.run, "all read", result); !status.ok()) return status;
  RunConfig run = config.run;
  run.stalled = static_cast<int>(std::lround(run.recipients * config.stalled_share));
  if (absl::Status status = AddRun(run, absl::StrCat(run.stalled, " have stopped"), result);
      !status.ok()) {
    return status;
  }
  const RunResult& all = result->runs[0];
  const RunResult& some = result->runs[1];
  result->findings.emplace_back(
      "p99 of the others / p99 when all read",
      Ratio(Percentile(*some.delivery, 99), Percentile(*all.delivery, 99)));
  result->findings.emplace_back(
      "p50 of the others / p50 when all read",
      Ratio(Percentile(*some.delivery, 50), Percentile(*all.delivery, 50)));
  if (some.memory_admitted.has_value() && some.memory_after.has_value()) {
    result->findings.emplace_back("server's own memory grew by, bytes",
                                  static_cast<double>(*some.memory_after - *some.memory_admitted));
  }
  return absl::OkStatus();
}

absl::Status Trickle(const ScenarioConfig& config, ScenarioResult* result) {
  RunConfig run = config.run;
  run.trickle = true;
  return AddRun(run, "trickle", result);
}

absl::Status IdleMemory(const ScenarioConfig& config, ScenarioResult* result) {
  if (config.run.server_pid == 0) {
    return absl::InvalidArgumentError("idle-memory needs --server_pid");
  }
  RunConfig run = config.run;
  run.hold_only = true;
  if (absl::Status status = AddRun(run, "idle memory", result); !status.ok()) return status;
  const RunResult& idle = result->runs.back();
  if (!idle.memory_before.has_value() || !idle.memory_admitted.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("the memory of process ", run.server_pid, " could not be read"));
  }
  const auto grown = static_cast<double>(*idle.memory_admitted - *idle.memory_before);
  result->findings.emplace_back("own memory per connection, bytes", grown / idle.clients);
  return absl::OkStatus();
}

absl::Status TellLatency(const ScenarioConfig& config, ScenarioResult* result) {
  RunConfig run = config.run;
  if (run.tells_per_second <= 0) run.tells_per_second = 100;
  RunConfig silent = run;
  silent.lines_per_second = 0;
  if (absl::Status status = AddRun(silent, "tells alone", result); !status.ok()) return status;
  if (absl::Status status = AddRun(run, "tells in a fan-out", result); !status.ok()) return status;
  for (const double percentile : {50.0, 99.0}) {
    result->findings.emplace_back(absl::StrCat("p", percentile, " of tells in a fan-out / alone"),
                                  Ratio(Percentile(*result->runs[1].tell, percentile),
                                        Percentile(*result->runs[0].tell, percentile)));
  }
  return absl::OkStatus();
}

absl::Status SmallRoom(const ScenarioConfig& config, ScenarioResult* result) {
  RunConfig run = config.run;
  if (run.crowd < 1) return absl::InvalidArgumentError("small-room needs --crowd: the busy room");
  run.recipients = 2 * run.rooms;
  run.publishers = run.rooms;
  run.kernel_times = true;
  RunConfig quiet = run;
  quiet.crowd_lines_per_second = 0;
  if (absl::Status status = AddRun(quiet, "the busy room is silent", result); !status.ok()) {
    return status;
  }
  if (absl::Status status = AddRun(run, "beside the busy room", result); !status.ok()) {
    return status;
  }
  const Histogram& alone = *result->runs[0].delivery;
  const Histogram& beside = *result->runs[1].delivery;
  for (const double percentile : {50.0, 99.0, 100.0}) {
    const double more = Percentile(beside, percentile) - Percentile(alone, percentile);
    result->findings.emplace_back(percentile < 100
                                      ? absl::StrCat("p", percentile, " above quiet, ms")
                                      : "max above quiet, ms",
                                  more / 1e6);
  }
  const RunResult& busy = result->runs[1];
  result->findings.emplace_back(
      "of what was said in the busy room it was given",
      Ratio(static_cast<double>(busy.crowd_bytes_in_window), busy.crowd_offered_bytes));
  return absl::OkStatus();
}

// Doubles the rate until the bound breaks, then halves the distance in the logarithm.
absl::Status Search(const ScenarioConfig& config, ScenarioResult* result) {
  constexpr double kCloseEnough = 1.05;
  const double bound = config.p99_bound_ms * 1e6;
  result->may_fail = true;
  RunConfig run = config.run;
  double good = 0;
  double bad = 0;
  std::map<double, size_t> run_at;
  while (bad == 0 || good == 0 || bad / good > kCloseEnough) {
    if (good == 0 && run.lines_per_second < 0.01) {
      return absl::NotFoundError("no rate keeps the bound");
    }
    absl::Status status =
        AddRun(run, absl::StrFormat("search at %.4g lines/s", run.lines_per_second), result);
    if (!status.ok()) return status;
    const RunResult& step = result->runs.back();
    const bool kept = step.DeliveredAll() && step.GeneratorHadRoom() &&
                      Percentile(*step.delivery, 99) <= bound &&
                      step.achieved >= 0.98 * step.offered;
    std::fprintf(stderr, "%-28s p99 %10.3f ms, generator %4.1f %% busy: %s\n",
                 step.config.label.c_str(), Percentile(*step.delivery, 99) / 1e6,
                 step.generator_share * 100, kept ? "kept" : "broken");
    run_at[run.lines_per_second] = result->runs.size() - 1;
    (kept ? good : bad) = run.lines_per_second;
    if (bad == 0) {
      run.lines_per_second = good * 2;
    } else if (good == 0) {
      run.lines_per_second = bad / 2;
    } else {
      run.lines_per_second = std::sqrt(good * bad);
    }
  }
  const RunResult& broken = result->runs[run_at[bad]];
  result->findings.emplace_back("highest lines/s under the bound", good);
  result->findings.emplace_back("highest deliveries/s under the bound",
                                result->runs[run_at[good]].achieved);
  result->findings.emplace_back("the generator was the limit (1: yes)",
                                broken.GeneratorHadRoom() ? 0 : 1);
  // The answer stands last.
  std::swap(result->runs[run_at[good]], result->runs.back());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ScenarioResult> RunScenario(const ScenarioConfig& config) {
  using Scenario = absl::Status (*)(const ScenarioConfig&, ScenarioResult*);
  static constexpr std::pair<absl::string_view, Scenario> kScenarios[] = {
      {"fanout", FanOut},
      {"rooms", Rooms},
      {"login-storm", LoginStorm},
      {"mass-leave", MassLeave},
      {"slow-readers", SlowReaders},
      {"trickle", Trickle},
      {"idle-memory", IdleMemory},
      {"tell-latency", TellLatency},
      {"small-room", SmallRoom},
      {"search", Search},
  };
  ScenarioResult result;
  result.name = config.name;
  std::string known;
  for (const auto& [name, scenario] : kScenarios) {
    absl::StrAppend(&known, known.empty() ? "" : ", ", name);
    if (config.name != name) continue;
    const absl::Status status = scenario(config, &result);
    if (!status.ok()) return status;
    return result;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no scenario '", config.name, "'; known: ", known));
}

}  // namespace parley::bench
