#include "bench/load/run_config.h"

#include <arpa/inet.h>

#include <cstring>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/payload.h"
#include "bench/protocol.h"

namespace parley::bench {
namespace {

// Names are numbered with five digits.
constexpr int kMaxClients = 99'000;

absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::StatusOr<Endpoint> ParseEndpoint(absl::string_view text) {
  const absl::Status wrong = absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is not an address like 127.0.0.1:5267"));
  const size_t colon = text.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port <= 0 || port > 65535) {
    return wrong;
  }
  std::string host(text.substr(0, colon));
  Endpoint endpoint;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    sockaddr_in6 ipv6 = {};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(static_cast<uint16_t>(port));
    if (::inet_pton(AF_INET6, host.c_str(), &ipv6.sin6_addr) != 1) return wrong;
    std::memcpy(&endpoint.address, &ipv6, sizeof(ipv6));
    endpoint.size = sizeof(ipv6);
    return endpoint;
  }
  sockaddr_in ipv4 = {};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(static_cast<uint16_t>(port));
  if (::inet_pton(AF_INET, host.c_str(), &ipv4.sin_addr) != 1) return wrong;
  std::memcpy(&endpoint.address, &ipv4, sizeof(ipv4));
  endpoint.size = sizeof(ipv4);
  return endpoint;
}

}  // namespace

absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(absl::string_view text) {
  std::vector<Endpoint> endpoints;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    absl::StatusOr<Endpoint> endpoint = ParseEndpoint(part);
    if (!endpoint.ok()) return endpoint.status();
    endpoints.push_back(*endpoint);
  }
  return endpoints;
}

int AllRooms(const RunConfig& config) { return config.rooms + (config.crowd > 0 ? 1 : 0); }

absl::Status CheckRunConfig(const RunConfig& config) {
  const absl::StatusOr<std::unique_ptr<Protocol>> protocol =
      MakeProtocol(config.protocol, AllRooms(config));
  if (!protocol.ok()) return protocol.status();
  if ((*protocol)->TextSize(config.payload_bytes) < kPayloadHeaderSize) {
    return Wrong(absl::StrCat("--payload_bytes=", config.payload_bytes, " leaves no place for the ",
                              kPayloadHeaderSize,
                              " bytes of number and time that a measured line carries"));
  }
  if (config.payload_bytes > 8192) return Wrong("--payload_bytes must not exceed 8192");
  if (config.targets.empty()) return Wrong("--target must name a server");
  if (config.recipients < 1) return Wrong("--recipients must be at least 1");
  if (config.crowd < 0 || config.crowd > config.connections_per_process) {
    return Wrong(absl::StrCat("--crowd must be between 0 and the ", config.connections_per_process,
                              " clients that one process holds"));
  }
  if (config.crowd_lines_per_second < 0) {
    return Wrong("--crowd_lines_per_second must not be negative");
  }
  if (config.recipients + config.publishers + config.crowd > kMaxClients) {
    return Wrong(absl::StrCat("there can be at most ", kMaxClients, " clients"));
  }
  if (config.rooms < 1 || config.rooms > config.recipients) {
    return Wrong("--rooms must be at least 1 and at most --recipients");
  }
  if (config.publishers < 0 || config.publishers > config.recipients) {
    return Wrong("--publishers must be between 0 and --recipients");
  }
  if (config.publishers > 0 && config.publishers < config.rooms) {
    return Wrong("--publishers must be at least --rooms: every room needs one who speaks");
  }
  const int silent = config.recipients - config.publishers;
  if (config.stalled < 0 || config.leavers < 0 || config.stalled + config.leavers > silent) {
    return Wrong("only recipients that do not publish can stall or leave, and there are too few");
  }
  if (config.lines_per_second < 0 || config.seconds <= 0 || config.warmup < 0) {
    return Wrong("--lines_per_second, --seconds and --warmup must not be negative");
  }
  if (config.tells_per_second > 0 && !(*protocol)->can_tell()) {
    return Wrong(absl::StrCat("the protocol ", config.protocol, " has no way to tell one client"));
  }
  if (config.look_interval < 0 || config.look_interval > 0.1) {
    return Wrong("--look_interval_us must be between 0 and 100000");
  }
  if (config.say_interval < 0 || config.say_interval > 0.1) {
    return Wrong("--say_interval_us must be between 0 and 100000");
  }
  if (config.say_interval > 0 && config.trickle) {
    return Wrong("--say_interval_us: a trickle's bytes each go at their own time");
  }
  if (config.kernel_times && config.series) {
    return Wrong("--series goes by the second in which a client looked, --kernel_times does not");
  }
  if (config.source_addresses < 0 || config.source_addresses > 250) {
    return Wrong("--source_addresses must be between 0 and 250");
  }
  if (config.processes < 1 || config.connections_per_process < 1 || config.connect_window < 1) {
    return Wrong("--processes, --connections_per_process and --connect_window must be at least 1");
  }
  return absl::OkStatus();
}

}  // namespace parley::bench
