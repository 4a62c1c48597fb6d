#include "reactor/base/socket_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace parley {
namespace {

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("address \"", text, "\": ", why));
}

absl::StatusOr<SocketAddress> ParseUnix(absl::string_view text, absl::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path == "@") return Invalid(text, "the path after \"unix:\" is empty");
  if (path.find('\0') != absl::string_view::npos) {
    return Invalid(text, "a unix path has no NUL byte");
  }
  if (path.size() >= sizeof(address.sun_path)) {
    return Invalid(text, absl::StrCat("a unix path may have at most ", sizeof(address.sun_path) - 1,
                                      " bytes; this one has ", path.size()));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const bool is_abstract = path[0] == '@';
  if (is_abstract) address.sun_path[0] = '\0';
  const size_t size = offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0 : 1);
  return SocketAddress(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size));
}

absl::StatusOr<SocketAddress> Resolve(absl::string_view text, const std::string& host,
                                      const std::string& port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0)
    return Invalid(text, absl::StrCat("host \"", host, "\": ", ::gai_strerror(error)));
  const addrinfo* chosen = found;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET) {  // "localhost" means 127.0.0.1 to most who type it
      chosen = each;
      break;
    }
  }
  SocketAddress address(chosen->ai_addr, chosen->ai_addrlen);
  ::freeaddrinfo(found);
  return address;
}

}  // namespace

SocketAddress::SocketAddress() : address_{} { address_.base.sa_family = AF_UNSPEC; }

SocketAddress::SocketAddress(const sockaddr* address, socklen_t size) : address_{} {
  size_ = std::min(size, static_cast<socklen_t>(sizeof(address_)));
  std::memcpy(&address_, address, size_);
}

absl::StatusOr<SocketAddress> SocketAddress::Parse(absl::string_view text) {
  constexpr absl::string_view kUnix = "unix:";
  if (text.substr(0, kUnix.size()) == kUnix) return ParseUnix(text, text.substr(kUnix.size()));

  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) {
    return Invalid(text, "expected HOST:PORT, [IPV6]:PORT or unix:PATH");
  }
  absl::string_view host = text.substr(0, colon);
  const absl::string_view port = text.substr(colon + 1);
  // SimpleAtoi alone would take blanks and signs too.
  const bool is_number = port.find_first_not_of("0123456789") == absl::string_view::npos;
  int port_number = 0;
  if (!is_number || !absl::SimpleAtoi(port, &port_number) || port_number > 65535) {
    return Invalid(text, absl::StrCat("port \"", port, "\" is not a number from 0 to 65535"));
  }
  if (host.empty()) return Invalid(text, "the host is empty; for every address write *");
  if (host == "*") {
    absl::StatusOr<SocketAddress> any = Resolve(text, "::", std::string(port));
    if (any.ok()) any->is_any_ = true;
    return any;
  }
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.empty()) return Invalid(text, "the host is empty; for every address write *");
  } else if (host.find(':') != absl::string_view::npos) {
    return Invalid(text, "an IPv6 address stands in brackets: [::1]:5267");
  }
  return Resolve(text, std::string(host), std::string(port));
}

SocketAddress SocketAddress::Asked(int fd, int (*ask)(int, sockaddr*, socklen_t*)) {
  SocketAddress address;
  socklen_t size = sizeof(address.address_);
  if (ask(fd, &address.address_.base, &size) != 0) return SocketAddress();
  address.size_ = std::min(size, static_cast<socklen_t>(sizeof(address.address_)));
  return address;
}

SocketAddress SocketAddress::OfSocket(int fd) {
  SocketAddress address = Asked(fd, ::getsockname);
  if (address.family() == AF_INET6 && address.IsWildcard()) {
    int is_ipv6_alone = 1;
    socklen_t size = sizeof(is_ipv6_alone);
    address.is_any_ =
        ::getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_ipv6_alone, &size) == 0 && !is_ipv6_alone;
  }
  return address;
}
SocketAddress SocketAddress::OfPeer(int fd) { return Asked(fd, ::getpeername); }

uint16_t SocketAddress::port() const {
  switch (family()) {
    case AF_INET:
      return ntohs(reinterpret_cast<const sockaddr_in*>(&address_)->sin_port);
    case AF_INET6:
      return ntohs(reinterpret_cast<const sockaddr_in6*>(&address_)->sin6_port);
    default:
      return 0;
  }
}

SocketAddress SocketAddress::AnyIpv4() const {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port());
  return SocketAddress(reinterpret_cast<const sockaddr*>(&any), sizeof(any));
}

bool SocketAddress::IsWildcard() const {
  switch (family()) {
    case AF_INET:
      return reinterpret_cast<const sockaddr_in*>(&address_)->sin_addr.s_addr == INADDR_ANY;
    case AF_INET6:
      return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(&address_)->sin6_addr);
    default:
      return false;
  }
}

bool SocketAddress::Overlaps(const SocketAddress& other) const {
  if (is_unix() || other.is_unix()) return ToString() == other.ToString();
  if (port() != other.port() || port() == 0) return false;
  if (is_any_ || other.is_any_) return true;
  if (family() != other.family()) return false;
  if (IsWildcard() || other.IsWildcard()) return true;
  return size_ == other.size_ && std::memcmp(&address_, &other.address_, size_) == 0;
}

std::string SocketAddress::Host() const {
  if (is_any_) return "*";
  char text[INET6_ADDRSTRLEN] = "";
  switch (family()) {
    case AF_INET:
      ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&address_)->sin_addr, text,
                  sizeof(text));
      return text;
    case AF_INET6: {
      const auto& in6 = reinterpret_cast<const sockaddr_in6*>(&address_)->sin6_addr;
      if (IN6_IS_ADDR_V4MAPPED(&in6)) {  // an IPv4 peer of a listener for both
        ::inet_ntop(AF_INET, &in6.s6_addr[12], text, sizeof(text));
      } else {
        ::inet_ntop(AF_INET6, &in6, text, sizeof(text));
      }
      return text;
    }
    case AF_UNIX:
      return "unix";
    default:
      return "unknown";
  }
}

std::string SocketAddress::UnixPath() const {
  if (!is_unix() || size_ <= offsetof(sockaddr_un, sun_path)) return "";
  const auto& un = *reinterpret_cast<const sockaddr_un*>(&address_);
  if (un.sun_path[0] == '\0') return "";
  return std::string(un.sun_path, ::strnlen(un.sun_path, sizeof(un.sun_path)));
}

std::string SocketAddress::ToString() const {
  switch (family()) {
    case AF_INET:
      return absl::StrCat(Host(), ":", port());
    case AF_INET6: {
      const std::string host = Host();  // without a colon: "*", or an IPv4 address
      return host.find(':') == std::string::npos ? absl::StrCat(host, ":", port())
                                                 : absl::StrCat("[", host, "]:", port());
    }
    case AF_UNIX: {
      const size_t head = offsetof(sockaddr_un, sun_path);
      const auto& un = *reinterpret_cast<const sockaddr_un*>(&address_);
      if (size_ > head && un.sun_path[0] == '\0') {
        return absl::StrCat("unix:@", absl::string_view(un.sun_path + 1, size_ - head - 1));
      }
      return absl::StrCat("unix:", UnixPath());
    }
    default:
      return "unknown";
  }
}

std::string SocketAddress::LimitKey() const {
  if (family() == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6*>(&address_)->sin6_addr;
    if (!IN6_IS_ADDR_V4MAPPED(&in6)) {
      return std::string(reinterpret_cast<const char*>(in6.s6_addr), 8);
    }
  }
  return Host();
}

}  // namespace parley
