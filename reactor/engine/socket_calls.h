#ifndef REACTOR_ENGINE_SOCKET_CALLS_H_
#define REACTOR_ENGINE_SOCKET_CALLS_H_

// The few system calls that every engine makes, with EINTR repeated and the answers sorted into
// what an engine has to decide. accept differs between kernels and has a file each (accept_*.cc).
// SIGPIPE is ignored by the process (Reactor::Create sees to it), so writes fail with EPIPE
// instead.

#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "reactor/base/clock.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"
#include "reactor/engine/close_reason.h"

namespace parley {

// The result of a read or a write: `bytes` >= 0, or an error.
struct Transfer {
  ssize_t bytes = 0;
  int error = 0;
  bool would_block() const;
  // The kernel has no memory for it now; the connection is not at fault.
  bool starved() const;
};

// A stream socket of `family`: non-blocking, closed on exec.
UniqueFd MakeStreamSocket(int family);
// Makes a descriptor that came from elsewhere non-blocking and closed on exec; false with errno
// set.
bool MakeNonBlocking(int fd);

// Whether a file can be waited for: a pipe or a terminal can, a regular file is always ready.
bool CanWait(int fd);

// The next waiting peer of a listener: non-blocking, closed on exec. Without one, errno says why.
UniqueFd AcceptNext(int listener, SocketAddress& peer);

// Whether bytes wait to be read (FIONREAD of ioctl(2)).
bool HasBytes(int fd);

Transfer Receive(int fd, bool is_socket, std::span<std::byte> into);
Transfer ReceiveUrgent(int fd, std::span<std::byte> into);
Transfer Send(int fd, bool is_socket, std::span<const iovec> vectors);
// Ends the sending side, and reads away what the peer has sent so far, 64 KiB at most: closing with
// input that nobody has read resets the connection.
void EndWithoutReset(int fd);

// What an error of a connected descriptor means for the connection.
CloseReason ReasonOf(int error);
// An option of socket(7) with a number for its value; an error where it is no socket.
absl::StatusOr<int> SocketOption(int fd, int name);
// The pending error of a socket (SO_ERROR), 0 for none.
int PendingError(int fd);
// What the kernel holds of a socket's output: not sent, or sent and not acknowledged. 0 where it does
// not tell.
int UnacknowledgedBytes(int fd);
// An option of socket(7), ip(7) or tcp(7) with a number for its value. One that the kernel refuses
// costs comfort, not correctness, so there is no answer.
void SetOption(int fd, int level, int name, int value);
// The kernel takes at most `bytes` for which the peer has no room yet, where it has such a limit.
void SetUnsentLimit(int fd, int bytes);
// Gives up a peer that has vanished after `limit`, which is at least two seconds: one that is
// silent is asked four times in the second half of it (SO_KEEPALIVE), one that owes an
// acknowledgement has all of it (TCP_USER_TIMEOUT, or what the kernel has instead). The kernel's own
// limits are two hours and a quarter of an hour. Other kernels may count otherwise; FreeBSD has no
// option for the second.
void SetPeerTimeout(int fd, Duration limit);
// close(2) will now reset the connection and drop what was not sent.
void SetLingerReset(int fd);

// What a failed accept asks for.
enum class AcceptFailure {
  kNone,     // nobody waits (EAGAIN)
  kPeer,     // this peer went away (ECONNABORTED, accept(2)'s network errors): try the next
  kStarved,  // no descriptor or no memory: shed, and try again later
  kBroken,   // the listener cannot go on
};
AcceptFailure Classify(int error);
// How long a listener that was starved waits before it tries again.
inline constexpr Duration kStarvedRetry = std::chrono::milliseconds(50);

// A descriptor held back for the moment when there is none left: without it a full process cannot
// even refuse, peers hang in the backlog, and an edge-triggered listener never hears of them again.
//
// Every engine of a process has one. While one is in use, whoever accepts on another thread may be
// given its descriptor, and then the process is full and this engine without a reserve: Keeps finds
// that out, and gives it back. Thread: the engine's.
class ReservedDescriptor {
 public:
  ReservedDescriptor();
  ~ReservedDescriptor();
  ReservedDescriptor(const ReservedDescriptor&) = delete;
  ReservedDescriptor& operator=(const ReservedDescriptor&) = delete;

  struct Refused {
    int peers = 0;
    bool nobody_waits = false;  // any more
  };
  // Accepts waiting peers with the reserve and closes them, at most `most`. What a peer has sent
  // already is read first, so that it sees an end and not a reset (RFC 1122, 4.2.2.13).
  Refused Refuse(int listener, int most);
  // Whether a connection that was accepted just now may stay. Not one that has got the last
  // descriptor while a reserve of this process is missing: it is closed, as Refuse does it.
  bool Keeps(UniqueFd& accepted);

 private:
  void Lend();
  void Restore();

  UniqueFd reserve_;
};

}  // namespace parley

#endif  // REACTOR_ENGINE_SOCKET_CALLS_H_
