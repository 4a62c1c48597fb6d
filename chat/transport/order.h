#ifndef CHAT_TRANSPORT_ORDER_H_
#define CHAT_TRANSPORT_ORDER_H_

// What the server asks of the transport, as one type: Gateway makes orders of the server's calls, and
// a shard obeys them (Shard::Obey), whether it is called directly or an I/O thread is between.
//
// Lifetime: views live for the call. Units: bytes.

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "reactor/base/handle.h"
#include "reactor/base/segment.h"

namespace parley::chat {

// Names a client for as long as it is connected: a connection and the I/O thread that serves it.
struct ClientId {
  Handle connection;
  uint32_t thread = 0;

  friend bool operator==(const ClientId&, const ClientId&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const ClientId& client) {
    return H::combine(std::move(state), client.connection, client.thread);
  }
};

// Those who hear the same announcements: the transport side of a room. 0 names none.
using AudienceId = uint32_t;

// What ends a client that says nothing.
enum class IdlePolicy : uint8_t {
  kLogin,  // from now on, Limits::login_deadline
  kIdle,   // since its last line, Limits::idle_time; what it has sent is read before it is judged
};

// What somebody reads in place of messages that were skipped, because they read too slowly: one
// message of their framing. Does not change. Thread: any.
class SkipNotice {
 public:
  virtual std::string Of(uint64_t messages) const = 0;

 protected:
  ~SkipNotice() = default;
};

// For whom an announcement is another one. It may be skipped as the announcement may.
struct Override {
  ClientId client;      // in any audience, or none
  std::string instead;  // whole messages; empty: it hears nothing
};

struct Order {
  enum class Kind : uint8_t {
    kJoin,           // client, audience, notice
    kLeave,          // client, audience
    kCloseAudience,  // audience
    kAnnounce,       // audience, text, overrides
    kReply,          // client, text
    kSetIdlePolicy,  // client, policy
    kCharge,         // client, bytes
    kHangUp,         // client
  };

  Kind kind = Kind::kReply;
  IdlePolicy policy = IdlePolicy::kLogin;
  AudienceId audience = 0;
  ClientId client;
  const SkipNotice* notice = nullptr;  // lives as long as the audience's members
  absl::string_view text;
  // The text in a segment, so that a shard need not copy it: set on the way to an I/O thread.
  const Slice* slice = nullptr;
  std::span<const Override> overrides;  // each client at most once
  uint64_t bytes = 0;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_ORDER_H_
