#ifndef CHAT_DAEMON_LISTEN_SPEC_H_
#define CHAT_DAEMON_LISTEN_SPEC_H_

// What --listen says: which profile is spoken where, and what happens to readers that are too slow.
//
//   friendly@127.0.0.1:5267,classic+room=old@*:6666,friendly+disconnect@unix:/run/parley/socket

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chat/delivery/profile.h"
#include "chat/transport/limits.h"
#include "reactor/base/socket_address.h"

namespace parley::chat {

struct ListenSpec {
  const Profile* profile = nullptr;
  std::string room;                     // in which its people begin (+room=NAME); empty: the lobby
  std::optional<LagPolicy> lag_policy;  // when the entry says it: +skip, +disconnect
  SocketAddress address;

  std::string ToString() const;
};

// "skip" or "disconnect".
absl::StatusOr<LagPolicy> ParseLagPolicy(absl::string_view text);

// Reads a list, separated by commas. Errors name the entry and what is wrong with it. Host names
// are looked up, which may block.
absl::StatusOr<std::vector<ListenSpec>> ParseListenSpecs(absl::string_view text);

}  // namespace parley::chat

#endif  // CHAT_DAEMON_LISTEN_SPEC_H_
