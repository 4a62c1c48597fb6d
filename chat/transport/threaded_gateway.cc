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

ThreadedGateway::Audience& ThreadedGateway::AudienceOf(const Order& order) {
  if (order.audience > audiences_.size()) audiences_.resize(order.audience);
  Audience& audience = audiences_[order.audience - 1];
  audience.members.resize(threads_.size());
  return audience;
}

void ThreadedGateway::Obey(const Order& order) {
  const uint32_t thread = order.client.thread;
  Slice text;
  switch (order.kind) {
    case Order::Kind::kAnnounce:
      return Announce(order);
    case Order::Kind::kCloseAudience:
      AudienceOf(order).writer.Rest();
      AudienceOf(order).members.assign(threads_.size(), 0);
      for (const auto& each : threads_) each->Obey(order, {});
      return;
    case Order::Kind::kJoin:
      ++AudienceOf(order).members[thread];
      break;
    case Order::Kind::kLeave:
      --AudienceOf(order).members[thread];
      break;
    case Order::Kind::kReply:
      text = replies_.Append(AsBytes(order.text));
      break;
    case Order::Kind::kSetIdlePolicy:
    case Order::Kind::kCharge:
    case Order::Kind::kHangUp:
      break;
  }
  threads_[thread]->Obey(order, std::move(text));
}

void ThreadedGateway::Announce(const Order& order) {
  Audience& audience = AudienceOf(order);
  const Slice text = audience.writer.Append(AsBytes(order.text));
  for (size_t thread = 0; thread < threads_.size(); ++thread) {
    if (audience.members[thread] != 0) threads_[thread]->Obey(order, text);
  }
  if (audience.active) return;
  audience.active = true;
  active_.push_back(order.audience);
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

// ---- news from the I/O threads ----

void ThreadedGateway::OnTurn() {
  for (const auto& thread : threads_) {
    thread->TakeNews([this](const News& news) { events_->OnNews(news); });
  }
}

}  // namespace parley::chat
