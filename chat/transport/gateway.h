#ifndef CHAT_TRANSPORT_GATEWAY_H_
#define CHAT_TRANSPORT_GATEWAY_H_

// Between the main thread and the I/O threads. On the main thread is the chat server: sessions,
// rooms, names, commands. On the I/O threads is the transport: sockets, framings, rates. The server
// speaks through a Gateway and is told through Gateway::Events; it never sees a socket. With one
// thread the calls go straight to the sockets.
//
// Order: what one thread of calls asks is what every client sees, in that order.
// Thread: the main thread, both directions. What is announced or replied is whole messages, as the
// listener's profile has them.

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chat/transport/framing.h"
#include "chat/transport/framing_kind.h"
#include "chat/transport/limits.h"
#include "reactor/base/clock.h"
#include "reactor/base/handle.h"
#include "reactor/base/socket_address.h"

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

// The host of an address as ClientArrived gives it: "192.0.2.7", "2001:db8::7", "unix".
inline absl::string_view HostOf(absl::string_view address) {
  address = address.substr(0, address.rfind(':'));  // before the port, or the path
  if (address.size() > 1 && address.front() == '[') address = address.substr(1, address.size() - 2);
  return address;
}

// Those who hear the same announcements: the transport side of a room. 0 names none.
using AudienceId = uint32_t;

// Which of the server's entrances a listener is (chat_server.h); to the transport it is a number.
using EntranceId = uint16_t;

struct ListenerOptions {
  LagPolicy lag_policy = LagPolicy::kDisconnect;
  EntranceId entrance = 0;
  FramingKind framing = FramingKind::kAnyLineEnd;
};

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

class Gateway {
 public:
  class Events {
   public:
    // A client connected from `address` ("192.0.2.7:50213") to a listener that is this entrance.
    virtual void ClientArrived(ClientId client, EntranceId entrance, absl::string_view address) = 0;
    // It sent a message (without its end, bytes as they came) that is at most the limit long.
    virtual void ClientSpoke(ClientId client, absl::string_view message) = 0;
    // It sent a message over the limit, which is dropped.
    virtual void ClientSpokeTooLong(ClientId client) = 0;
    // Its framing has found out something about it, before the message that is told next.
    virtual void ClientLearned(ClientId client, const Capability& capability) = 0;
    // It sends what is no message: another protocol, telnet that makes no sense, a frame that cannot
    // be. `why` is a sentence for its sender. Nothing more of what it sends is told.
    virtual void ClientBrokeProtocol(ClientId client, absl::string_view why) = 0;
    // It will send no more; what is owed to it still goes out.
    virtual void ClientFinished(ClientId client) = 0;
    // It said nothing for as long as its IdlePolicy, and nothing of it waits to be told.
    virtual void ClientIdleTooLong(ClientId client, IdlePolicy policy) = 0;
    // It will be gone at once, because it does not read what is said to it: `how` is the rest of a
    // sentence for the log, behind who it was.
    virtual void ClientFellBehind(ClientId /*client*/, absl::string_view /*how*/) {}
    // It is gone; the last word about it.
    virtual void ClientGone(ClientId client, absl::string_view reason) = 0;
    // Whether so much waits for the main thread that clients should not be read for a while.
    virtual bool Busy() const { return false; }

   protected:
    ~Events() = default;
  };

  virtual ~Gateway() = default;

  // Once, before Start: who is told. They outlive CloseAll.
  virtual void SetEvents(Events& events) = 0;
  // Once, before Listen: from here on clients are served, by the reactor engine of this name where
  // the gateway makes reactors itself. Errors name the engine.
  virtual absl::Status Start(const std::string& engine) = 0;

  // Its members read `notice` where something is skipped for them; it outlives the clients.
  virtual AudienceId OpenAudience(const SkipNotice& notice) = 0;
  // What was announced before still reaches its members.
  virtual void CloseAudience(AudienceId audience) = 0;
  // A client is in at most one audience.
  virtual void Join(ClientId client, AudienceId audience) = 0;
  virtual void Leave(ClientId client, AudienceId audience) = 0;
  // To everybody in the audience but `except`, which may name nobody.
  virtual void Announce(AudienceId audience, absl::string_view text, ClientId except) = 0;
  virtual void Reply(ClientId client, absl::string_view text) = 0;
  virtual void SetIdlePolicy(ClientId client, IdlePolicy policy) = 0;
  // Hangs up when everything owed is sent.
  virtual void HangUp(ClientId client) = 0;

  virtual TimePoint Now() = 0;

  // Serves clients at `address` too; returns the address with the port that was chosen for port 0.
  // Errors name the address.
  virtual absl::StatusOr<SocketAddress> Listen(const SocketAddress& address,
                                               const ListenerOptions& options) = 0;
  virtual void StopListening() = 0;
  // Closes every listener and every client; the last word about each has been said when it returns.
  virtual void CloseAll() = 0;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_GATEWAY_H_
