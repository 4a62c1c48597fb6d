#ifndef BENCH_LOAD_CONNECT_H_
#define BENCH_LOAD_CONNECT_H_

// Opens one client socket: non-blocking, without Nagle's delay, on its way to the server; and says
// how it acknowledges.

#include "absl/status/statusor.h"
#include "bench/load/run_config.h"
#include "reactor/base/unique_fd.h"

namespace parley::bench {

struct ConnectOptions {
  Endpoint target;
  // The last number of the 127.0.0.x that the connection comes from; 0 lets the kernel choose. A
  // pair of addresses has 28,000 ports (ip_local_port_range), so many clients need several.
  int source = 0;
  // SO_RCVBUF in bytes; 0 leaves the kernel's own.
  int receive_buffer = 0;
};

absl::StatusOr<UniqueFd> StartConnect(const ConnectOptions& options);

// Lets the kernel acknowledge what comes as it does for somebody who types: for two segments at a
// time, or a little later. A socket that has only ever received acknowledges at every recv(), and
// on loopback both ends of that run on the receiver's core, where it is half of all that a recv()
// costs. Where the route says to acknowledge at once (`quickack` in ip-route(8)) it has no effect.
void DelayAcknowledgements(int fd);

}  // namespace parley::bench

#endif  // BENCH_LOAD_CONNECT_H_
