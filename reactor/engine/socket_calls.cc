#include "reactor/engine/socket_calls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "reactor/base/errno_status.h"

namespace parley {
namespace {

// Reserved descriptors of this process that are not there (ReservedDescriptor).
std::atomic<int> missing_reserves{0};

UniqueFd OpenAny() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// The longest time that the kernel takes for a keepalive's silence.
constexpr int64_t kMostSeconds = 32767;

template <typename Call>
Transfer Repeat(Call call) {
  while (true) {
    const ssize_t bytes = call();
    if (bytes >= 0) return {bytes, 0};
    if (errno != EINTR) return {-1, errno};
  }
}

}  // namespace

bool Transfer::would_block() const { return error == EAGAIN || error == EWOULDBLOCK; }
bool Transfer::starved() const { return error == ENOBUFS || error == ENOMEM; }

bool MakeNonBlocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
         ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool CanWait(int fd) {
  struct stat status;
  return ::fstat(fd, &status) == 0 && !S_ISREG(status.st_mode);
}

UniqueFd MakeStreamSocket(int family) {
  UniqueFd fd(::socket(family, SOCK_STREAM, 0));
  if (fd && !MakeNonBlocking(fd.get())) fd.Reset();
  return fd;
}

bool HasBytes(int fd) {
  int bytes = 0;
  return ::ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

Transfer Receive(int fd, bool is_socket, std::span<std::byte> into) {
  return Repeat([&] {
    return is_socket ? ::recv(fd, into.data(), into.size(), 0)
                     : ::read(fd, into.data(), into.size());
  });
}

Transfer ReceiveUrgent(int fd, std::span<std::byte> into) {
  return Repeat([&] { return ::recv(fd, into.data(), into.size(), MSG_OOB); });
}

Transfer Send(int fd, bool is_socket, std::span<const iovec> vectors) {
  return Repeat([&]() -> ssize_t {
    if (!is_socket) return ::writev(fd, vectors.data(), static_cast<int>(vectors.size()));
    // One slice is the common case, and send() costs less than sendmsg().
    if (vectors.size() == 1) return ::send(fd, vectors[0].iov_base, vectors[0].iov_len, 0);
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(vectors.data());
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(vectors.size());
    return ::sendmsg(fd, &message, 0);
  });
}

void EndWithoutReset(int fd) {
  constexpr size_t kMostReadAway = size_t{64} * 1024;
  ::shutdown(fd, SHUT_WR);
  std::array<std::byte, 4096> unwanted;
  for (size_t read = 0; read < kMostReadAway;) {
    const Transfer got = Receive(fd, true, unwanted);
    if (got.bytes <= 0) return;
    read += static_cast<size_t>(got.bytes);
  }
}

CloseReason ReasonOf(int error) {
  switch (error) {
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ECONNABORTED:
    case ENOTCONN:
      return {CloseCause::kReset, error};
    default:
      return {CloseCause::kError, error};
  }
}

absl::StatusOr<int> SocketOption(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof(value);
  if (::getsockopt(fd, SOL_SOCKET, name, &value, &size) != 0) {
    return ErrnoStatus(errno, absl::StrCat("descriptor ", fd));
  }
  return value;
}

int PendingError(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

void SetOption(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof(value));
}

void SetUnsentLimit([[maybe_unused]] int fd, [[maybe_unused]] int bytes) {
#ifdef TCP_NOTSENT_LOWAT
  SetOption(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes);
#endif
}

void SetPeerTimeout(int fd, Duration limit) {
  constexpr int kQuestions = 4;
  using std::chrono::seconds;
  const auto whole =
      std::clamp<int64_t>(std::chrono::ceil<seconds>(limit).count(), 2, kMostSeconds);
  const int silent_seconds = static_cast<int>(whole / 2);
  const int question_seconds = std::max(1, (static_cast<int>(whole) - silent_seconds) / kQuestions);
  SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
  SetOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, silent_seconds);
#else
  SetOption(fd, IPPROTO_TCP, TCP_KEEPALIVE, silent_seconds);
#endif
  SetOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, question_seconds);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPCNT, kQuestions);
#if defined(TCP_USER_TIMEOUT)
  SetOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(whole) * 1000);
#elif defined(TCP_RXT_CONNDROPTIME)
  SetOption(fd, IPPROTO_TCP, TCP_RXT_CONNDROPTIME, static_cast<int>(whole));
#endif
}

int UnacknowledgedBytes(int fd) {
  int bytes = 0;
#if defined(FIONWRITE)
  const bool known = ::ioctl(fd, FIONWRITE, &bytes) == 0;
#elif defined(SO_NWRITE)
  socklen_t size = sizeof(bytes);
  const bool known = ::getsockopt(fd, SOL_SOCKET, SO_NWRITE, &bytes, &size) == 0;
#else
  const bool known = ::ioctl(fd, TIOCOUTQ, &bytes) == 0;
#endif
  return known ? bytes : 0;
}

void SetLingerReset(int fd) {
  const linger reset{1, 0};
  // Fails for what is no socket, and then there is nothing to reset.
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

AcceptFailure Classify(int error) {
  switch (error) {
    case EAGAIN:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
      return AcceptFailure::kNone;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return AcceptFailure::kStarved;
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP:
    case EFAULT:
      return AcceptFailure::kBroken;
    default:
      return AcceptFailure::kPeer;
  }
}

ReservedDescriptor::ReservedDescriptor() {
  missing_reserves.fetch_add(1, std::memory_order_relaxed);
  Restore();
}

ReservedDescriptor::~ReservedDescriptor() {
  Lend();
  missing_reserves.fetch_sub(1, std::memory_order_relaxed);
}

void ReservedDescriptor::Lend() {
  if (!reserve_) return;
  missing_reserves.fetch_add(1, std::memory_order_relaxed);  // before anybody can be given it
  reserve_.Reset();
}

void ReservedDescriptor::Restore() {
  if (reserve_) return;
  reserve_ = OpenAny();
  if (reserve_) missing_reserves.fetch_sub(1, std::memory_order_relaxed);
}

bool ReservedDescriptor::Keeps(UniqueFd& accepted) {
  const auto none_is_missing = [] { return missing_reserves.load(std::memory_order_relaxed) == 0; };
  if (none_is_missing()) [[likely]]
    return true;
  Restore();
  // Where there is a descriptor left, the others will find one themselves.
  if (none_is_missing() || OpenAny()) return true;
  EndWithoutReset(accepted.get());
  accepted.Reset();
  Restore();
  return false;
}

ReservedDescriptor::Refused ReservedDescriptor::Refuse(int listener, int most) {
  Lend();
  Refused refused;
  SocketAddress peer;
  while (refused.peers < most) {
    const UniqueFd fd = AcceptNext(listener, peer);
    if (!fd) {
      refused.nobody_waits = Classify(errno) == AcceptFailure::kNone;
      if (Classify(errno) == AcceptFailure::kPeer) continue;
      break;
    }
    EndWithoutReset(fd.get());
    ++refused.peers;
  }
  Restore();
  return refused;
}

}  // namespace parley
