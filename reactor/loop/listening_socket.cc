#include "reactor/loop/listening_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "reactor/base/errno_status.h"
#include "reactor/engine/socket_calls.h"

namespace parley {
namespace {

// With a code for each thing that an operator has to look for: somebody else has the address; it is
// none of this machine's; it is the name of something that is no socket.
absl::Status BindError(const SocketAddress& address, int error) {
  const std::string text = absl::StrCat("cannot listen on ", address.ToString());
  if (error == EADDRNOTAVAIL) {
    return WithErrno(absl::NotFoundError(ErrnoStatus(error, text).message()), error);
  }
  if (error != EADDRINUSE) return ErrnoStatus(error, text);
  struct stat file {};
  const std::string path = address.UnixPath();
  if (!path.empty() && ::lstat(path.c_str(), &file) == 0 && !S_ISSOCK(file.st_mode)) {
    return WithErrno(absl::FailedPreconditionError(absl::StrCat(
                         text, ": there is something else of that name, which is no socket")),
                     error);
  }
  return WithErrno(absl::AlreadyExistsError(absl::StrCat(text, ": the address is in use")), error);
}

// Removes the socket file of a server that is gone. Nobody answers there: ECONNREFUSED (unix(7)),
// which is also what connecting to a file that is no socket says. The probe does not block: a
// server whose backlog is full is alive.
void RemoveStaleSocket(const SocketAddress& address) {
  const std::string path = address.UnixPath();
  if (path.empty()) return;
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return;
  const UniqueFd probe = MakeStreamSocket(AF_UNIX);
  if (probe && ::connect(probe.get(), address.get(), address.size()) != 0 &&
      errno == ECONNREFUSED) {
    ::unlink(path.c_str());
  }
}

}  // namespace

void SetStreamOptions(int fd, int family, const StreamOptions& options) {
  if (family == AF_UNIX) {
    const int bytes = options.unsent_bytes > 0 ? options.unsent_bytes : options.send_buffer_bytes;
    if (bytes > 0) SetOption(fd, SOL_SOCKET, SO_SNDBUF, bytes);
    return;
  }
  if (options.send_buffer_bytes > 0) {
    SetOption(fd, SOL_SOCKET, SO_SNDBUF, options.send_buffer_bytes);
  }
  if (options.unsent_bytes > 0) SetUnsentLimit(fd, options.unsent_bytes);
  if (options.no_delay) SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (options.peer_timeout > Duration::zero()) SetPeerTimeout(fd, options.peer_timeout);
  if (options.urgent_in_line) SetOption(fd, SOL_SOCKET, SO_OOBINLINE, 1);
}

absl::StatusOr<UniqueFd> MakeListeningSocket(const SocketAddress& address,
                                             const ListenOptions& options) {
  UniqueFd fd = MakeStreamSocket(address.family());
  if (!fd && errno == EAFNOSUPPORT && address.is_any()) {
    return MakeListeningSocket(address.AnyIpv4(), options);
  }
  if (!fd) return ErrnoStatus(errno, absl::StrCat("socket for ", address.ToString()));
  if (address.is_unix()) {
    RemoveStaleSocket(address);
  } else {
    SetOption(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.reuse_port) SetOption(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (address.family() == AF_INET6) {
      SetOption(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, address.is_any() ? 0 : 1);
    }
  }
  SetStreamOptions(fd.get(), address.family(), options.stream);
  if (::bind(fd.get(), address.get(), address.size()) != 0) return BindError(address, errno);
  if (::listen(fd.get(), options.backlog) != 0) return BindError(address, errno);
  return fd;
}

}  // namespace parley
