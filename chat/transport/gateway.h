#ifndef CHAT_TRANSPORT_GATEWAY_H_
#define CHAT_TRANSPORT_GATEWAY_H_

// Between the main thread and the I/O threads. On the main thread is the chat server: sessions,
// rooms, names, commands. On the I/O threads is the transport: sockets, framings, rates. The server
// speaks through a Gateway and is told through Gateway::Events; it never sees a socket.
//
// Each of the server's calls becomes an order (order.h), here and nowhere else. With one thread a
// shard obeys it at once (shard.h); with more it goes to the I/O threads that it concerns
// (threaded_gateway.h).
//
// Order: what one thread of calls asks is what every client sees, in that order.
// Thread: the main thread, both directions. What is announced or replied is whole messages, as the
// listener's profile has them.

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chat/transport/framing_kind.h"
#include "chat/transport/limits.h"
#include "chat/transport/news.h"
#include "chat/transport/order.h"
#include "reactor/base/clock.h"
#include "reactor/base/socket_address.h"

namespace parley::chat {

// The host of an address as News::Kind::kArrived has it: "192.0.2.7", "2001:db8::7", "unix".
inline absl::string_view HostOf(absl::string_view address) {
  address = address.substr(0, address.rfind(':'));  // before the port, or the path
  if (address.size() > 1 && address.front() == '[') address = address.substr(1, address.size() - 2);
  return address;
}

// What is said to who may not come in, in whole messages; empty: nothing.
struct RefusalTexts {
  std::string server_full;
  std::string address_full;
};

struct ListenerOptions {
  LagPolicy lag_policy = LagPolicy::kDisconnect;
  EntranceId entrance = 0;
  FramingKind framing = FramingKind::kAnyLineEnd;
  const RefusalTexts* refusals = nullptr;  // outlive the listener; null: nothing is said
};

class Gateway {
 public:
  class Events {
   public:
    virtual void OnNews(const News& news) = 0;
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
  AudienceId OpenAudience(const SkipNotice& notice);
  // What was announced before still reaches its members.
  void CloseAudience(AudienceId audience);
  // A client is in at most one audience, which is open.
  void Join(ClientId client, AudienceId audience) {
    Obey({.kind = Order::Kind::kJoin,
          .audience = audience,
          .client = client,
          .notice = notices_[audience - 1]});
  }
  void Leave(ClientId client, AudienceId audience) {
    Obey({.kind = Order::Kind::kLeave, .audience = audience, .client = client});
  }
  // To everybody in the audience for whom there is no override.
  void Announce(AudienceId audience, absl::string_view text,
                std::span<const Override> overrides = {}) {
    Obey({.kind = Order::Kind::kAnnounce,
          .audience = audience,
          .text = text,
          .overrides = overrides});
  }
  void Reply(ClientId client, absl::string_view text) {
    Obey({.kind = Order::Kind::kReply, .client = client, .text = text});
  }
  void SetIdlePolicy(ClientId client, IdlePolicy policy) {
    Obey({.kind = Order::Kind::kSetIdlePolicy, .policy = policy, .client = client});
  }
  // Charges so many bytes to its rates: what its line has had said to everybody, beyond the line. It
  // waits for no more than a minute of its own rate, however often that is.
  void Charge(ClientId client, uint64_t bytes) {
    Obey({.kind = Order::Kind::kCharge, .client = client, .bytes = bytes});
  }
  // Hangs up when everything owed is sent.
  void HangUp(ClientId client) { Obey({.kind = Order::Kind::kHangUp, .client = client}); }

  // Has every shard that an order concerns obey it. An order about a client that is gone is passed
  // over.
  virtual void Obey(const Order& order) = 0;

  virtual TimePoint Now() = 0;

  // Serves clients at `address` too; returns the address with the port that was chosen for port 0.
  // Errors name the address.
  virtual absl::StatusOr<SocketAddress> Listen(const SocketAddress& address,
                                               const ListenerOptions& options) = 0;
  virtual void StopListening() = 0;
  // Closes every listener and every client; the last word about each has been said when it returns.
  virtual void CloseAll() = 0;

 private:
  std::vector<const SkipNotice*> notices_;  // of audiences, by id - 1
  std::vector<AudienceId> free_audiences_;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_GATEWAY_H_
