#include "chat/transport/shard.h"

#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"

namespace parley::chat {
namespace {

// A pause that nobody notices, and long enough to be worth a timer.
constexpr Duration kThrottleStep = std::chrono::milliseconds(50);

absl::string_view TextOf(Refusal refusal, const RefusalTexts* texts) {
  if (texts == nullptr) return "";
  return refusal == Refusal::kServerFull ? texts->server_full : texts->address_full;
}

}  // namespace

ListenOptions ChatListenOptions(const Limits& limits) {
  ListenOptions options;
  options.stream.urgent_in_line = true;  // telnet's DM is a byte of the stream (RFC 854)
  options.stream.peer_timeout = limits.peer_timeout;
  return options;
}

Shard::Shard(Reactor& reactor, uint32_t thread, const Limits& limits, Admission& admission)
    : reactor_(reactor), thread_(thread), limits_(limits), admission_(admission) {
  reactor_.SetStallTime(Duration::zero());  // who reads too slowly is closed for the bytes it owes
  reactor_.LogCutOffs(false);               // the main thread logs each with more about it
  reactor_.SetLongestLag(limits_.longest_lag == Duration::zero() ? Duration::max()
                                                                 : limits_.longest_lag);
}

void Shard::CloseAll() {
  StopListening();
  reactor_.Cancel(throttle_timer_);
  reactor_.ForEachConnection([this](Handle connection) {
    if (Find(connection) != nullptr) reactor_.Close(connection, {CloseCause::kShutdown, 0});
  });
  while (client_count_ > 0 || open_listeners_ > 0) reactor_.RunOnce(Duration::zero());
}

absl::StatusOr<SocketAddress> Shard::Listen(const SocketAddress& address,
                                            const ListenerOptions& options) {
  return ListenOn(address, options, false);
}

absl::StatusOr<SocketAddress> Shard::ListenShared(const SocketAddress& address,
                                                  const ListenerOptions& options) {
  return ListenOn(address, options, true);
}

absl::StatusOr<SocketAddress> Shard::ListenOn(const SocketAddress& address,
                                              const ListenerOptions& options, bool shared) {
  ListenOptions listen = ChatListenOptions(limits_);
  listen.reuse_port = shared;
  absl::StatusOr<Handle> listener = reactor_.Listen(address, listen, this);
  if (!listener.ok()) return listener.status();
  listeners_[*listener] = options;
  ++open_listeners_;
  return reactor_.AddressOf(*listener);
}

void Shard::OnListenerClosed(Handle listener, CloseReason reason) {
  --open_listeners_;
  listeners_.erase(listener);
  if (reason.cause != CloseCause::kAsked) {
    Log(Severity::kError, absl::StrCat("a listener is closed: ", reason.ToString()));
  }
}

void Shard::StopListening() {
  for (const auto& [listener, options] : listeners_) reactor_.CloseListener(listener);
  listeners_.clear();
}

ClientConnection* Shard::Find(Handle connection) {
  // Handles of the main thread may be late: the reactor knows which are still good.
  if (reactor_.StateOf(connection) == ConnectionState::kClosed) return nullptr;
  return clients_.At(connection.slot).get();
}

void Shard::OnAccepted(Handle listener, UniqueFd fd, const SocketAddress& peer) {
  const auto found = listeners_.find(listener);
  if (found != listeners_.end()) Serve(std::move(fd), peer, found->second);
}

void Shard::Serve(UniqueFd fd, const SocketAddress& peer, const ListenerOptions& listener) {
  const Admission::Entrance entrance = admission_.Enter(peer, reactor_.Now());
  if (entrance.refusal != Refusal::kNone) {
    return reactor_.Refuse(std::move(fd), AsBytes(TextOf(entrance.refusal, listener.refusals)));
  }
  auto client = std::make_unique<ClientConnection>(*this, listener.framing, entrance.account);
  ConnectionOptions options;
  options.max_lag_bytes = options.max_private_bytes = limits_.max_lag_bytes;
  if (listener.lag_policy == LagPolicy::kSkip) options.soft_lag_bytes = limits_.soft_lag_bytes;
  options.keep_half_open = true;  // lines that wait for the rate come before the end
  options.is_stream = true;
  absl::StatusOr<Handle> connection = reactor_.Adopt(std::move(fd), client.get(), options);
  if (!connection.ok()) {
    Log(Severity::kWarning,
        absl::StrCat("a connection was dropped: ", connection.status().message()));
    return admission_.Leave(entrance.account, reactor_.Now());
  }
  ClientConnection& kept = *client;
  clients_.At(connection->slot) = std::move(client);
  ++client_count_;
  kept.SetIdlePolicy(*connection, IdlePolicy::kLogin);
  const std::string from = peer.ToString();
  Tell(*connection, {.kind = News::Kind::kArrived, .entrance = listener.entrance, .text = from});
}

void Shard::Closed(Handle connection, CloseReason reason) {
  const std::unique_ptr<ClientConnection> gone = std::move(clients_[connection.slot]);
  admission_.Leave(gone->account(), reactor_.Now());
  --client_count_;
  if (reason.cause == CloseCause::kLag || reason.cause == CloseCause::kUnreadNotice) {
    const std::string how = absl::StrCat("from ", reactor_.PeerOf(connection).ToString(),
                                         " is disconnected: ", reason.ToString(), " (",
                                         reactor_.OwedWhenClosed(), " bytes were owed)");
    Tell(connection, {.kind = News::Kind::kFellBehind, .text = how});
  }
  const std::string why = reason.ToString();
  Tell(connection, {.kind = News::Kind::kGone, .text = why});
}

std::string Shard::NoticeOf(const BroadcastLog& log, uint64_t messages) const {
  return notices_.at(&log)->Of(messages);
}

void Shard::Obey(const Order& order) {
  const Handle connection = order.client.connection;
  switch (order.kind) {
    case Order::Kind::kJoin:
      return Join(order);
    case Order::Kind::kLeave:
      if (BroadcastGroup* audience = FindAudience(order.audience)) audience->Leave(connection);
      return;
    case Order::Kind::kCloseAudience:
      return CloseAudience(order.audience);
    case Order::Kind::kAnnounce:
      return Announce(order);
    case Order::Kind::kReply:
      if (order.slice != nullptr) return reactor_.Send(connection, *order.slice);
      return reactor_.Send(connection, AsBytes(order.text));
    case Order::Kind::kSetIdlePolicy:
      if (ClientConnection* client = Find(connection)) {
        client->SetIdlePolicy(connection, order.policy);
      }
      return;
    case Order::Kind::kCharge:
      if (ClientConnection* client = Find(connection)) client->ChargeForOthers(order.bytes);
      return;
    case Order::Kind::kHangUp:
      if (ClientConnection* client = Find(connection)) client->IgnoreInput();
      return reactor_.CloseWhenDone(connection);
  }
}

BroadcastGroup* Shard::FindAudience(AudienceId audience) {
  const size_t place = size_t{audience} - 1;  // of 0, beyond the end
  return place < audiences_.size() ? audiences_[place].get() : nullptr;
}

void Shard::Join(const Order& order) {
  if (order.audience > audiences_.size()) audiences_.resize(order.audience);
  std::unique_ptr<BroadcastGroup>& place = audiences_[order.audience - 1];
  if (place == nullptr) {
    place = std::make_unique<BroadcastGroup>(reactor_);
    notices_[&place->log()] = order.notice;
  }
  place->Join(order.client.connection);
}

void Shard::CloseAudience(AudienceId audience) {
  BroadcastGroup* const closed = FindAudience(audience);
  if (closed == nullptr) return;
  notices_.erase(&closed->log());
  audiences_[audience - 1].reset();
}

void Shard::Announce(const Order& order) {
  BroadcastGroup* const audience = FindAudience(order.audience);
  if (audience == nullptr) return;
  if (order.overrides.empty() && order.slice == nullptr) {
    return audience->Append({AsBytes(order.text)});
  }
  absl::InlinedVector<BroadcastGroup::Override, 2> overrides;
  for (const Override& each : order.overrides) {
    if (each.client.thread != thread_) continue;
    overrides.push_back({each.client.connection, each.instead.empty()
                                                     ? Slice()
                                                     : overrides_.Append(AsBytes(each.instead))});
  }
  if (order.slice != nullptr) {
    audience->Append(*order.slice, overrides);
  } else {
    audience->Append({AsBytes(order.text)}, overrides);
  }
  if (!overrides.empty()) overrides_.Rest();  // slow readers keep no more than what is theirs
}

void Shard::Throttle(Handle connection) {
  throttled_.push_back(connection);
  if (throttle_timer_ != 0) return;
  throttle_timer_ = reactor_.After(kThrottleStep, [this] { ContinueThrottled(); });
}

void Shard::ContinueThrottled() {
  throttle_timer_ = 0;
  std::vector<Handle> throttled;
  throttled.swap(throttled_);
  for (Handle connection : throttled) {
    // Who is still over the rate puts itself back on the list.
    if (ClientConnection* client = Find(connection)) client->ContinueThrottled(connection);
  }
}

}  // namespace parley::chat
