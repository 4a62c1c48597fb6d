#include "bench/floor/floor_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "absl/status/status.h"

namespace parley::bench {

absl::StatusOr<UniqueFd> ListenOnLoopback(int port) {
  rlimit files = {};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  constexpr int kBacklog = 65535;  // the kernel cuts it to somaxconn
  if (::bind(listener.get(), plain, size) != 0 || ::listen(listener.get(), kBacklog) != 0 ||
      ::getsockname(listener.get(), plain, &size) != 0) {
    return absl::ErrnoToStatus(errno, "cannot listen");
  }
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

UniqueFd AcceptOne(int listener, int send_buffer) {
  UniqueFd client(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!client) return client;
  const int on = 1;
  ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (send_buffer > 0) {
    ::setsockopt(client.get(), SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof(send_buffer));
  }
  return client;
}

void Watch(int epoll, int fd, uint64_t tag) {
  epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {}};
  event.data.u64 = tag;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

absl::string_view ReadLines(int fd, std::string* partial, bool* closed) {
  static std::array<char, size_t{64} * 1024> scratch;
  static std::string lines;
  lines = *partial;
  for (;;) {
    const ssize_t received = ::recv(fd, scratch.data(), scratch.size(), MSG_DONTWAIT);
    *closed = received == 0 || (received < 0 && errno != EAGAIN);
    if (received <= 0) break;
    lines.append(scratch.data(), static_cast<size_t>(received));
    if (static_cast<size_t>(received) < scratch.size()) break;
  }
  const size_t end = lines.rfind('\n') + 1;  // npos + 1 is 0: no line is complete
  partial->assign(lines, end, std::string::npos);
  return absl::string_view(lines).substr(0, end);
}

absl::string_view TakeLine(absl::string_view* lines) {
  const absl::string_view line = lines->substr(0, lines->find('\n') + 1);
  lines->remove_prefix(line.size());
  return line;
}

}  // namespace parley::bench
