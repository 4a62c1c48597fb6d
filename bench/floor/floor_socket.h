#ifndef BENCH_FLOOR_FLOOR_SOCKET_H_
#define BENCH_FLOOR_FLOOR_SOCKET_H_

// The few things that both floor programs do with sockets. They stand directly on the kernel and
// speak no protocol: the first line of a client is the number of its room and is answered by a
// greeting; every other line is passed on as it is.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reactor/base/unique_fd.h"

namespace parley::bench {

inline constexpr absl::string_view kGreeting = "welcome\n";

// Listens on 127.0.0.1 and says on stdout where; port 0 lets the kernel choose. Non-blocking.
absl::StatusOr<UniqueFd> ListenOnLoopback(int port);

// The next client that waits, non-blocking, without Nagle's delay; none when nobody waits.
// `send_buffer` is SO_SNDBUF in bytes, 0 leaves the kernel's own.
UniqueFd AcceptOne(int listener, int send_buffer);

// Watches a socket for ever, edge-triggered, for input and output. `tag` comes with its events.
void Watch(int epoll, int fd, uint64_t tag);

// Reads all that a client has sent and returns the complete lines, each with its end; what follows
// the last one stays in `partial`. Sets `closed` when no more will come. The view is valid until
// the next call of ReadLines by anybody.
absl::string_view ReadLines(int fd, std::string* partial, bool* closed);

// Takes the first line off `lines` and returns it with its end.
absl::string_view TakeLine(absl::string_view* lines);

}  // namespace parley::bench

#endif  // BENCH_FLOOR_FLOOR_SOCKET_H_
