// Reactor: a turn of the loop: wait, deliver, run what is due, send what is owed.

#include <algorithm>
#include <utility>
#include <vector>

#include "reactor/base/check.h"
#include "reactor/loop/reactor.h"

namespace parley {
namespace {

constexpr Duration kLinger = std::chrono::seconds(2);

}  // namespace

TimerId Reactor::After(Duration delay, TimerQueue::Callback callback) {
  return timers_.Add(Later(engine_->Now(), delay), std::move(callback));
}

TimerId Reactor::Every(Duration period, TimerQueue::Callback callback) {
  PARLEY_CHECK(period > Duration::zero(), period.count());
  return timers_.Add(Later(engine_->Now(), period), std::move(callback), period);
}

absl::Status Reactor::OnSignals(std::span<const int> signal_numbers,
                                std::function<void(int)> callback) {
  if (absl::Status added = watched_signals_.Add(signal_numbers); !added.ok()) return added;
  absl::Status watching = engine_->WatchSignals(watched_signals_.numbers());
  if (!watching.ok()) return watching;
  on_signals_.push_back({{signal_numbers.begin(), signal_numbers.end()}, std::move(callback)});
  return absl::OkStatus();
}

void Reactor::Post(TaskQueue::Task task) {
  if (tasks_.Post(std::move(task))) engine_->Wake();
}

void Reactor::Stop() {
  stop_.store(true, std::memory_order_release);
  engine_->Wake();
}

bool Reactor::TakeStop() {
  return stop_.load(std::memory_order_relaxed) && stop_.exchange(false, std::memory_order_acquire);
}

void Reactor::Run() {
  while (!TakeStop()) RunOnce(std::chrono::hours(1));
}

bool Reactor::HasWork() const {
  // Guards first: who holds one posts before it is released.
  return work_guards_.load() != 0 || !tasks_.empty() || timers_.size() != 0;
}

void Reactor::ReleaseGuard() {
  if (work_guards_.fetch_sub(1) == 1) engine_->Wake();
}

TimePoint Reactor::NextWake(Duration longest_wait) {
  const bool has_work = !large_.empty() || !appended_to_.empty() || !dirty_.empty() ||
                        !lagging_.empty() || !settle_.empty() || !tasks_.empty();
  if (has_work) return turn_began_;  // which has passed
  return std::min({Later(engine_->Now(), longest_wait), timers_.Next(), deadlines_.Next(),
                   stalls_.Next(), refused_log_.due()});
}

void Reactor::RunOnce(Duration longest_wait) {
  engine_->Wait(NextWake(longest_wait));
  RunTasks();
  if (turn_hook_ != nullptr) Guarded("a turn hook", {}, [&] { turn_hook_->OnTurn(); });
  RunTimers();
  RunDeadlines();
  LookForStalled();
  FlushDirty();
  SweepBroadcasts();
  SkipLagging();
  SettleDrained();
  if (refused_log_.due() <= turn_began_) refused_log_.Tell(turn_began_);
}

void Reactor::RunTasks() {
  if (tasks_.empty()) return;
  for (TaskQueue::Task& task : tasks_.TakeAll()) {
    Guarded("a posted task", {}, [&] { task(); });
  }
}

void Reactor::RunTimers() {
  // A timer that adds a timer which is due at once has to let the turn end first.
  for (size_t most = timers_.size(); most > 0; --most) {
    TimerQueue::Due due = timers_.TakeDue(turn_began_);
    if (!due) return;
    Guarded("a timer", {}, [&] { due.callback(); });
    timers_.Renew(std::move(due), turn_began_);
  }
}

void Reactor::RunDeadlines() {
  if (deadlines_.Next() > turn_began_) return;
  for (uint32_t slot : deadlines_.Expire(turn_began_)) {
    Connection& connection = connections_[slot];
    // The callback of one before it may have given it a new deadline.
    if (connection.self && !deadlines_.IsSet(slot)) DeadlinePassed(connection);
  }
}

void Reactor::DeadlinePassed(Connection& connection) {
  const Handle handle = connection.self;
  switch (connection.state) {
    case ConnectionState::kConnecting:
      return Close(handle, {CloseCause::kConnectTimeout, 0});
    case ConnectionState::kDraining:
      // All of it was sent in this very turn: Settle goes on from here.
      if (connection.empty()) return QueueSettle(connection);
      if (HasDrainedSome(connection)) return AwaitDrain(connection);
      return Close(handle, {CloseCause::kDrainTimeout, 0}, CloseHow::kReset);
    case ConnectionState::kLingering:
      return Close(handle, {CloseCause::kAsked, 0});
    case ConnectionState::kOpen:
    case ConnectionState::kHalfClosed:
      return Guarded("a connection's handler", handle, [&] {
        if (connection.handler->OnDeadline(handle)) Close(handle, {CloseCause::kDeadline, 0});
      });
    case ConnectionState::kClosed:
      return;
  }
}

void Reactor::FlushDirty() {
  if (dirty_.empty()) return;
  batch_.clear();
  batch_.swap(dirty_);
  for (Handle handle : batch_) {
    Connection* connection = Find(handle);
    if (connection == nullptr) continue;
    connection->dirty = false;
    // No sweep looks at what became private because its broadcast was left, or ended, first.
    if (connection->blocked()) CheckLag(*connection);
  }
  engine_->Flush(batch_);
}

void Reactor::Schedule(BroadcastGroup& broadcast) {
  if (broadcast.is_queued() && broadcast.members() > kSweepShare) return;
  broadcast.Unlink();  // it may have been large when it was queued
  appended_to_.Add(broadcast);
}

// Sends to the next members that are behind, `most` of them; returns how many it has looked at.
size_t Reactor::Sweep(BroadcastGroup& broadcast, size_t most) {
  batch_.clear();
  size_t blocked = 0;
  broadcast.log_.Sweep(most, [&](Outbox& outbox) {
    auto& connection = static_cast<Connection&>(outbox);
    if (connection.blocked()) {
      ++blocked;
      CheckLag(connection);
    } else {
      batch_.push_back(connection.self);
    }
  });
  engine_->Flush(batch_);
  return batch_.size() + blocked;
}

void Reactor::SweepBroadcasts() {
  // Nothing is appended, joined or ended meanwhile: sending calls nobody back.
  while (!appended_to_.empty()) {
    auto& broadcast = static_cast<BroadcastGroup&>(appended_to_.TakeFirst());
    if (broadcast.members() > kSweepShare) {
      large_.Add(broadcast);
    } else {
      Sweep(broadcast, kSweepShare);
    }
  }
  // Each has its share and goes to the back: one to which something is appended in every turn never
  // comes to its end.
  for (size_t budget = kSweepBatch; budget > 0 && !large_.empty();) {
    auto& broadcast = static_cast<BroadcastGroup&>(large_.TakeFirst());
    const size_t most = large_.empty() ? budget : std::min(budget, kSweepShare);
    budget -= Sweep(broadcast, most);
    if (broadcast.log_.needs_sweep()) large_.Add(broadcast);
  }
}

void Reactor::SettleDrained() {
  if (settle_.empty()) return;
  std::vector<Handle> settle;
  settle.swap(settle_);
  for (Handle handle : settle) {
    if (Connection* connection = Find(handle)) Settle(*connection);
  }
}

void Reactor::Settle(Connection& connection) {
  connection.settle_queued = false;
  if (!connection.empty()) return;
  const Handle handle = connection.self;
  switch (connection.state) {
    case ConnectionState::kDraining:
      if (connection.input_ended || connection.is_file) {
        return Close(
            handle,
            {connection.peer_ended_first ? CloseCause::kPeerClosed : CloseCause::kAsked, 0});
      }
      engine_->ShutdownWrite(handle);
      connection.state = ConnectionState::kLingering;
      deadlines_.Set(handle.slot, engine_->Now() + kLinger);
      return;
    case ConnectionState::kLingering:
      if (connection.input_ended) Close(handle, {CloseCause::kAsked, 0});
      return;
    default:
      if (connection.state == ConnectionState::kConnecting) return;  // until Connected
      if (connection.end_output) {
        connection.end_output = false;
        engine_->ShutdownWrite(handle);
      }
      if (connection.notify_drained) {
        connection.notify_drained = false;
        Guarded("a connection's handler", handle, [&] { connection.handler->OnDrained(handle); });
      }
  }
}

}  // namespace parley
