#include "bench/load/arrival.h"

#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "bench/clock.h"

namespace parley::bench {
namespace {

// The kernel's stamps are of CLOCK_REALTIME. Who is interrupted between the readings of the two
// clocks reads them again.
int64_t MonotonicFromReal(const timespec& stamp) {
  constexpr int64_t kAtOnce = 5'000;
  constexpr int kAttempts = 10;
  int64_t monotonic = 0;
  timespec real = {};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int64_t before = Now();
    ::clock_gettime(CLOCK_REALTIME, &real);
    monotonic = Now();
    if (monotonic - before < kAtOnce) break;
  }
  return monotonic - (ToNanos(real) - ToNanos(stamp));
}

}  // namespace

absl::Status StampArrivals(int fd) {
  const int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "the kernel does not stamp what comes (SO_TIMESTAMPNS)");
}

ssize_t ReceiveBytes(int fd, char* to, size_t room, int64_t* arrived) {
  const ssize_t size = ::recv(fd, to, room, MSG_DONTWAIT);
  if (size > 0) *arrived = Now();
  return size;
}

ssize_t DiscardBytes(int fd, char* to, size_t room, int64_t* arrived) {
  const ssize_t size = ::recv(fd, to, room, MSG_DONTWAIT | MSG_TRUNC);
  if (size > 0) *arrived = Now();
  return size;
}

ssize_t ReceiveStamped(int fd, char* to, size_t room, int64_t* arrived) {
  iovec bytes = {.iov_base = to, .iov_len = room};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control = {};
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(fd, &message, MSG_DONTWAIT);
  if (size <= 0) return size;
  *arrived = Now();
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SO_TIMESTAMPNS) continue;
    timespec stamp = {};
    std::memcpy(&stamp, CMSG_DATA(header), sizeof(stamp));
    *arrived = std::min(*arrived, MonotonicFromReal(stamp));
  }
  return size;
}

}  // namespace parley::bench
