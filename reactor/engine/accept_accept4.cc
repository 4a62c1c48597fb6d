// accept4(2): Linux and FreeBSD.

#include <sys/socket.h>

#include <cerrno>

#include "reactor/engine/socket_calls.h"

namespace parley {

UniqueFd AcceptNext(int listener, SocketAddress& peer) {
  sockaddr_storage storage;
  while (true) {
    socklen_t size = sizeof(storage);
    UniqueFd fd(::accept4(listener, reinterpret_cast<sockaddr*>(&storage), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd && errno == EINTR) continue;
    if (fd) peer = SocketAddress(reinterpret_cast<const sockaddr*>(&storage), size);
    return fd;
  }
}

}  // namespace parley
