#ifndef BENCH_LOAD_RUN_CONFIG_H_
#define BENCH_LOAD_RUN_CONFIG_H_

// What one run of the load generator is to do: connect everybody, say lines on a schedule that is
// fixed in advance, check and time every delivery. Times are in seconds unless the name says ns.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parley::bench {

struct Endpoint {
  sockaddr_storage address = {};
  socklen_t size = 0;
};

// "127.0.0.1:5267" or "[::1]:5267", or several with commas between; numbers only, so that nothing
// is asked of a name server.
absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(absl::string_view text);

struct RunConfig {
  std::string label = "fan-out";
  // Where the clients connect, in turn: addresses of one server, or of several that know nothing of
  // one another. With several, `rooms` must be a multiple: then everybody in a room is on one.
  std::vector<Endpoint> targets;
  std::string protocol = "friendly";

  int recipients = 1000;
  int rooms = 1;
  int publishers = 1;
  double lines_per_second = 100;
  size_t payload_bytes = 64;
  double seconds = 10;
  double warmup = 1;

  bool trickle = false;         // lines go out one byte at a time
  int stalled = 0;              // recipients that stop reading while the run lasts
  int leavers = 0;              // recipients that close at once in the middle of the run
  double tells_per_second = 0;  // said by one client to another while the lines flow
  bool hold_only = false;       // connect, wait until it is quiet, measure, leave

  // People of one more room, of whom ten speak. What they are given is read and counted in bytes,
  // and neither checked nor timed: they are the load beside which the other rooms are measured.
  int crowd = 0;
  double crowd_lines_per_second = 0;

  int connect_window = 200;  // how many may be on their way in at a time in one process
  double connect_deadline = 120;
  double drain_deadline = 10;
  int source_addresses = 0;  // 127.0.0.2 and so on; 0 leaves the choice to the kernel
  int processes = 1;
  int connections_per_process = 19000;

  double look_interval = 100e-6;  // who has looked at his sockets does not look again before that
  double say_interval = 0;        // what is due in rooms is said together at multiples of it
  bool kernel_times = false;      // when something has come is the kernel's word, not our recv()'s
  bool series = false;            // latencies of each second by themselves, too

  int cpu = -1;         // where the generator runs
  int server_cpu = -1;  // whose time is measured
  pid_t server_pid = 0;
  double max_generator_share = 0.9;
  double max_send_delay = 0;  // see RunResult::SpokeInTime; 0: no limit
};

// With the crowd's, which is the last.
int AllRooms(const RunConfig& config);

// Says what is wrong with the settings, if anything; a run takes only what passes here.
absl::Status CheckRunConfig(const RunConfig& config);

}  // namespace parley::bench

#endif  // BENCH_LOAD_RUN_CONFIG_H_
