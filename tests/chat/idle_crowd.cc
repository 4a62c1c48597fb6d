#include "tests/chat/idle_crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "reactor/base/check.h"
#include "reactor/base/descriptor_limit.h"
#include "reactor/engine/socket_calls.h"

namespace parley::chat {
namespace {

struct CrowdOrder {
  uint16_t port;
  uint32_t count;
  char line[32];
};

// What runs in the other process.
class Crowd {
 public:
  explicit Crowd(int orders) : orders_(orders), epoll_(::epoll_create1(0)) { Watch(orders_); }

  void Run() {
    while (Drain(-1)) {
    }
  }

 private:
  // Reads what has come. Returns false when there will be no more orders.
  bool Drain(int timeout) {
    epoll_event events[256];
    const int count = ::epoll_wait(epoll_.get(), events, 256, timeout);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == orders_) {
        CrowdOrder order;
        if (::read(orders_, &order, sizeof(order)) != sizeof(order)) return false;
        Obey(order);
      } else {
        ReadAway(events[i].data.fd);
      }
    }
    return count >= 0 || errno == EINTR;
  }

  void Obey(const CrowdOrder& order) {
    for (uint32_t i = 0; i < order.count; ++i) {
      const int fd = Connect(order.port);
      if (order.line[0] != '\0') {
        const std::string line = absl::StrCat(order.line, come_++, "\n");
        PARLEY_CHECK(::send(fd, line.data(), line.size(), MSG_NOSIGNAL) > 0, errno);
      }
      Watch(fd);
      // Who reads nothing while others come makes the server keep what is meant for it.
      if (i % 64 == 0) ReadAllAway();
    }
  }

  int Connect(uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    PARLEY_CHECK(fd >= 0, errno);
    // Ending with a reset leaves no port occupied for a minute.
    SetLingerReset(fd);
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    PARLEY_CHECK(::connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof(server)) == 0, errno);
    return fd;
  }

  void Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    PARLEY_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0, errno);
    if (fd != orders_) connections_.push_back(fd);
  }

  void ReadAway(int fd) {
    const ssize_t got = ::recv(fd, buffer_, sizeof(buffer_), MSG_DONTWAIT | MSG_TRUNC);
    if (got == 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  }

  void ReadAllAway() {
    epoll_event events[256];
    const int count = ::epoll_wait(epoll_.get(), events, 256, 0);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd != orders_) ReadAway(events[i].data.fd);
    }
  }

  const int orders_;
  UniqueFd epoll_;
  uint32_t come_ = 0;
  std::vector<int> connections_;
  char buffer_[64 * 1024];
};

}  // namespace

IdleCrowd::IdleCrowd() {
  RaiseDescriptorLimit();
  int ends[2];
  PARLEY_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, errno);
  orders_.Reset(ends[0]);
  process_ = ::fork();
  PARLEY_CHECK(process_ >= 0, errno);
  if (process_ == 0) {
    orders_.Reset();
    Crowd(ends[1]).Run();
    ::_exit(0);
  }
  ::close(ends[1]);
}

IdleCrowd::~IdleCrowd() {
  orders_.Reset();
  ::waitpid(process_, nullptr, 0);
}

void IdleCrowd::Come(uint16_t port, uint32_t count, absl::string_view line) {
  CrowdOrder order{port, count, {}};
  PARLEY_CHECK(line.size() < sizeof(order.line), line.size());
  std::memcpy(order.line, line.data(), line.size());
  PARLEY_CHECK(::write(orders_.get(), &order, sizeof(order)) == sizeof(order), errno);
}

}  // namespace parley::chat
