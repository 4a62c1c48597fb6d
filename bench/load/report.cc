#include "bench/load/report.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/load/json.h"

namespace parley::bench {
namespace {

constexpr double kShownPercentiles[] = {50, 99, 99.9};

double Millis(int64_t nanos) { return static_cast<double>(nanos) / 1e6; }

void AppendLatency(absl::string_view name, const Histogram& histogram, std::string* out) {
  if (histogram.count() == 0) return;
  absl::StrAppendFormat(out, "  %-18s", name);
  for (const double percentile : kShownPercentiles) {
    absl::StrAppendFormat(out, " %11.3f", Millis(histogram.ValueAtPercentile(percentile)));
  }
  absl::StrAppendFormat(out, " %11.3f %12d\n", Millis(histogram.max()), histogram.count());
}

void AppendCore(const RunResult& run, std::string* out) {
  if (run.server_core.has_value()) {
    const CpuUse& use = *run.server_core;
    const auto share = [&](int64_t part) {
      return 100.0 * static_cast<double>(part) / static_cast<double>(use.wall_ns);
    };
    absl::StrAppendFormat(
        out,
        "  server core        %.1f %% busy (user %.1f, system %.1f, interrupts %.1f, steal %.1f)",
        100 * use.BusyShare(), share(use.user_ns), share(use.system_ns), share(use.interrupt_ns),
        share(use.steal_ns));
    if (const std::optional<double> cost = run.CoreNanosPerDelivery(); cost.has_value()) {
      absl::StrAppendFormat(out, ", %.1f ns per delivery", *cost);
    }
    if (run.server_core_before.has_value()) {
      absl::StrAppendFormat(out, "; %.1f %% busy before",
                            100 * run.server_core_before->BusyShare());
    }
    absl::StrAppend(out, "\n");
  }
  if (run.config.hold_only) return;
  absl::StrAppendFormat(out, "  generator core     %.1f %% busy, %.1f %% with itself",
                        100 * run.generator_share, 100 * run.generator_own_share);
  if (run.receives_in_window > 0) {
    absl::StrAppendFormat(out, ", %.1f deliveries a recv()",
                          static_cast<double>(run.deliveries_in_window) /
                              static_cast<double>(run.receives_in_window));
  }
  absl::StrAppend(out, "\n");
}

void AppendCrowd(const RunResult& run, std::string* out) {
  const RunConfig& config = run.config;
  if (config.crowd == 0) return;
  absl::StrAppendFormat(
      out,
      "  busy room          %d people, %.6g lines/s; given %.1f of %.1f MB/s; own send delay p99 "
      "%.3f ms\n",
      config.crowd, config.crowd_lines_per_second,
      static_cast<double>(run.crowd_bytes_in_window) / 1e6 / config.seconds,
      run.crowd_offered_bytes / 1e6 / config.seconds,
      Millis(run.crowd_send_delay->ValueAtPercentile(99)));
}

void AppendMemory(const RunResult& run, std::string* out) {
  if (!run.memory_before.has_value() || !run.memory_admitted.has_value()) return;
  absl::StrAppendFormat(out, "  server memory      %.2f MB before, %.2f MB with all in",
                        static_cast<double>(*run.memory_before) / 1e6,
                        static_cast<double>(*run.memory_admitted) / 1e6);
  if (run.memory_after.has_value()) {
    absl::StrAppendFormat(out, ", %.2f MB at the end",
                          static_cast<double>(*run.memory_after) / 1e6);
  }
  absl::StrAppend(out, "\n");
}

void AppendRun(const RunResult& run, std::string* out) {
  const RunConfig& config = run.config;
  absl::StrAppendFormat(
      out, "%s (%s): %d recipients, rooms %d, publishers %d, %.6g lines/s of %d bytes, %.4g s\n",
      config.label, config.protocol, config.recipients, config.rooms, config.publishers,
      config.hold_only ? 0 : config.lines_per_second, config.payload_bytes,
      config.hold_only ? 0 : config.seconds);
  if (!config.hold_only) {
    absl::StrAppendFormat(out, "  deliveries/s       offered %.0f, achieved %.0f\n", run.offered,
                          run.achieved);
  }
  absl::StrAppendFormat(out, "  %-18s %11s %11s %11s %11s %12s\n", "latency, ms", "p50", "p99",
                        "p99.9", "max", "values");
  AppendLatency("each delivery", *run.delivery, out);
  AppendLatency("last recipient", *run.last, out);
  AppendLatency("tell", *run.tell, out);
  AppendLatency("own send delay", *run.send_delay, out);
  AppendLatency("login", *run.admission, out);
  AppendCrowd(run, out);
  AppendCore(run, out);
  AppendMemory(run, out);
  const Faults& faults = run.faults;
  absl::StrAppend(out, "  faults             lost=", faults.lost, " doubled=", faults.doubled,
                  " reordered=", faults.reordered, " corrupt=", faults.corrupt,
                  " foreign=", faults.foreign, " disconnected=", faults.disconnected,
                  " incomplete_lines=", run.incomplete_lines, "\n");
  if (config.stalled > 0) {
    absl::StrAppend(out, "  stalled            ", config.stalled, " recipients, ", run.skipped,
                    " lines not given to them, ", run.stalled_closed, " of them let go\n");
  }
  if (run.unsent_bytes > 0) {
    absl::StrAppend(out, "  publishers         could not send ", run.unsent_bytes, " bytes\n");
  }
}

void WriteHistogram(absl::string_view name, const Histogram& histogram, Json* json) {
  json->Key(name).Open('{');
  json->Key("count").Number(histogram.count());
  if (histogram.count() > 0) {
    json->Key("mean").Number(histogram.mean());
    json->Key("p50").Number(histogram.ValueAtPercentile(50));
    json->Key("p90").Number(histogram.ValueAtPercentile(90));
    json->Key("p99").Number(histogram.ValueAtPercentile(99));
    json->Key("p99.9").Number(histogram.ValueAtPercentile(99.9));
    json->Key("max").Number(histogram.max());
    // [value, how many values it and the ones before it since the last point stand for]
    json->Key("curve").Open('[');
    for (const Histogram::CurvePoint& point : histogram.Curve()) {
      json->Open('[').Number(point.value).Number(point.count).Close(']');
    }
    json->Close(']');
  }
  json->Close('}');
}

void WriteCore(absl::string_view name, const std::optional<CpuUse>& use, Json* json) {
  json->Key(name);
  if (!use.has_value()) {
    json->Null();
    return;
  }
  json->Open('{');
  json->Key("wall").Number(use->wall_ns).Key("busy").Number(use->busy_ns);
  json->Key("user").Number(use->user_ns).Key("system").Number(use->system_ns);
  json->Key("interrupts").Number(use->interrupt_ns).Key("steal").Number(use->steal_ns);
  json->Key("busy_share").Number(use->BusyShare()).Close('}');
}

void WriteConfig(const RunResult& run, Json* json) {
  const RunConfig& config = run.config;
  json->Key("label").Text(config.label).Key("protocol").Text(config.protocol);
  json->Key("recipients").Number(config.recipients).Key("rooms").Number(config.rooms);
  json->Key("publishers").Number(config.publishers);
  json->Key("lines_per_second").Number(config.hold_only ? 0 : config.lines_per_second);
  json->Key("payload_bytes").Number(uint64_t{config.payload_bytes});
  json->Key("seconds").Number(config.seconds).Key("warmup").Number(config.warmup);
  json->Key("trickle").Bool(config.trickle).Key("stalled").Number(config.stalled);
  json->Key("leavers").Number(config.leavers);
  json->Key("tells_per_second").Number(config.tells_per_second);
  json->Key("crowd").Number(config.crowd);
  json->Key("crowd_lines_per_second").Number(config.crowd > 0 ? config.crowd_lines_per_second : 0);
  json->Key("processes").Number(run.processes).Key("clients").Number(run.clients);
  json->Key("source_addresses").Number(config.source_addresses);
  json->Key("cpu").Number(config.cpu).Key("server_cpu").Number(config.server_cpu);
  json->Key("look_interval_us").Number(config.look_interval * 1e6);
  json->Key("say_interval_us").Number(config.say_interval * 1e6);
  json->Key("kernel_times").Bool(config.kernel_times);
  json->Key("max_generator_share").Number(config.max_generator_share);
  json->Key("max_send_delay_ms").Number(config.max_send_delay * 1e3);
}

// What came within each second of measured time: how a run goes on.
void WriteSeries(const RunResult& run, Json* json) {
  json->Key("seconds_series").Open('[');
  for (size_t second = 0; second < run.series.size(); ++second) {
    const Histogram& histogram = *run.series[second];
    json->Open('{').Key("second").Number(uint64_t{second});
    json->Key("deliveries").Number(histogram.count());
    json->Key("p50").Number(histogram.ValueAtPercentile(50));
    json->Key("p99").Number(histogram.ValueAtPercentile(99));
    json->Key("max").Number(histogram.max()).Close('}');
  }
  json->Close(']');
}

void WriteRun(const RunResult& run, Json* json) {
  json->Open('{');
  WriteConfig(run, json);
  json->Key("offered_deliveries_per_second").Number(run.offered);
  json->Key("achieved_deliveries_per_second").Number(run.achieved);
  json->Key("deliveries").Number(run.deliveries);
  json->Key("deliveries_in_window").Number(run.deliveries_in_window);
  json->Key("bytes_in_window").Number(run.bytes_in_window);
  json->Key("receives_in_window").Number(run.receives_in_window);
  json->Key("crowd_offered_bytes").Number(run.crowd_offered_bytes);
  json->Key("crowd_bytes_in_window").Number(run.crowd_bytes_in_window);
  json->Key("measured_lines").Number(run.measured_lines);

  const Faults& faults = run.faults;
  json->Key("lost").Number(faults.lost).Key("doubled").Number(faults.doubled);
  json->Key("reordered").Number(faults.reordered).Key("corrupt").Number(faults.corrupt);
  json->Key("foreign").Number(faults.foreign).Key("disconnected").Number(faults.disconnected);
  json->Key("incomplete_lines").Number(run.incomplete_lines);
  json->Key("skipped_by_stalled").Number(run.skipped);
  json->Key("stalled_closed").Number(run.stalled_closed);
  json->Key("other_frames").Number(run.other_frames);
  json->Key("unsent_bytes").Number(run.unsent_bytes);

  json->Key("server_core_ns_per_delivery").OptionalNumber(run.CoreNanosPerDelivery());
  WriteCore("server_core", run.server_core, json);
  WriteCore("server_core_before", run.server_core_before, json);
  json->Key("generator_share").Number(run.generator_share);
  json->Key("generator_own_share").Number(run.generator_own_share);
  json->Key("memory_before").OptionalNumber(run.memory_before);
  json->Key("memory_admitted").OptionalNumber(run.memory_admitted);
  json->Key("memory_after").OptionalNumber(run.memory_after);
  json->Key("all_admitted_seconds").Number(run.all_admitted_seconds);
  json->Key("quiet_seconds").Number(run.quiet_seconds);

  WriteSeries(run, json);
  json->Key("latency_ns").Open('{');
  WriteHistogram("delivery", *run.delivery, json);
  WriteHistogram("last_recipient", *run.last, json);
  WriteHistogram("tell", *run.tell, json);
  WriteHistogram("send_delay", *run.send_delay, json);
  WriteHistogram("crowd_send_delay", *run.crowd_send_delay, json);
  WriteHistogram("login", *run.admission, json);
  json->Close('}').Close('}');
}

}  // namespace

std::string ToTable(const ScenarioResult& result, const MachineFacts& machine) {
  std::string out;
  for (const auto& [name, value] : machine) absl::StrAppendFormat(&out, "%-34s %s\n", name, value);
  absl::StrAppend(&out, "\n");
  for (size_t i = result.may_fail ? result.runs.size() - 1 : 0; i < result.runs.size(); ++i) {
    AppendRun(result.runs[i], &out);
  }
  for (const auto& [name, value] : result.findings) {
    absl::StrAppendFormat(&out, "%-40s %.4g\n", name, value);
  }
  return out;
}

std::string ToJson(const ScenarioResult& result, const MachineFacts& machine,
                   absl::string_view command) {
  Json json;
  json.Open('{');
  json.Key("scenario").Text(result.name).Key("command").Text(command);
  json.Key("machine").Open('{');
  for (const auto& [name, value] : machine) json.Key(name).Text(value);
  json.Close('}');
  json.Key("findings").Open('{');
  for (const auto& [name, value] : result.findings) json.Key(name).Number(value);
  json.Close('}');
  json.Key("runs").Open('[');
  for (const RunResult& run : result.runs) WriteRun(run, &json);
  json.Close(']').Close('}');
  return json.text() + "\n";
}

}  // namespace parley::bench
