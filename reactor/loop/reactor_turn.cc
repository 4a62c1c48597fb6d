// Reactor: a turn of the loop: wait, deliver, run what is due, send what is owed.

#include <algorithm>
#include <csignal>
#include <utility>
#include <vector>

#include "reactor/loop/reactor.h"

namespace parley {
namespace {

constexpr Duration kLinger = std::chrono::seconds(2);

}  // namespace

TimerId Reactor::After(Duration delay, TimerQueue::Callback callback) {
  return timers_.Add(Later(engine_->Now(), delay), std::move(callback));
}

absl::Status Reactor::OnSignals(std::span<const int> signal_numbers,
                                std::function<void(int)> callback) {
  sigset_t set;
  sigemptyset(&set);
  for (int number : signal_numbers) sigaddset(&set, number);
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return absl::ErrnoToStatus(error, "cannot block signals");
  }
  on_signal_ = std::move(callback);
  return engine_->WatchSignals(signal_numbers);
}

void Reactor::Post(Inbox::Task task) {
  if (inbox_.Post(std::move(task))) engine_->Wake();
}

void Reactor::Stop() {
  stop_.store(true, std::memory_order_release);
  engine_->Wake();
}

void Reactor::Run() {
  while (!stop_.load(std::memory_order_acquire)) RunOnce(std::chrono::hours(1));
  stop_.store(false, std::memory_order_release);
}

TimePoint Reactor::NextWake(Duration longest_wait) {
  const bool has_work = !sweeping_.empty() || !dirty_.empty() || !lagging_.empty() ||
                        !settle_.empty() || !inbox_.empty();
  if (has_work) return turn_began_;  // which has passed
  return std::min({Later(engine_->Now(), longest_wait), timers_.Next(), deadlines_.Next()});
}

void Reactor::RunOnce(Duration longest_wait) {
  engine_->Wait(NextWake(longest_wait));
  RunInbox();
  if (turn_hook_ != nullptr) Guarded({}, [&] { turn_hook_->OnTurn(); });
  RunTimers();
  RunDeadlines();
  FlushDirty();
  SweepBroadcasts();
  SkipLagging();
  SettleDrained();
}

void Reactor::RunInbox() {
  if (inbox_.empty()) return;
  for (Inbox::Task& task : inbox_.TakeAll()) {
    Guarded({}, [&] { task(); });
  }
}

void Reactor::RunTimers() {
  // A timer that adds a timer which is due at once has to let the turn end first.
  for (size_t most = timers_.size(); most > 0; --most) {
    TimerQueue::Callback callback = timers_.TakeDue(turn_began_);
    if (!callback) return;
    Guarded({}, [&] { callback(); });
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
      return Close(handle, {CloseCause::kDrainTimeout, 0}, CloseHow::kReset);
    case ConnectionState::kLingering:
      return Close(handle, {CloseCause::kAsked, 0});
    case ConnectionState::kOpen:
    case ConnectionState::kHalfClosed:
      return Guarded(handle, [&] {
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

void Reactor::Schedule(Broadcast& broadcast) {
  if (broadcast.scheduled_) return;
  broadcast.scheduled_ = true;
  sweeping_.push_back(&broadcast);
}

void Reactor::Unschedule(Broadcast& broadcast) {
  if (broadcast.scheduled_) std::erase(sweeping_, &broadcast);
  broadcast.scheduled_ = false;
}

void Reactor::SweepBroadcasts() {
  size_t budget = kSweepBatch;
  size_t done = 0;
  for (; done < sweeping_.size() && budget > 0; ++done) {
    batch_.clear();
    const bool swept = sweeping_[done]->log_.Sweep(budget, [&](Outbox& outbox) {
      auto& connection = static_cast<Connection&>(outbox);
      if (connection.blocked()) {
        CheckLag(connection);
      } else {
        batch_.push_back(connection.self);
      }
    });
    budget -= std::min(budget, batch_.size());
    engine_->Flush(batch_);
    if (!swept) break;
    sweeping_[done]->scheduled_ = false;
  }
  // What was not finished is first in the next turn, behind nobody: new lines for the finished ones
  // queue up behind it.
  sweeping_.erase(sweeping_.begin(), sweeping_.begin() + static_cast<std::ptrdiff_t>(done));
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
        Guarded(handle, [&] { connection.handler->OnDrained(handle); });
      }
  }
}

}  // namespace parley
