#ifndef REACTOR_BASE_SOCKET_ADDRESS_H_
#define REACTOR_BASE_SOCKET_ADDRESS_H_

// The address of a socket: IPv4, IPv6 or unix. Written and read as
//
//   127.0.0.1:5267    [::1]:5267    localhost:5267
//   0.0.0.0:5267 (every IPv4 address)    [::]:5267 (every IPv6 address)    *:5267 (both)
//   unix:/run/parley.sock           unix:@name (Linux's abstract names, unix(7))
//
// "*" and "[::]" are the same bytes to the kernel; what tells them apart is an option of the socket
// (IPV6_V6ONLY), which MakeListeningSocket sets and OfSocket reads.
//
// A value of about 130 bytes: pass by reference, keep few.

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parley {

class SocketAddress {
 public:
  SocketAddress();
  SocketAddress(const sockaddr* address, socklen_t size);

  // Reads one of the forms above. Host names go to getaddrinfo(3), which may block: for start-up only.
  // Numbers and unix paths never block. An error names what is wrong with the text.
  static absl::StatusOr<SocketAddress> Parse(absl::string_view text);

  // The address that a socket is bound or connected to (getsockname, getpeername).
  static SocketAddress OfSocket(int fd);
  static SocketAddress OfPeer(int fd);

  int family() const { return address_.base.sa_family; }
  bool is_unix() const { return family() == AF_UNIX; }
  bool is_any() const { return is_any_; }  // "*": every IPv6 and IPv4 address
  // 0.0.0.0 with the port of this one: what "*" is on a machine without IPv6.
  SocketAddress AnyIpv4() const;
  const sockaddr* get() const { return &address_.base; }
  socklen_t size() const { return size_; }

  uint16_t port() const;         // 0 for unix
  std::string Host() const;      // "127.0.0.1", "::1", "*", or "unix" for a unix socket
  std::string UnixPath() const;  // "" when not unix, unnamed, or abstract
  std::string ToString() const;  // a form that Parse reads, where there is one

  // Whether two sockets cannot listen on both at a time: the same port, and an address that is part
  // of the other. Port 0 is never the same.
  bool Overlaps(const SocketAddress& other) const;

  // What addresses of one household share: the IPv4 address, the IPv6 /64, or "unix". For limits by
  // address.
  std::string LimitKey() const;

 private:
  bool IsWildcard() const;  // of its family, or of both
  static SocketAddress Asked(int fd, int (*ask)(int, sockaddr*, socklen_t*));

  union Storage {
    sockaddr base;
    sockaddr_storage storage;
  } address_;
  socklen_t size_ = 0;
  bool is_any_ = false;
};

}  // namespace parley

#endif  // REACTOR_BASE_SOCKET_ADDRESS_H_
