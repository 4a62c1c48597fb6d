#ifndef CHAT_TRANSPORT_SHARD_H_
#define CHAT_TRANSPORT_SHARD_H_

// The transport on one reactor: its listeners, its clients, its share of every audience. Obeys the
// server's orders. With one thread it is the whole Gateway, and they go straight to the sockets.
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
#include "reactor/base/segment.h"
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
  void Obey(const Order& order) override;
  TimePoint Now() override { return reactor_.Now(); }
  absl::StatusOr<SocketAddress> Listen(const SocketAddress& address,
                                       const ListenerOptions& options) override;
  void StopListening() override;
  void CloseAll() override;

  // For its clients.
  Reactor& reactor() { return reactor_; }
  const Limits& limits() const { return limits_; }
  // Tells the server of it; `news` need not say whom it is about.
  void Tell(Handle connection, News news) {
    news.client = {connection, thread_};
    events_->OnNews(news);
  }
  bool Busy() const { return events_->Busy(); }
  // Calls ContinueThrottled on it, in a while.
  void Throttle(Handle connection);
  // What one reads who has missed messages of this log, which is an audience's.
  std::string NoticeOf(const BroadcastLog& log, uint64_t messages) const;
  // Destroys the client.
  void Closed(Handle connection, CloseReason reason);

 private:
  // An audience is there from its first member on.
  BroadcastGroup* FindAudience(AudienceId audience);
  void Join(const Order& order);
  void CloseAudience(AudienceId audience);
  void Announce(const Order& order);
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
  std::vector<std::unique_ptr<BroadcastGroup>> audiences_;  // by id - 1; null: nobody here joined
  absl::flat_hash_map<const BroadcastLog*, const SkipNotice*> notices_;  // of those that are open
  SegmentWriter overrides_;
  std::vector<Handle> throttled_;
  TimerId throttle_timer_ = 0;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_SHARD_H_
