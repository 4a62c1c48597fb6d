#ifndef BENCH_LOAD_ARRIVAL_H_
#define BENCH_LOAD_ARRIVAL_H_

// Receives, and says when what was received had come. By default that is when our call returned.
// A socket whose arrivals the kernel stamps (SO_TIMESTAMPNS, socket(7)) says when the kernel put
// the bytes there: who is interested in the server alone can then let the clients sleep meanwhile.
// Of several segments that one call brings it is the time of the last.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

namespace parley::bench {

// From a moment after this call on the kernel stamps what comes. What has no stamp has come when we
// receive it.
absl::Status StampArrivals(int fd);

// recv() without waiting. `*arrived`, CLOCK_MONOTONIC in ns, is set where something was received.
using ReceiveFunction = ssize_t(int fd, char* to, size_t room, int64_t* arrived);

ReceiveFunction ReceiveBytes;    // of a socket without stamps
ReceiveFunction ReceiveStamped;  // of one with
ReceiveFunction DiscardBytes;    // the kernel throws away up to `room` bytes; `to` is not written

}  // namespace parley::bench

#endif  // BENCH_LOAD_ARRIVAL_H_
