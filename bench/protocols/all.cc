#include "bench/protocols/all.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace parley::bench {

std::string RoomName(int room) { return absl::StrFormat("r%05d", room); }

absl::StatusOr<std::unique_ptr<Protocol>> MakeProtocol(absl::string_view name, int rooms) {
  if (name == "lines") return MakeLinesProtocol();
  if (name == "friendly") return MakeFriendlyProtocol(rooms);
  if (name == "classic") return MakeClassicProtocol();
  if (name == "redis") return MakeRedisProtocol();
  if (name == "nats") return MakeNatsProtocol();
  if (name == "irc") return MakeIrcProtocol();
  if (name == "mqtt") return MakeMqttProtocol();
  return absl::InvalidArgumentError(
      absl::StrCat("there is no protocol '", name,
                   "'; known: lines, friendly, classic, redis, nats, irc, mqtt"));
}

}  // namespace parley::bench
