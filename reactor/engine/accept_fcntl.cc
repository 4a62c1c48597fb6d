// accept(2) and fcntl(2): macOS, which has no accept4.

#include <sys/socket.h>

#include <cerrno>

#include "reactor/engine/socket_calls.h"

namespace parley {

UniqueFd AcceptNext(int listener, SocketAddress& peer) {
  sockaddr_storage storage;
  while (true) {
    socklen_t size = sizeof(storage);
    UniqueFd fd(::accept(listener, reinterpret_cast<sockaddr*>(&storage), &size));
    if (!fd && errno == EINTR) continue;
    if (!fd) return fd;
    if (!MakeNonBlocking(fd.get())) continue;  // a peer that is gone already
    peer = SocketAddress(reinterpret_cast<const sockaddr*>(&storage), size);
    return fd;
  }
}

}  // namespace parley
