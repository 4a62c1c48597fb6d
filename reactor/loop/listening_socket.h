#ifndef REACTOR_LOOP_LISTENING_SOCKET_H_
#define REACTOR_LOOP_LISTENING_SOCKET_H_

// Makes listening sockets and sets the options of stream sockets. Options of a listener are
// inherited by what it accepts (on Linux and the BSDs), so that an accepted connection needs no
// call of its own.

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "reactor/base/clock.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"

namespace parley {

struct StreamOptions {
  // Bytes of kernel send buffer (SO_SNDBUF, of which Linux allots twice as much); 0 leaves the
  // kernel's own, which grows to megabytes. It holds what the peer has not acknowledged yet, and a
  // peer may wait 40 ms with that (RFC 1122, 4.2.3.2): a smaller one stalls readers that are well.
  int send_buffer_bytes = 256 * 1024;
  // Bytes that the kernel takes while the peer has no room for them (TCP_NOTSENT_LOWAT, where there
  // is such an option): what a reader that has stopped costs. For a unix socket, whose bytes are
  // the peer's at once, this is the send buffer. 0 leaves it at that.
  int unsent_bytes = 32 * 1024;
  // Sends at once instead of waiting for more (TCP_NODELAY); the reactor gathers what a turn owes.
  bool no_delay = true;
  // How long a peer may have vanished without a word before the connection ends (kReset, with
  // ETIMEDOUT): one that is silent is asked whether it is still there (SO_KEEPALIVE), and one that
  // owes acknowledgements has so long for them (TCP_USER_TIMEOUT where there is such an option).
  // Linux counts the second also against a peer that is there and acknowledges, but whose window
  // has been closed for so long while something waits for it: who reads nothing for this time,
  // while the room talks, is gone too. Whole seconds, from 2 to 32,767; 0: no limit but the kernel's.
  Duration peer_timeout = std::chrono::minutes(2);
  // TCP's urgent byte comes in line with the others (SO_OOBINLINE): what telnet's DM needs.
  bool urgent_in_line = false;
};

struct ListenOptions {
  int backlog = 1024;
  // Several sockets may listen on one port and share its connections (SO_REUSEPORT).
  bool reuse_port = false;
  StreamOptions stream;
};

// Binds and listens. "*" serves IPv6 and IPv4, or IPv4 alone where the machine has no IPv6; "[::]"
// serves IPv6 alone. A unix path that a dead server left
// behind is removed first; one that somebody serves is an error. Errors name the address.
absl::StatusOr<UniqueFd> MakeListeningSocket(const SocketAddress& address,
                                             const ListenOptions& options);

// Sets options on a socket of `family`. Those that a family lacks are left out.
void SetStreamOptions(int fd, int family, const StreamOptions& options);

}  // namespace parley

#endif  // REACTOR_LOOP_LISTENING_SOCKET_H_
