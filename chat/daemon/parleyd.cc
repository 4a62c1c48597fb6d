// parleyd: the chat server. Flags in, service out; `parleyd --help` lists them.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chat/daemon/daemon.h"
#include "chat/daemon/duration_flag.h"
#include "chat/daemon/service_notify.h"
#include "chat/program/command_line.h"
#include "reactor/base/log.h"
#include "reactor/base/log_writer.h"

ABSL_FLAG(
    std::string, listen, "friendly@127.0.0.1:5267",
    "where to listen: PROFILE@HOST:PORT or PROFILE@unix:PATH, repeated or separated by commas; "
    "profiles are friendly, classic, qq, relay and pickle; host * means every address; "
    "PROFILE+room=NAME lets its people begin in a room of their own");
ABSL_FLAG(
    uint32_t, threads, 1,
    "1: one thread does everything; more: so many I/O threads, and the main thread for the rooms");
ABSL_FLAG(std::string, engine, "auto", "how to wait for the kernel: auto, or an engine by name");
ABSL_FLAG(uint32_t, max_line_bytes, parley::chat::Limits().max_line_bytes,
          "a longer line is dropped and its sender told; 0: 16 MiB");
ABSL_FLAG(uint32_t, max_connections, parley::chat::Limits().max_connections,
          "more connections are refused with a sentence; 0: no limit but the open files");
ABSL_FLAG(uint32_t, max_connections_per_address, parley::chat::Limits().max_connections_per_address,
          "the same for one address, or one IPv6 /64; 0: no limit");
ABSL_FLAG(parley::chat::DurationFlag, login_deadline, {parley::chat::Limits().login_deadline},
          "who has not logged in by then is disconnected; 0: no limit");
ABSL_FLAG(parley::chat::DurationFlag, idle_time, {parley::chat::Limits().idle_time},
          "who has said nothing for so long is disconnected; 0: no limit");
ABSL_FLAG(
    parley::chat::DurationFlag, peer_timeout, {parley::chat::Limits().peer_timeout},
    "who has vanished without a word, or reads nothing of what waits for them, is disconnected "
    "after so long; 0: no limit but the kernel's");
ABSL_FLAG(uint32_t, max_lines_per_second, parley::chat::Limits().max_lines_per_second,
          "of one connection; more wait, bursts of two seconds pass; 0: no limit");
ABSL_FLAG(uint32_t, max_bytes_per_second, parley::chat::Limits().max_bytes_per_second,
          "likewise the bytes of its lines, and 64 more for each line; 0: no limit");
ABSL_FLAG(
    uint32_t, max_bytes_per_second_per_address,
    parley::chat::Limits().max_bytes_per_second_per_address,
    "the same for all connections of one address, or one IPv6 /64, together, whose lines wait "
    "in turn; not for unix sockets; 0: no limit");
ABSL_FLAG(
    uint32_t, max_lag_bytes, parley::chat::Limits().max_lag_bytes,
    "a reader that is further behind is disconnected, with the policy skip only when it is so "
    "far behind with what is not skipped (replies, tells); 0: no limit");
ABSL_FLAG(std::string, lag_policy, "skip",
          "what happens to a reader that is too slow: skip lines and say how many, or disconnect; "
          "--listen=PROFILE+disconnect@ADDRESS says it for one listener");
ABSL_FLAG(uint32_t, soft_lag_bytes, parley::chat::Limits().soft_lag_bytes,
          "with the policy skip: a reader that is further behind has lines skipped; 0: never");
ABSL_FLAG(
    parley::chat::DurationFlag, longest_lag, {parley::chat::Limits().longest_lag},
    "with the policy skip: who has not read by then how many lines were skipped is disconnected; "
    "0: no limit");
ABSL_FLAG(bool, console, false,
          "print on standard output what the servers of the originals print, and stop at a line on "
          "standard input");

namespace parley::chat {
namespace {

constexpr uint32_t kMaxThreads = 256;

ProgramDescription Describe() {
  return {
      .name = "parleyd",
      .usage = "parleyd [--listen=PROFILE@ADDRESS] [flags]: the Parley chat server",
      .source = __FILE__,
      .groups = {{"Where and how it serves", {"listen", "threads", "engine", "console"}},
                 {"Who may come and stay",
                  {"max_connections", "max_connections_per_address", "login_deadline",
                   "idle_time"}},
                 {"What each may send", {"max_line_bytes", "max_lines_per_second"}},
                 {"Readers that are too slow",
                  {"lag_policy", "max_lag_bytes", "soft_lag_bytes", "longest_lag"}}},
  };
}

// Abseil keeps the last of a repeated flag; --listen adds up.
std::vector<std::string> JoinRepeatedListen(int argc, char** argv) {
  std::vector<std::string> arguments;
  std::vector<std::string> listens;
  for (int i = 0; i < argc; ++i) {
    absl::string_view argument = argv[i];
    absl::string_view flag = argument;
    if (absl::StartsWith(flag, "--")) flag.remove_prefix(1);
    if (absl::StartsWith(flag, "-listen=")) {
      listens.emplace_back(flag.substr(flag.find('=') + 1));
    } else if (flag == "-listen" && i + 1 < argc) {
      listens.emplace_back(argv[++i]);
    } else {
      arguments.emplace_back(argument);
    }
  }
  if (!listens.empty()) {
    arguments.insert(arguments.begin() + 1, absl::StrCat("--listen=", absl::StrJoin(listens, ",")));
  }
  return arguments;
}

absl::StatusOr<DaemonOptions> OptionsFromFlags() {
  DaemonOptions options;
  absl::StatusOr<std::vector<ListenSpec>> listen = ParseListenSpecs(absl::GetFlag(FLAGS_listen));
  if (!listen.ok()) return listen.status();
  options.listen = *std::move(listen);
  options.threads = absl::GetFlag(FLAGS_threads);
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return absl::InvalidArgumentError(
        absl::StrCat("--threads=", options.threads, " is not between 1 and ", kMaxThreads));
  }
  options.engine = absl::GetFlag(FLAGS_engine);
  Limits& limits = options.limits;
  limits.max_line_bytes = absl::GetFlag(FLAGS_max_line_bytes);
  limits.max_connections = absl::GetFlag(FLAGS_max_connections);
  limits.max_connections_per_address = absl::GetFlag(FLAGS_max_connections_per_address);
  limits.max_lines_per_second = absl::GetFlag(FLAGS_max_lines_per_second);
  limits.max_bytes_per_second = absl::GetFlag(FLAGS_max_bytes_per_second);
  limits.max_bytes_per_second_per_address = absl::GetFlag(FLAGS_max_bytes_per_second_per_address);
  limits.max_lag_bytes = absl::GetFlag(FLAGS_max_lag_bytes);
  limits.soft_lag_bytes = absl::GetFlag(FLAGS_soft_lag_bytes);
  absl::StatusOr<LagPolicy> lag_policy = ParseLagPolicy(absl::GetFlag(FLAGS_lag_policy));
  if (!lag_policy.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--lag_policy: ", lag_policy.status().message()));
  }
  options.lag_policy = *lag_policy;
  options.console = absl::GetFlag(FLAGS_console);
  limits.login_deadline = absl::GetFlag(FLAGS_login_deadline).value;
  limits.longest_lag = absl::GetFlag(FLAGS_longest_lag).value;
  limits.idle_time = absl::GetFlag(FLAGS_idle_time).value;
  limits.peer_timeout = absl::GetFlag(FLAGS_peer_timeout).value;
  return options;
}

// Whether a line was read; false at the end of the input, and where it cannot be read.
bool ReadLine() {
  char piece[256];
  while (true) {
    const ssize_t got = ::read(STDIN_FILENO, piece, sizeof(piece));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    if (std::memchr(piece, '\n', static_cast<size_t>(got)) != nullptr) return true;
  }
}

// Stops the daemon at a line on standard input; the end of input is none. A read cannot be called
// off, so the thread is left behind when the process ends, and the daemon taken away from it.
class InputWatch {
 public:
  explicit InputWatch(Daemon& daemon) : shared_(std::make_shared<Shared>()) {
    shared_->daemon = &daemon;
    // A process in the background that reads its terminal would be stopped, all of it.
    std::signal(SIGTTIN, SIG_IGN);
    std::thread([shared = shared_] {
      if (!ReadLine()) return;
      const std::lock_guard<std::mutex> lock(shared->mutex);
      if (shared->daemon != nullptr) shared->daemon->Stop();
    }).detach();
  }
  ~InputWatch() {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->daemon = nullptr;
  }
  InputWatch(const InputWatch&) = delete;
  InputWatch& operator=(const InputWatch&) = delete;

 private:
  struct Shared {
    std::mutex mutex;
    Daemon* daemon = nullptr;
  };
  const std::shared_ptr<Shared> shared_;
};

std::string FormatForJournal(Severity severity, absl::string_view message) {
  const int priority = severity == Severity::kError     ? 3
                       : severity == Severity::kWarning ? 4
                       : severity == Severity::kInfo    ? 6
                                                        : 7;
  return absl::StrCat("<", priority, ">", message);
}

int Fail(const absl::Status& status) {
  LogWriter::WriteLastWords(absl::StrCat("parleyd: ", status.message()));
  return 1;
}

// A socket that got the number of a closed standard stream would be sent what is logged.
void OpenStandardStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // The lowest number that is free is the one that is missing.
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

// Limits that are each allowed and together are not what anybody wants.
void WarnOfLimits(const Limits& limits) {
  if (limits.max_lag_bytes == 0 || limits.longest_line_bytes() <= limits.max_lag_bytes) return;
  Log(Severity::kWarning,
      absl::StrCat("--max_lag_bytes=", limits.max_lag_bytes, " is less than one line may have (",
                   "--max_line_bytes=", limits.max_line_bytes,
                   limits.max_line_bytes == 0
                       ? absl::StrCat(": ", kLongestLineBytes / (1024 * 1024), " MiB")
                       : std::string(),
                   "): such a line disconnects whoever is told it and, with the policy disconnect, "
                   "hears it"));
}

int Main(int argc, char** argv) {
  OpenStandardStreams();
  std::vector<std::string> arguments = JoinRepeatedListen(argc, argv);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size());
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  const std::vector<char*> rest =
      ParseCommandLine(Describe(), static_cast<int>(pointers.size()), pointers.data());
  if (rest.size() > 1) {
    return Fail(absl::InvalidArgumentError(
        absl::StrCat("unexpected argument \"", rest[1], "\"; parleyd takes flags only")));
  }
  if (LogsToJournal()) SetLogFormat(&FormatForJournal);
  absl::StatusOr<DaemonOptions> options = OptionsFromFlags();
  if (!options.ok()) return Fail(options.status());
  WarnOfLimits(options->limits);
  const bool has_console = options->console;
  absl::StatusOr<std::unique_ptr<Daemon>> daemon = Daemon::Start(*std::move(options));
  if (!daemon.ok()) return Fail(daemon.status());
  const std::string where = absl::StrJoin((*daemon)->addresses(), ", ");
  Log(Severity::kInfo,
      absl::StrCat("parleyd listens on ", where, " (engine ", (*daemon)->engine_name(), ")"));
  NotifyReady(absl::StrCat("Listening on ", where));
  {
    std::optional<InputWatch> input;
    if (has_console) input.emplace(**daemon);
    (*daemon)->Run();
  }
  daemon->reset();  // what it has left to tell the log comes first
  Log(Severity::kInfo, "parleyd has stopped");
  return 0;
}

}  // namespace
}  // namespace parley::chat

int main(int argc, char** argv) { return parley::chat::Main(argc, argv); }
