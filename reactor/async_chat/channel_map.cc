#include "reactor/async_chat/channel_map.h"

#include <algorithm>

#include "reactor/base/check.h"

namespace parley {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(1);

}  // namespace

absl::StatusOr<std::unique_ptr<ChannelMap>> ChannelMap::Create(absl::string_view engine) {
  absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create(engine);
  if (!reactor.ok()) return reactor.status();
  return std::make_unique<ChannelMap>(*std::move(reactor));
}

ChannelMap::ChannelMap(std::unique_ptr<Reactor> reactor) : reactor_(std::move(reactor)) {
  reactor_->SetExceptionHook([this](const std::exception_ptr& error) { return TakeExit(error); });
}

ChannelMap& ChannelMap::Default() {
  thread_local const std::unique_ptr<ChannelMap> map = [] {
    absl::StatusOr<std::unique_ptr<ChannelMap>> made = Create();
    PARLEY_CHECK(made.ok(), made.status().ToString());
    return *std::move(made);
  }();
  return *map;
}

ChannelMap::~ChannelMap() {
  CloseAll();
  owned_.clear();
  reactor_.reset();  // tells this map of what it closes
}

// ---- channels come and go --------------------------------------------------------------------

void ChannelMap::Add(Channel& channel, Handle handle) {
  if (handle) {
    MakePlace(handle);
    by_slot_[handle.slot] = &channel;
    SetIdleTimeout(handle, Duration::zero());
  }
  channel.handle_ = handle;
  channel.open_ = true;
  channel.told_close_ = channel.socket_gone_ = false;
  ++open_;
  channel.Opened();
}

void ChannelMap::SetIdleTimeout(Handle handle, Duration limit) {
  if (handle.slot >= idle_.size()) {
    if (limit <= Duration::zero()) return;
    idle_.resize(by_slot_.size());
  }
  idle_[handle.slot] = {};
  if (limit <= Duration::zero()) return;
  const int64_t limit_ms = std::max<int64_t>(limit / std::chrono::milliseconds(1), 1);
  idle_[handle.slot].limit_ms = static_cast<uint32_t>(limit_ms) & 0x7FFFFFFF;
}

ChannelMap::Idle* ChannelMap::IdleOf(Handle handle) {
  if (handle.slot >= idle_.size() || idle_[handle.slot].limit_ms == 0) return nullptr;
  return &idle_[handle.slot];
}

// Without memory for a place, the socket is closed, as one whose channel is gone.
void ChannelMap::MakePlace(Handle handle) {
  if (handle.slot < by_slot_.size()) return;
  try {
    by_slot_.resize(handle.slot + 1);
  } catch (...) {
    ++closing_;
    reactor_->Close(handle);
    reactor_->CloseListener(handle);
    throw;
  }
}

void ChannelMap::Forget(Channel& channel) {
  if (channel.handle_) by_slot_[channel.handle_.slot] = nullptr;
  channel.handle_ = {};
  channel.open_ = channel.connected_ = channel.accepting_ = false;
  --open_;
  if (channel.owned_ && !channel.to_reap_) finished_.push_back(&channel);
  channel.to_reap_ = true;
  channel.Closed();
}

void ChannelMap::Remove(Channel& channel) {
  const Handle handle = channel.handle_;
  const bool was_connected = channel.connected_;
  const bool was_accepting = channel.accepting_;
  Forget(channel);
  if (!handle || channel.socket_gone_) return;
  ++closing_;
  if (was_accepting) {
    reactor_->CloseListener(handle);
  } else if (was_connected) {
    reactor_->CloseWhenDone(handle);
  } else {
    reactor_->Close(handle);
  }
}

void ChannelMap::Own(std::unique_ptr<Channel> channel) {
  owned_.push_back(std::move(channel));  // what may fail comes first
  Channel& owned = *owned_.back();
  owned.owned_ = true;
  owned.owned_place_ = static_cast<uint32_t>(owned_.size() - 1);
  if (owned.to_reap_) finished_.push_back(&owned);  // over before it was owned
}

void ChannelMap::Reap() {
  while (!finished_.empty()) {
    Channel* channel = finished_.back();
    finished_.pop_back();
    channel->to_reap_ = false;
    if (channel->open_) continue;  // it has connected again
    const uint32_t place = channel->owned_place_;
    const std::unique_ptr<Channel> finished = std::move(owned_[place]);
    if (place + 1 != owned_.size()) {
      owned_[place] = std::move(owned_.back());
      owned_[place]->owned_place_ = place;
    }
    owned_.pop_back();
  }
}

void ChannelMap::CloseAll() {
  for (size_t slot = 0; slot < by_slot_.size(); ++slot) {
    if (by_slot_[slot] != nullptr) by_slot_[slot]->Close();
  }
  while (!asked_.empty()) asked_.back()->Close();
}

// ---- what the reactor tells ------------------------------------------------------------------

Channel* ChannelMap::Find(Handle handle) const {
  if (handle.slot >= by_slot_.size()) return nullptr;
  Channel* channel = by_slot_[handle.slot];
  return channel != nullptr && channel->handle_ == handle ? channel : nullptr;
}

void ChannelMap::OnConnected(Handle handle) {
  Channel* channel = Find(handle);
  if (channel == nullptr) return;
  channel->connected_ = true;
  channel->TakeConnected();
  channel->Call("HandleConnect", [&] { channel->HandleConnect(); });
}

void ChannelMap::OnBytes(Handle handle, ByteSpan bytes) {
  if (Channel* channel = Find(handle)) channel->TakeBytes(bytes);
}

void ChannelMap::OnUrgent(Handle handle, ByteSpan bytes) {
  Channel* channel = Find(handle);
  if (channel != nullptr) channel->Call("HandleExpt", [&] { channel->HandleExpt(bytes); });
}

void ChannelMap::OnEndOfInput(Handle handle) {
  if (Channel* channel = Find(handle)) channel->TakeEndOfInput();
}

void ChannelMap::OnDrained(Handle handle) {
  if (Channel* channel = Find(handle)) channel->TakeDrained();
}

bool ChannelMap::OnDeadline(Handle handle) {
  Channel* channel = Find(handle);
  if (channel == nullptr) return true;
  channel->TakeDeadline();
  return false;
}

void ChannelMap::OnClosed(Handle handle, CloseReason reason) {
  Channel* channel = Find(handle);
  if (channel == nullptr) {
    --closing_;
    return;
  }
  channel->socket_gone_ = true;
  channel->End(reason);
}

void ChannelMap::OnAccepted(Handle listener, UniqueFd fd, const SocketAddress& peer) {
  if (Channel* channel = Find(listener)) channel->TakeAccepted(std::move(fd), peer);
}

void ChannelMap::OnListenerClosed(Handle listener, CloseReason reason) {
  OnClosed(listener, reason);
}

// ---- the loop --------------------------------------------------------------------------------

bool ChannelMap::TakeExit(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const ExitNow&) {
    if (!exit_) exit_ = error;
    return true;
  } catch (...) {
    return false;
  }
}

void ChannelMap::Loop() {
  while (!reactor_->TakeStop() && Turn(kLongestWait)) {
  }
}

void ChannelMap::Loop(Duration longest_wait, size_t turns) {
  for (; turns > 0 && !reactor_->TakeStop() && Turn(longest_wait); --turns) {
  }
  if (turns == 0) reactor_->TakeStop();  // of the last of them
}

// Whether there is anything left to turn for.
bool ChannelMap::Turn(Duration longest_wait) {
  PARLEY_CHECK(!in_turn_);
  if (HasNothingToDo()) {
    Reap();
    return false;
  }
  in_turn_ = true;
  const bool at_once = AskDispatchers();
  if (!HasNothingToDo()) reactor_->RunOnce(at_once || exit_ ? Duration::zero() : longest_wait);
  EndTurn();
  return true;
}

void ChannelMap::EndTurn() {
  in_turn_ = false;
  Reap();
  if (exit_) std::rethrow_exception(std::exchange(exit_, nullptr));
}

TimePoint ChannelMap::PrepareToPoll() {
  PARLEY_CHECK(!in_turn_);
  in_turn_ = true;
  const bool at_once = AskDispatchers();
  in_turn_ = false;
  Reap();
  return at_once || exit_ ? reactor_->Now() : reactor_->PrepareToPoll();
}

void ChannelMap::RunOnce() {
  PARLEY_CHECK(!in_turn_);
  in_turn_ = true;
  if (!exit_) reactor_->RunOnce(Duration::zero());
  EndTurn();
}

// Lets the plain dispatchers read and write, each at most once a turn, until none of them wants to
// that has not: what one does may make another willing. Returns whether one has more to do at once.
bool ChannelMap::AskDispatchers() {
  if (asked_.empty()) return false;
  ++turn_;
  bool called = true;
  bool at_once = false;
  while (called && !exit_) {
    called = false;
    for (size_t i = 0; i < asked_.size() && !exit_; ++i) {
      const Dispatcher::Wish wish = asked_[i]->Ask(turn_);
      called |= wish.called;
      at_once |= wish.again;
    }
  }
  return at_once;
}

}  // namespace parley
