#include "bench/load/connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "absl/status/status.h"

namespace parley::bench {

absl::StatusOr<UniqueFd> StartConnect(const ConnectOptions& options) {
  UniqueFd fd(
      ::socket(options.target.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return absl::ErrnoToStatus(errno, "cannot open a socket");
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (options.receive_buffer > 0) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &options.receive_buffer,
                 sizeof(options.receive_buffer));
  }
  if (options.source > 0 && options.target.address.ss_family == AF_INET) {
    // Without this option bind() takes a port for itself alone, and they run out (ip(7)).
    ::setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    sockaddr_in source = {};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + static_cast<uint32_t>(options.source));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&source), sizeof(source)) != 0) {
      return absl::ErrnoToStatus(errno, "cannot bind a source address");
    }
  }
  const auto* address = reinterpret_cast<const sockaddr*>(&options.target.address);
  if (::connect(fd.get(), address, options.target.size) != 0 && errno != EINPROGRESS) {
    return absl::ErrnoToStatus(errno, "cannot connect");
  }
  return fd;
}

void DelayAcknowledgements(int fd) {
  const int quick = 0;
  ::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &quick, sizeof(quick));
}

}  // namespace parley::bench
