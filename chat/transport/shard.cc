#include "chat/transport/shard.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"

namespace parley::chat {
namespace {

// A pause that nobody notices, and long enough to be worth a timer.
constexpr Duration kThrottleStep = std::chrono::milliseconds(50);

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
  if (!entrance.refusal.empty()) {
    const bool reads_it = HasLines(listener.framing);
    return reactor_.Refuse(std::move(fd),
                           AsBytes(reads_it ? absl::StrCat(entrance.refusal, "\r\n") : ""));
  }
  auto client = std::make_unique<ClientConnection>(*this, listener.framing, entrance.account);
  ConnectionOptions options;
  options.max_lag_bytes = options.max_private_bytes = limits_.max_lag_bytes;
  if (listener.lag_policy == LagPolicy::kSkip) options.soft_lag_bytes = limits_.soft_lag_bytes;
  options.keep_half_open = true;  // lines that wait for the rate come before the end
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
  events_->ClientArrived(IdOf(*connection), listener.entrance, peer.ToString());
}

void Shard::Closed(Handle connection, CloseReason reason) {
  const std::unique_ptr<ClientConnection> gone = std::move(clients_[connection.slot]);
  admission_.Leave(gone->account(), reactor_.Now());
  --client_count_;
  if (reason.cause == CloseCause::kLag || reason.cause == CloseCause::kUnreadNotice) {
    events_->ClientFellBehind(IdOf(connection),
                              absl::StrCat("from ", reactor_.PeerOf(connection).ToString(),
                                           " is disconnected: ", reason.ToString(), " (",
                                           reactor_.OwedWhenClosed(), " bytes were owed)"));
  }
  events_->ClientGone(IdOf(connection), reason.ToString());
}

void Shard::OpenIn(std::unique_ptr<BroadcastGroup>& place, const SkipNotice& notice) {
  place = std::make_unique<BroadcastGroup>(reactor_);
  notices_[&place->log()] = &notice;
}

void Shard::CloseIn(std::unique_ptr<BroadcastGroup>& place) {
  if (place == nullptr) return;
  notices_.erase(&place->log());
  place.reset();
}

std::string Shard::NoticeOf(const BroadcastLog& log, uint64_t messages) const {
  return notices_.at(&log)->Of(messages);
}

AudienceId Shard::OpenAudience(const SkipNotice& notice) {
  if (free_audiences_.empty()) {
    audiences_.push_back(nullptr);
    free_audiences_.push_back(static_cast<AudienceId>(audiences_.size()));
  }
  const AudienceId audience = free_audiences_.back();
  free_audiences_.pop_back();
  OpenIn(audiences_[audience - 1], notice);
  return audience;
}

void Shard::CloseAudience(AudienceId audience) {
  CloseIn(audiences_[audience - 1]);
  free_audiences_.push_back(audience);
}

void Shard::Join(ClientId client, AudienceId audience) {
  audiences_[audience - 1]->Join(client.connection);
}

void Shard::Leave(ClientId client, AudienceId audience) {
  audiences_[audience - 1]->Leave(client.connection);
}

void Shard::JoinNamed(ClientId client, AudienceId audience, const SkipNotice& notice) {
  if (audience > audiences_.size()) audiences_.resize(audience);
  auto& place = audiences_[audience - 1];
  if (place == nullptr) OpenIn(place, notice);
  place->Join(client.connection);
}

void Shard::CloseNamed(AudienceId audience) {
  if (audience <= audiences_.size()) CloseIn(audiences_[audience - 1]);
}

void Shard::Announce(AudienceId audience, const Slice& text, Handle except) {
  audiences_[audience - 1]->Append(text, except);
}

void Shard::Announce(AudienceId audience, absl::string_view text, ClientId except) {
  audiences_[audience - 1]->Append(AsBytes(text), except.connection);
}

void Shard::Reply(ClientId client, absl::string_view text) {
  reactor_.Send(client.connection, AsBytes(text));
}

void Shard::Reply(ClientId client, Slice text) {
  reactor_.Send(client.connection, std::move(text));
}

void Shard::SetIdlePolicy(ClientId client, IdlePolicy policy) {
  if (ClientConnection* found = Find(client.connection))
    found->SetIdlePolicy(client.connection, policy);
}

void Shard::HangUp(ClientId client) {
  if (ClientConnection* found = Find(client.connection)) found->StopListening();
  reactor_.CloseWhenDone(client.connection);
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
