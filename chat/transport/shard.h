#ifndef CHAT_TRANSPORT_SHARD_H_
#define CHAT_TRANSPORT_SHARD_H_

// The transport on one reactor: its listeners, its clients, its share of every audience. With one
// thread it is the whole Gateway, and the server's calls go straight to the sockets.
//
// Ownership: owns its clients and broadcasts. The reactor and the admission outlive it. Thread: the
// reactor's.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "chat/transport/admission.h"
#include "chat/transport/client_connection.h"
#include "chat/transport/gateway.h"
#include "chat/transport/limits.h"
#include "reactor/base/slot_table.h"
#include "reactor/loop/reactor.h"

namespace parley::chat {

// How every chat listener listens.
ListenOptions ChatListenOptions(const Limits& limits);

class Shard final : public Gateway, private AcceptHandler {
 public:
  Shard(Reactor& reactor, uint32_t thread, const Limits& limits, Admission& admission);
  ~Shard() override { CloseAll(); }

  // Serves a client that was accepted elsewhere.
  void Serve(UniqueFd fd, const SocketAddress& peer, const ListenerOptions& listener);
  // Listens on an address that other shards of this process share (SO_REUSEPORT).
  absl::StatusOr<SocketAddress> ListenShared(const SocketAddress& address,
                                             const ListenerOptions& options);

  // Gateway
  void SetEvents(Events& events) override { events_ = &events; }
  absl::Status Start(const std::string&) override { return absl::OkStatus(); }
  AudienceId OpenAudience(const SkipNotice& notice) override;
  void CloseAudience(AudienceId audience) override;
  void Join(ClientId client, AudienceId audience) override;
  void Leave(ClientId client, AudienceId audience) override;
  void Announce(AudienceId audience, absl::string_view text, ClientId except) override;
  void Reply(ClientId client, absl::string_view text) override;
  void SetIdlePolicy(ClientId client, IdlePolicy policy) override;
  void HangUp(ClientId client) override;
  TimePoint Now() override { return reactor_.Now(); }
  absl::StatusOr<SocketAddress> Listen(const SocketAddress& address,
                                       const ListenerOptions& options) override;
  void StopListening() override;
  void CloseAll() override;

  // The same as the Gateway's, with an audience that another thread named and text in its segments.
  void JoinNamed(ClientId client, AudienceId audience, const SkipNotice& notice);
  void CloseNamed(AudienceId audience);
  void Announce(AudienceId audience, const Slice& text, Handle except);
  void Reply(ClientId client, Slice text);

  // For its clients.
  Reactor& reactor() { return reactor_; }
  const Limits& limits() const { return limits_; }
  Events& events() { return *events_; }
  ClientId IdOf(Handle connection) const { return {connection, thread_}; }
  // Calls ContinueThrottled on it, in a while.
  void Throttle(Handle connection);
  // What one reads who has missed messages of this log, which is an audience's.
  std::string NoticeOf(const BroadcastLog& log, uint64_t messages) const;
  // Destroys the client.
  void Closed(Handle connection, CloseReason reason);

 private:
  void OpenIn(std::unique_ptr<BroadcastGroup>& place, const SkipNotice& notice);
  void CloseIn(std::unique_ptr<BroadcastGroup>& place);
  absl::StatusOr<SocketAddress> ListenOn(const SocketAddress& address,
                                         const ListenerOptions& options, bool shared);
  void OnAccepted(Handle listener, UniqueFd fd, const SocketAddress& peer) override;
  void OnListenerClosed(Handle listener, CloseReason reason) override;
  void ContinueThrottled();
  ClientConnection* Find(Handle connection);

  Reactor& reactor_;
  const uint32_t thread_;
  const Limits& limits_;
  Admission& admission_;
  Events* events_ = nullptr;
  absl::flat_hash_map<Handle, ListenerOptions> listeners_;
  size_t open_listeners_ = 0;                             // whose last word has not come
  SlotArray<std::unique_ptr<ClientConnection>> clients_;  // by the connection's slot
  size_t client_count_ = 0;
  std::vector<std::unique_ptr<BroadcastGroup>> audiences_;  // by id - 1; null when closed
  absl::flat_hash_map<const BroadcastLog*, const SkipNotice*> notices_;  // of those that are open
  std::vector<AudienceId> free_audiences_;
  std::vector<Handle> throttled_;
  TimerId throttle_timer_ = 0;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_SHARD_H_
