#include "chat/transport/threaded_gateway.h"

#include <algorithm>
#include <utility>

#include "chat/transport/shard.h"

namespace parley::chat {
namespace {

constexpr uint32_t kReplySegmentBytes = 4096;
// An audience that was spoken to keeps a segment to write to; a quiet one gives it back.
constexpr Duration kRestEvery = std::chrono::seconds(1);

}  // namespace

ThreadedGateway::ThreadedGateway(Reactor& main_reactor, uint32_t threads, const Limits& limits,
                                 Admission& admission)
    : main_reactor_(main_reactor),
      listen_options_(ChatListenOptions(limits)),
      replies_(kReplySegmentBytes, kReplySegmentBytes) {
  for (uint32_t index = 0; index < threads; ++index) {
    threads_.push_back(std::make_unique<IoThread>(index, limits, admission, main_reactor));
  }
  main_reactor_.SetTurnHook(this);
}

ThreadedGateway::~ThreadedGateway() {
  CloseAll();
  main_reactor_.SetTurnHook(nullptr);
  main_reactor_.Cancel(rest_timer_);
}

absl::Status ThreadedGateway::Start(const std::string& engine) {
  for (const auto& thread : threads_) {
    if (absl::Status started = thread->Start(engine); !started.ok()) return started;
  }
  return absl::OkStatus();
}

// ---- listening ----

absl::StatusOr<SocketAddress> ThreadedGateway::Listen(const SocketAddress& address,
                                                      const ListenerOptions& options) {
  if (address.is_unix()) {
    absl::StatusOr<Handle> listener = main_reactor_.Listen(address, listen_options_, this);
    if (!listener.ok()) return listener.status();
    unix_listeners_[*listener] = options;
    return address;
  }
  if (address.port() != 0) {
    // Sharing would let another server of this user have the port too: first see that it is free.
    absl::StatusOr<UniqueFd> probe = MakeListeningSocket(address, listen_options_);
    if (!probe.ok()) return probe.status();
  }
  // The first thread's socket chooses the port where none is given.
  SocketAddress bound = address;
  for (const auto& thread : threads_) {
    absl::StatusOr<SocketAddress> listening;
    thread->Call([&](Shard& shard) { listening = shard.ListenShared(bound, options); });
    if (!listening.ok()) return listening.status();
    bound = *listening;
  }
  return bound;
}

void ThreadedGateway::OnAccepted(Handle listener, UniqueFd fd, const SocketAddress& peer) {
  const auto found = unix_listeners_.find(listener);
  if (found == unix_listeners_.end()) return;
  IoThread& thread = *threads_[next_thread_++ % threads_.size()];
  const ListenerOptions options = found->second;
  thread.Post([socket = std::move(fd), peer, options](Shard& shard) mutable {
    shard.Serve(std::move(socket), peer, options);
  });
}

void ThreadedGateway::CloseUnixListeners() {
  for (const auto& [listener, options] : unix_listeners_) main_reactor_.CloseListener(listener);
  unix_listeners_.clear();
}

void ThreadedGateway::StopListening() {
  CloseUnixListeners();
  for (const auto& thread : threads_) thread->Call([](Shard& shard) { shard.StopListening(); });
}

void ThreadedGateway::CloseAll() {
  CloseUnixListeners();
  for (const auto& thread : threads_) thread->Stop();
  OnTurn();  // the last news
}

// ---- orders to the I/O threads ----

void ThreadedGateway::Tell(ClientId client, ShardOrder order) {
  order.client = client.connection;
  threads_[client.thread]->Tell(std::move(order));
}

AudienceId ThreadedGateway::OpenAudience(const SkipNotice& notice) {
  if (free_audiences_.empty()) {
    audiences_.emplace_back();
    free_audiences_.push_back(static_cast<AudienceId>(audiences_.size()));
  }
  const AudienceId audience = free_audiences_.back();
  free_audiences_.pop_back();
  audiences_[audience - 1].members.assign(threads_.size(), 0);
  audiences_[audience - 1].notice = &notice;
  return audience;
}

void ThreadedGateway::CloseAudience(AudienceId audience) {
  audiences_[audience - 1].writer.Rest();
  for (const auto& thread : threads_) {
    thread->Tell({.kind = ShardOrder::Kind::kCloseAudience, .audience = audience});
  }
  free_audiences_.push_back(audience);
}

void ThreadedGateway::Join(ClientId client, AudienceId audience) {
  Audience& joined = audiences_[audience - 1];
  ++joined.members[client.thread];
  Tell(client, {.kind = ShardOrder::Kind::kJoin, .audience = audience, .notice = joined.notice});
}

void ThreadedGateway::Leave(ClientId client, AudienceId audience) {
  --audiences_[audience - 1].members[client.thread];
  Tell(client, {.kind = ShardOrder::Kind::kLeave, .audience = audience});
}

void ThreadedGateway::Announce(AudienceId id, absl::string_view text, ClientId except) {
  Audience& audience = audiences_[id - 1];
  const Slice slice = audience.writer.Append(AsBytes(text));
  for (size_t thread = 0; thread < threads_.size(); ++thread) {
    if (audience.members[thread] == 0) continue;
    threads_[thread]->Tell({.kind = ShardOrder::Kind::kAnnounce,
                            .audience = id,
                            .client = except.thread == thread ? except.connection : Handle(),
                            .text = slice});
  }
  if (audience.active) return;
  audience.active = true;
  active_.push_back(id);
  if (rest_timer_ == 0) rest_timer_ = main_reactor_.After(kRestEvery, [this] { RestWriters(); });
}

void ThreadedGateway::RestWriters() {
  rest_timer_ = 0;
  for (AudienceId audience : active_) {
    audiences_[audience - 1].writer.Rest();
    audiences_[audience - 1].active = false;
  }
  active_.clear();
}

void ThreadedGateway::Reply(ClientId client, absl::string_view text) {
  Tell(client, {.kind = ShardOrder::Kind::kReply, .text = replies_.Append(AsBytes(text))});
}

void ThreadedGateway::SetIdlePolicy(ClientId client, IdlePolicy policy) {
  Tell(client, {.kind = ShardOrder::Kind::kSetIdlePolicy, .policy = policy});
}

void ThreadedGateway::HangUp(ClientId client) { Tell(client, {.kind = ShardOrder::Kind::kHangUp}); }

// ---- news from the I/O threads ----

void ThreadedGateway::OnTurn() {
  for (uint32_t thread = 0; thread < threads_.size(); ++thread) {
    threads_[thread]->TakeNews([&](const ShardNews& news) { Deliver(thread, news); });
  }
}

void ThreadedGateway::Deliver(uint32_t thread, const ShardNews& news) {
  const ClientId client{news.client, thread};
  const absl::string_view text = AsText(news.text.bytes());
  switch (news.kind) {
    case ShardNews::Kind::kArrived:
      return events_->ClientArrived(client, news.entrance, text);
    case ShardNews::Kind::kSpoke:
      return events_->ClientSpoke(client, text);
    case ShardNews::Kind::kSpokeTooLong:
      return events_->ClientSpokeTooLong(client);
    case ShardNews::Kind::kLearned:
      return events_->ClientLearned(client, news.capability);
    case ShardNews::Kind::kBrokeProtocol:
      return events_->ClientBrokeProtocol(client, text);
    case ShardNews::Kind::kFinished:
      return events_->ClientFinished(client);
    case ShardNews::Kind::kIdleTooLong:
      return events_->ClientIdleTooLong(client, news.policy);
    case ShardNews::Kind::kFellBehind:
      return events_->ClientFellBehind(client, text);
    case ShardNews::Kind::kGone:
      return events_->ClientGone(client, text);
  }
}

}  // namespace parley::chat
