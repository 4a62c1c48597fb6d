#include "bench/load/run.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/clock.h"
#include "bench/load/client.h"
#include "bench/load/schedule.h"
#include "bench/load/shared_array.h"
#include "bench/load/worker.h"
#include "bench/protocol.h"

namespace parley::bench {
namespace {

constexpr int64_t kPollInterval = 5 * kNanosPerMilli;
// When nothing has come for so long, the talk about who came in has ended.
constexpr int64_t kQuiet = 300 * kNanosPerMilli;
constexpr int64_t kLongestWaitForQuiet = 60 * kNanosPerSecond;
constexpr int64_t kBackgroundTime = 500 * kNanosPerMilli;
constexpr int64_t kLeadTime = 100 * kNanosPerMilli;
// Of a load that is not timed it is enough that it comes evenly.
constexpr int64_t kMostCrowdDelay = 20 * kNanosPerMilli;

// The forked workers. Ends those that are still there when it goes.
class Workers {
 public:
  Workers() = default;
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() {
    for (const pid_t pid : pids_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }

  absl::Status Fork(const RunPlan& plan, int index, RunControl* control, WorkerRecord* record,
                    LineRecord* lines, Histogram* series) {
    const pid_t pid = ::fork();
    if (pid < 0) return absl::ErrnoToStatus(errno, "cannot fork");
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const absl::Status status = Worker(plan, index, control, record, lines, series).Run();
      const absl::string_view message = status.message();
      std::copy_n(message.data(), std::min(message.size(), record->error.size() - 1),
                  record->error.data());
      ::_exit(status.ok() ? 0 : 1);
    }
    pids_.push_back(pid);
    return absl::OkStatus();
  }

  // Collects who has ended. Not OK when one of them failed.
  absl::Status Reap() {
    for (size_t i = 0; i < pids_.size();) {
      int how = 0;
      if (::waitpid(pids_[i], &how, WNOHANG) != pids_[i]) {
        ++i;
        continue;
      }
      pids_.erase(pids_.begin() + static_cast<std::ptrdiff_t>(i));
      if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
        return absl::AbortedError("a worker of the load generator failed");
      }
    }
    return absl::OkStatus();
  }

  bool all_ended() const { return pids_.empty(); }

 private:
  std::vector<pid_t> pids_;
};

struct Shared {
  SharedArray<RunControl> control;
  SharedArray<WorkerRecord> records;
  SharedArray<LineRecord> lines;
  SharedArray<Histogram> series;
};

absl::Status Explain(const absl::Status& status, const Shared& shared) {
  for (size_t i = 0; i < shared.records.size(); ++i) {
    const char* error = shared.records[i].error.data();
    if (*error != '\0') return absl::Status(status.code(), error);
  }
  return status;
}

int ProcessesFor(const RunConfig& config, size_t clients) {
  rlimit files = {};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  constexpr size_t kOtherDescriptors = 64;
  const size_t each = std::min<size_t>(static_cast<size_t>(config.connections_per_process),
                                       files.rlim_cur - kOtherDescriptors);
  return std::max(config.processes, static_cast<int>((clients + each - 1) / each));
}

// Waits until `done` says so, as long as no worker fails.
template <typename Condition>
absl::Status WaitFor(Workers* workers, const Condition& done) {
  while (!done()) {
    if (absl::Status status = workers->Reap(); !status.ok()) return status;
    SleepUntil(Now() + kPollInterval);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CpuSample>> SampleIfWanted(int cpu) {
  if (cpu < 0) return std::optional<CpuSample>();
  absl::StatusOr<CpuSample> sample = SampleCpu(cpu);
  if (!sample.ok()) return sample.status();
  return std::optional<CpuSample>(*sample);
}

std::optional<int64_t> MemoryIfWanted(pid_t pid) {
  if (pid == 0) return std::nullopt;
  const absl::StatusOr<int64_t> memory = OwnMemoryOf(pid);
  return memory.ok() ? std::optional<int64_t>(*memory) : std::nullopt;
}

// Everybody in, and nothing more said about it.
absl::Status WaitForQuiet(Workers* workers, Shared* shared, int processes) {
  RunControl& control = shared->control[0];
  absl::Status status = WaitFor(workers, [&] { return control.ready_workers.load() == processes; });
  if (!status.ok()) return status;
  const int64_t ready = Now();
  return WaitFor(workers, [&] {
    const int64_t since = std::max(ready, control.last_byte_ns.load());
    return Now() - since > kQuiet || Now() - ready > kLongestWaitForQuiet;
  });
}

// From the word to begin until every worker has ended.
absl::Status Measure(const RunConfig& config, Workers* workers, Shared* shared, RunResult* result) {
  const absl::StatusOr<std::optional<CpuSample>> idle = SampleIfWanted(config.server_cpu);
  if (!idle.ok()) return idle.status();
  SleepUntil(Now() + kBackgroundTime);
  const absl::StatusOr<std::optional<CpuSample>> idle_end = SampleIfWanted(config.server_cpu);
  if (!idle_end.ok()) return idle_end.status();
  if (idle->has_value()) result->server_core_before = UseBetween(**idle, **idle_end);

  const int64_t start = Now() + kLeadTime;
  const int64_t begin = start + static_cast<int64_t>(config.warmup * 1e9);
  shared->control[0].start_ns.store(start);
  shared->control[0].command.store(RunControl::kStart);

  SleepUntil(begin);
  const absl::StatusOr<std::optional<CpuSample>> server = SampleIfWanted(config.server_cpu);
  const absl::StatusOr<std::optional<CpuSample>> own = SampleIfWanted(config.cpu);
  if (!server.ok()) return server.status();
  if (!own.ok()) return own.status();
  SleepUntil(begin + static_cast<int64_t>(config.seconds * 1e9));
  const absl::StatusOr<std::optional<CpuSample>> server_end = SampleIfWanted(config.server_cpu);
  const absl::StatusOr<std::optional<CpuSample>> own_end = SampleIfWanted(config.cpu);
  if (!server_end.ok()) return server_end.status();
  if (!own_end.ok()) return own_end.status();
  result->memory_after = MemoryIfWanted(config.server_pid);

  if (server->has_value()) result->server_core = UseBetween(**server, **server_end);
  absl::Status ended = WaitFor(workers, [&] { return workers->all_ended(); });
  for (size_t i = 0; i < shared->records.size(); ++i) {
    result->generator_own_share +=
        static_cast<double>(shared->records[i].cpu_in_window_ns) / (config.seconds * 1e9);
  }
  result->generator_share =
      own->has_value() ? UseBetween(**own, **own_end).BusyShare() : result->generator_own_share;
  return ended;
}

// How many seconds of measured time have a histogram of their own.
size_t SeriesLength(const RunConfig& config) {
  return config.series ? static_cast<size_t>(std::ceil(config.seconds)) : 0;
}

void AddRecord(const WorkerRecord& record, RunResult* result) {
  Faults& faults = result->faults;
  faults.lost += record.faults.lost;
  faults.doubled += record.faults.doubled;
  faults.reordered += record.faults.reordered;
  faults.corrupt += record.faults.corrupt;
  faults.foreign += record.faults.foreign;
  faults.disconnected += record.faults.disconnected;
  result->deliveries += record.deliveries;
  result->deliveries_in_window += record.deliveries_in_window;
  result->bytes_in_window += record.bytes_in_window;
  result->receives_in_window += record.receives_in_window;
  result->skipped += record.skipped;
  result->stalled_closed += record.stalled_closed;
  result->other_frames += record.other_frames;
  result->unsent_bytes += record.unsent_bytes;
  result->delivery->Merge(record.delivery);
  result->tell->Merge(record.tell);
  result->admission->Merge(record.admission);
  result->send_delay->Merge(record.send_delay);
}

// The crowd has no deliveries, only bytes; of faults it can have that the server let it go.
void AddCrowd(const WorkerRecord& record, RunResult* result) {
  result->crowd_bytes_in_window = record.bytes_in_window;
  result->crowd_send_delay->Merge(record.send_delay);
  result->faults.disconnected += record.faults.disconnected;
  result->unsent_bytes += record.unsent_bytes;
}

// A line's time to its last recipient is the latest that any worker noted for it.
void AddLines(const RunPlan& plan, const std::vector<uint32_t>& recorded, int64_t start,
              Shared* shared, RunResult* result) {
  const Schedule& schedule = *plan.schedule;
  const uint64_t lines = schedule.measured_lines();
  const auto rooms = static_cast<uint32_t>(plan.config->rooms);
  for (uint64_t line = 0; line < lines; ++line) {
    LineRecord all;
    for (uint64_t worker = 0; worker < static_cast<uint64_t>(plan.workers); ++worker) {
      const LineRecord& part = shared->lines[worker * lines + line];
      all.last_ns = std::max(all.last_ns, part.last_ns);
      all.received += part.received;
    }
    const uint64_t number = schedule.first_measured() + line;
    const uint32_t room = schedule.PublisherOf(number) % rooms;
    if (all.received < recorded[room]) {
      ++result->incomplete_lines;
    } else if (recorded[room] > 0) {
      result->last->Record(all.last_ns - (start + schedule.LineTime(number)));
    }
  }
}

void Conclude(const RunPlan& plan, const std::vector<Client>& clients, Shared* shared,
              RunResult* result) {
  int64_t first_connect = Now();
  int64_t last_ready = 0;
  for (size_t i = 0; i < shared->records.size(); ++i) {
    if (i < static_cast<size_t>(plan.workers)) {
      AddRecord(shared->records[i], result);
    } else {
      AddCrowd(shared->records[i], result);
    }
    first_connect = std::min(first_connect, shared->records[i].first_connect_ns);
    last_ready = std::max(last_ready, shared->records[i].last_ready_ns);
  }
  result->all_admitted_seconds = Seconds(last_ready - first_connect);
  result->quiet_seconds =
      Seconds(std::max(last_ready, shared->control[0].last_byte_ns.load()) - first_connect);
  if (plan.config->hold_only) return;
  result->series.resize(SeriesLength(*plan.config));
  for (size_t i = 0; i < shared->series.size(); ++i) {
    auto& second = result->series[i % result->series.size()];
    if (second == nullptr) second = std::make_unique<Histogram>();
    second->Merge(shared->series[i]);
  }
  const std::vector<uint32_t> recorded = RecordedByRoom(*plan.config, clients);
  result->measured_lines = plan.schedule->measured_lines();
  AddLines(plan, recorded, shared->control[0].start_ns.load(), shared, result);
  double recipients = 0;
  for (const Client& client : clients) {
    if (!client.reception.listens || client.stalls) continue;
    recipients += client.leaves ? 0.5 : 1;  // they leave in the middle
  }
  const RunConfig& config = *plan.config;
  result->crowd_offered_bytes = static_cast<double>(plan.crowd->measured_lines()) * config.crowd *
                                static_cast<double>(config.payload_bytes);
  result->offered = config.lines_per_second * recipients / config.rooms;
  result->achieved = static_cast<double>(result->deliveries_in_window) / config.seconds;
}

RunResult EmptyResult(const RunPlan& plan, size_t clients) {
  RunResult result;
  result.config = *plan.config;
  result.processes = plan.workers + (plan.config->crowd > 0 ? 1 : 0);
  result.clients = static_cast<int>(clients);
  for (auto* histogram : {&result.delivery, &result.last, &result.tell, &result.admission,
                          &result.send_delay, &result.crowd_send_delay}) {
    *histogram = std::make_unique<Histogram>();
  }
  result.memory_before = MemoryIfWanted(plan.config->server_pid);
  return result;
}

}  // namespace

absl::StatusOr<int64_t> OwnMemoryOf(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  std::string word;
  while (status >> word) {
    if (word != "RssAnon:") continue;
    int64_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes * 1024;
  }
  return absl::NotFoundError(absl::StrCat("process ", pid, " tells nothing of its memory"));
}

bool RunResult::DeliveredAll() const {
  return faults.lost == 0 && faults.doubled == 0 && faults.reordered == 0 && faults.corrupt == 0 &&
         faults.foreign == 0 && faults.disconnected == 0 && incomplete_lines == 0;
}

bool RunResult::SpokeInTime() const {
  if (config.max_send_delay <= 0) return true;
  const auto most = static_cast<int64_t>(config.max_send_delay * kNanosPerSecond);
  return send_delay->ValueAtPercentile(99) <= most &&
         crowd_send_delay->ValueAtPercentile(99) <= kMostCrowdDelay;
}

std::optional<double> RunResult::CoreNanosPerDelivery() const {
  if (!server_core.has_value() || deliveries_in_window == 0) return std::nullopt;
  return static_cast<double>(server_core->busy_ns) / static_cast<double>(deliveries_in_window);
}

absl::StatusOr<RunResult> Run(const RunConfig& config) {
  if (const absl::Status status = CheckRunConfig(config); !status.ok()) return status;
  const std::unique_ptr<Protocol> protocol = *MakeProtocol(config.protocol, AllRooms(config));
  const std::vector<Client> clients = MakeClients(config, *protocol);
  const size_t text_size = protocol->TextSize(config.payload_bytes);
  std::string message;
  protocol->AppendPublish(clients[0].identity, std::string(text_size, '.'), &message);
  ScheduleConfig timing = {.publishers = static_cast<uint32_t>(config.publishers),
                           .lines_per_second = config.lines_per_second,
                           .warmup = config.warmup,
                           .seconds = config.seconds,
                           .pieces_per_line = config.trickle ? message.size() : 1};
  const Schedule schedule(timing);
  timing.publishers = 1;
  timing.lines_per_second = config.tells_per_second;
  timing.pieces_per_line = 1;
  const Schedule tells(timing);
  timing.publishers = static_cast<uint32_t>(CrowdSpeakers(config));
  timing.lines_per_second = config.crowd_lines_per_second;
  const Schedule crowd(timing);
  const RunPlan plan = {.config = &config,
                        .protocol = protocol.get(),
                        .schedule = &schedule,
                        .tells = &tells,
                        .crowd = &crowd,
                        .text_size = text_size,
                        .pieces_per_line = config.trickle ? message.size() : 1,
                        .workers = ProcessesFor(config, clients.size())};
  const auto checking = static_cast<size_t>(plan.workers);
  const size_t workers_count = checking + (config.crowd > 0 ? 1 : 0);

  absl::StatusOr<SharedArray<RunControl>> control = SharedArray<RunControl>::Make(1);
  absl::StatusOr<SharedArray<WorkerRecord>> records =
      SharedArray<WorkerRecord>::Make(workers_count);
  absl::StatusOr<SharedArray<LineRecord>> lines =
      SharedArray<LineRecord>::Make(checking * schedule.measured_lines());
  if (!control.ok()) return control.status();
  if (!records.ok()) return records.status();
  absl::StatusOr<SharedArray<Histogram>> series =
      SharedArray<Histogram>::Make(checking * SeriesLength(config));
  if (!lines.ok()) return lines.status();
  if (!series.ok()) return series.status();
  Shared shared{*std::move(control), *std::move(records), *std::move(lines), *std::move(series)};

  RunResult result = EmptyResult(plan, clients.size() + MakeCrowd(config, *protocol, 0).size());

  Workers workers;
  for (size_t i = 0; i < workers_count; ++i) {
    const bool checks = i < checking;
    const absl::Status forked = workers.Fork(
        plan, static_cast<int>(i), &shared.control[0], &shared.records[i],
        checks ? shared.lines.data() + i * schedule.measured_lines() : nullptr,
        checks && config.series ? shared.series.data() + i * SeriesLength(config) : nullptr);
    if (!forked.ok()) return forked;
  }
  absl::Status status = WaitForQuiet(&workers, &shared, static_cast<int>(workers_count));
  if (!status.ok()) return Explain(status, shared);
  result.memory_admitted = MemoryIfWanted(config.server_pid);
  if (config.hold_only) {
    shared.control[0].command.store(RunControl::kStop);
    status = WaitFor(&workers, [&] { return workers.all_ended(); });
  } else {
    status = Measure(config, &workers, &shared, &result);
  }
  if (!status.ok()) return Explain(status, shared);
  Conclude(plan, clients, &shared, &result);
  return result;
}

}  // namespace parley::bench
