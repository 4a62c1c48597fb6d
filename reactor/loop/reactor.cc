#include "reactor/loop/reactor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "reactor/base/check.h"
#include "reactor/base/log.h"
#include "reactor/engine/engine_list.h"
#include "reactor/engine/socket_calls.h"

namespace parley {
namespace {

// Small, because one private message that waits for a stalled peer keeps its whole segment.
constexpr uint32_t kPrivateSegmentBytes = 4096;
constexpr Duration kLinger = std::chrono::seconds(2);
constexpr Duration kStarvedLogEvery = std::chrono::seconds(10);

}  // namespace

std::string ConnectionHandler::OnLinesSkipped(Handle, uint64_t lines) {
  return absl::StrCat("[", lines, " lines skipped]\r\n");
}

absl::StatusOr<std::unique_ptr<Reactor>> Reactor::Create(absl::string_view engine) {
  absl::StatusOr<std::unique_ptr<Engine>> made = MakeEngine(engine);
  if (!made.ok()) return made.status();
  return std::make_unique<Reactor>(*std::move(made));
}

Reactor::Reactor(std::unique_ptr<Engine> engine)
    : engine_(std::move(engine)),
      writer_(kPrivateSegmentBytes, kPrivateSegmentBytes),
      deadlines_(engine_->Now()),
      began_(engine_->Now()),
      now_(began_),
      starved_logged_(began_ - kStarvedLogEvery) {
  engine_->SetSink(this);
  struct sigaction current {};
  if (::sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) {
    ::signal(SIGPIPE, SIG_IGN);
  }
}

Reactor::~Reactor() {
  is_ending_ = true;  // a handler that reconnects when it is closed must not go on for ever
  const CloseReason reason{CloseCause::kShutdown, 0};
  for (const auto& [handle, listener] : listeners_) {
    engine_->Close(handle, CloseHow::kNow, reason);
  }
  ForEachConnection([&](Handle handle) { Close(handle, reason); });
  while (connection_count_ > 0 || !listeners_.empty()) {
    engine_->Wait(engine_->Now() + std::chrono::seconds(1));
  }
}

// ---- listening and connecting
// ---------------------------------------------------------------------

absl::StatusOr<Handle> Reactor::Listen(const SocketAddress& address, const ListenOptions& options,
                                       AcceptHandler* handler) {
  absl::StatusOr<UniqueFd> fd = MakeListeningSocket(address, options);
  if (!fd.ok()) return fd.status();
  absl::StatusOr<Handle> listener = ListenOn(*std::move(fd), handler);
  if (listener.ok()) listeners_[*listener].unix_path = address.UnixPath();
  return listener;
}

absl::StatusOr<Handle> Reactor::ListenOn(UniqueFd fd, AcceptHandler* handler) {
  if (!MakeNonBlocking(fd.get())) return absl::ErrnoToStatus(errno, "listening socket");
  if (is_ending_) return absl::CancelledError("the reactor is being destroyed");
  absl::StatusOr<Handle> listener = engine_->Listen(std::move(fd));
  if (listener.ok()) listeners_[*listener] = {handler, ""};
  return listener;
}

void Reactor::CloseListener(Handle listener) {
  const auto found = listeners_.find(listener);
  if (found == listeners_.end()) return;
  if (!found->second.unix_path.empty()) ::unlink(found->second.unix_path.c_str());
  found->second.unix_path.clear();
  engine_->Close(listener, CloseHow::kNow, {CloseCause::kAsked, 0});
}

SocketAddress Reactor::AddressOf(Handle handle) {
  return SocketAddress::OfSocket(engine_->DescriptorOf(handle));
}
SocketAddress Reactor::PeerOf(Handle connection) {
  return SocketAddress::OfPeer(engine_->DescriptorOf(connection));
}

absl::StatusOr<Handle> Reactor::Adopt(UniqueFd fd, ConnectionHandler* handler,
                                      const ConnectionOptions& options) {
  if (is_ending_) return absl::CancelledError("the reactor is being destroyed");
  absl::StatusOr<Handle> handle = engine_->Adopt(std::move(fd), options.kind, options.read_enabled);
  if (!handle.ok()) return handle;
  Connection& connection = connections_.At(handle->slot);
  PARLEY_CHECK(!connection.self && connection.empty(), handle->slot);
  connection.handler = handler;
  connection.self = *handle;
  connection.last_input_ms = MillisNow();
  connection.soft_lag_bytes = options.soft_lag_bytes;
  connection.max_lag_bytes = options.max_lag_bytes;
  connection.keep_half_open = options.keep_half_open;
  connection.is_file = options.kind == FdKind::kFile;
  connection.state =
      options.kind == FdKind::kConnecting ? ConnectionState::kConnecting : ConnectionState::kOpen;
  connection.set_blocked(options.kind == FdKind::kConnecting);
  ++connection_count_;
  return handle;
}

absl::StatusOr<Handle> Reactor::Connect(const SocketAddress& address, ConnectionHandler* handler,
                                        Duration timeout, const ConnectionOptions& options,
                                        const StreamOptions& stream) {
  UniqueFd fd = MakeStreamSocket(address.family());
  if (!fd) return absl::ErrnoToStatus(errno, absl::StrCat("socket for ", address.ToString()));
  SetStreamOptions(fd.get(), address.family(), stream);
  if (::connect(fd.get(), address.get(), address.size()) != 0 && errno != EINPROGRESS) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot connect to ", address.ToString()));
  }
  ConnectionOptions connecting = options;
  connecting.kind = FdKind::kConnecting;
  absl::StatusOr<Handle> handle = Adopt(std::move(fd), handler, connecting);
  if (handle.ok()) SetDeadline(*handle, Later(engine_->Now(), timeout));
  return handle;
}

// ---- sending and closing
// --------------------------------------------------------------------------

Connection* Reactor::Find(Handle handle) {
  if (!handle || handle.slot >= connections_.capacity()) return nullptr;
  Connection& connection = connections_[handle.slot];
  return connection.self == handle ? &connection : nullptr;
}

Connection* Reactor::FindSendable(Handle handle) {
  Connection* connection = Find(handle);
  if (connection == nullptr) return nullptr;
  switch (connection->state) {
    case ConnectionState::kConnecting:
    case ConnectionState::kOpen:
    case ConnectionState::kHalfClosed:
      return connection;
    default:
      return nullptr;
  }
}

void Reactor::MarkDirty(Connection& connection) {
  if (connection.dirty) return;
  connection.dirty = true;
  dirty_.push_back(connection.self);
}

void Reactor::QueueSettle(Connection& connection) {
  if (connection.settle_queued) return;
  connection.settle_queued = true;
  settle_.push_back(connection.self);
}

void Reactor::CheckLag(Connection& connection) {
  const uint64_t owed = connection.pending_bytes();
  const bool may_skip = connection.soft_lag_bytes != 0 && connection.log() != nullptr;
  if (may_skip && owed > connection.soft_lag_bytes) {
    if (!connection.lagging) lagging_.push_back(connection.self);
    connection.lagging = true;
  } else if (connection.max_lag_bytes != 0 && owed > connection.max_lag_bytes) {
    Close(connection.self, {CloseCause::kLag, 0}, CloseHow::kReset);
  }
}

void Reactor::SkipLagging() {
  for (Handle handle : std::exchange(lagging_, {})) {
    Connection* connection = Find(handle);
    if (connection == nullptr) continue;
    connection->lagging = false;
    if (FindSendable(handle) == nullptr) continue;
    Guarded(handle, [&] {
      const TimePoint since =
          connection->SkipAhead(engine_->InFlight(handle), now_, writer_, [&](uint64_t lines) {
            return writer_.Append(AsBytes(connection->handler->OnLinesSkipped(handle, lines)));
          });
      const bool too_much =
          connection->max_lag_bytes != 0 && connection->pending_bytes() > connection->max_lag_bytes;
      if (too_much || now_ - since > longest_lag_) {
        Close(handle, {CloseCause::kLag, 0}, CloseHow::kReset);
      }
    });
  }
}

void Reactor::Send(Handle connection, std::initializer_list<ByteSpan> parts) {
  if (FindSendable(connection) != nullptr) Send(connection, writer_.Append(parts));
}

void Reactor::Send(Handle handle, Slice slice) {
  Connection* connection = FindSendable(handle);
  if (connection == nullptr) return;
  connection->Push(std::move(slice));
  MarkDirty(*connection);
  // What is blocked cannot shrink before the limit matters; what is not is flushed first.
  if (connection->blocked()) CheckLag(*connection);
}

uint64_t Reactor::PendingBytes(Handle connection) {
  const Connection* found = Find(connection);
  return found == nullptr ? 0 : found->pending_bytes();
}

uint32_t Reactor::LagLimitOf(Handle connection) {
  const Connection* found = Find(connection);
  return found == nullptr ? 0 : found->max_lag_bytes;
}

void Reactor::DiscardPending(Handle connection) {
  if (Connection* found = Find(connection)) {
    found->ClearAfter(engine_->InFlight(connection));
    QueueSettle(*found);
  }
}

void Reactor::NotifyDrained(Handle connection) {
  if (Connection* found = FindSendable(connection)) {
    found->notify_drained = true;
    QueueSettle(*found);
  }
}

void Reactor::EndOutput(Handle connection) {
  if (Connection* found = FindSendable(connection)) {
    found->end_output = true;
    QueueSettle(*found);
  }
}

void Reactor::CloseWhenDone(Handle handle, Duration timeout) {
  Connection* connection = FindSendable(handle);
  if (connection == nullptr) return;
  if (connection->state == ConnectionState::kConnecting && connection->empty()) {
    return Close(handle, {CloseCause::kAsked, 0});
  }
  connection->state = ConnectionState::kDraining;
  connection->Leave();
  MarkDirty(*connection);
  deadlines_.Set(handle.slot, Later(now_, timeout));
  ResumeReading(handle);  // to see the peer's end; what it sends is dropped
  QueueSettle(*connection);
}

void Reactor::Close(Handle handle, CloseReason reason, CloseHow how) {
  Connection* connection = Find(handle);
  if (connection == nullptr || connection->state == ConnectionState::kClosed) return;
  connection->state = ConnectionState::kClosed;
  engine_->Close(handle, how, reason);
}

void Reactor::SetDeadline(Handle handle, TimePoint deadline) {
  if (FindSendable(handle) != nullptr) deadlines_.Set(handle.slot, deadline);
}

uint32_t Reactor::MillisNow() {
  return static_cast<uint32_t>((now_ - began_) / std::chrono::milliseconds(1));
}

TimePoint Reactor::LastInput(Handle connection) {
  const Connection* found = Find(connection);
  if (found == nullptr) return began_;
  // Unsigned subtraction gives the age even when the count has wrapped.
  return now_ - std::chrono::milliseconds(MillisNow() - found->last_input_ms);
}

ConnectionState Reactor::StateOf(Handle connection) {
  const Connection* found = Find(connection);
  return found == nullptr ? ConnectionState::kClosed : found->state;
}

void Reactor::ForEachConnection(const std::function<void(Handle)>& visit) {
  for (uint32_t slot = 0; slot < connections_.capacity(); ++slot) {
    if (const Handle handle = connections_[slot].self) visit(handle);
  }
}

// ---- what the engine tells
// ------------------------------------------------------------------------

template <typename Callback>
void Reactor::Guarded(Handle connection, Callback callback) {
  std::string what;
  try {
    return callback();
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
    what = "unknown exception";
  }
  Log(Severity::kError, absl::StrCat("closing a connection whose handler threw: ", what));
  Close(connection, {CloseCause::kError, 0});
}

void Reactor::Accepted(Handle listener, UniqueFd fd, const SocketAddress& peer) {
  const auto found = listeners_.find(listener);
  if (found == listeners_.end()) return;
  AcceptHandler* handler = found->second.handler;
  Guarded({}, [&] { handler->OnAccepted(listener, std::move(fd), peer); });
}

void Reactor::AcceptStarved(Handle listener, int error, int shed) {
  const TimePoint now = engine_->Now();
  if (now - starved_logged_ >= kStarvedLogEvery) {
    starved_logged_ = now;
    Log(Severity::kWarning, absl::StrCat("no descriptor for new connections (",
                                         CloseReason{CloseCause::kError, error}.ToString(),
                                         "): ", shed, " refused; raise the limit on open files"));
  }
  const auto found = listeners_.find(listener);
  if (found == listeners_.end()) return;
  AcceptHandler* handler = found->second.handler;
  Guarded({}, [&] { handler->OnAcceptStarved(listener, error, shed); });
}

void Reactor::Connected(Handle handle) {
  Connection* connection = Find(handle);
  if (connection == nullptr || connection->state != ConnectionState::kConnecting) return;
  connection->state = ConnectionState::kOpen;
  deadlines_.Set(handle.slot, kNever);
  QueueSettle(*connection);
  Guarded(handle, [&] { connection->handler->OnConnected(handle); });
}

void Reactor::Bytes(Handle handle, ByteSpan bytes) {
  Connection* connection = Find(handle);
  if (connection == nullptr || connection->state != ConnectionState::kOpen) return;
  connection->last_input_ms = MillisNow();
  Guarded(handle, [&] { connection->handler->OnBytes(handle, bytes); });
}

void Reactor::Urgent(Handle handle, ByteSpan bytes) {
  Connection* connection = Find(handle);
  if (connection == nullptr || connection->state != ConnectionState::kOpen) return;
  Guarded(handle, [&] { connection->handler->OnUrgent(handle, bytes); });
}

void Reactor::EndOfInput(Handle handle) {
  Connection* connection = Find(handle);
  if (connection == nullptr) return;
  connection->input_ended = true;
  if (connection->state == ConnectionState::kLingering) {
    QueueSettle(*connection);
  } else if (connection->state == ConnectionState::kOpen) {
    connection->state = ConnectionState::kHalfClosed;
    Guarded(handle, [&] { connection->handler->OnEndOfInput(handle); });
    if (!connection->keep_half_open && connection->state == ConnectionState::kHalfClosed) {
      connection->peer_ended_first = true;
      CloseWhenDone(handle);
    }
  }
}

void Reactor::Closed(Handle handle, CloseReason reason) {
  if (const auto found = listeners_.find(handle); found != listeners_.end()) {
    const Listener listener = std::move(found->second);
    listeners_.erase(found);
    if (!listener.unix_path.empty()) ::unlink(listener.unix_path.c_str());
    return Guarded({}, [&] { listener.handler->OnListenerClosed(handle, reason); });
  }
  Connection* connection = Find(handle);
  PARLEY_CHECK(connection != nullptr, handle.slot, handle.generation);
  ConnectionHandler* handler = connection->handler;
  deadlines_.Set(handle.slot, kNever);
  connection->~Connection();
  new (connection) Connection;
  --connection_count_;
  Guarded({}, [&] { handler->OnClosed(handle, reason); });
}

void Reactor::Signalled(int signal_number) {
  if (on_signal_) Guarded({}, [&] { on_signal_(signal_number); });
}

size_t Reactor::Gather(Handle handle, std::span<iovec> vectors) {
  const Connection* connection = Find(handle);
  return connection == nullptr ? 0 : connection->Outbox::Gather(vectors).vectors;
}

void Reactor::Sent(Handle handle, size_t bytes) {
  Connection* connection = Find(handle);
  if (connection == nullptr) return;
  connection->Advance(bytes);
  const bool wants_to_know = connection->notify_drained || connection->end_output ||
                             connection->state == ConnectionState::kDraining;
  if (wants_to_know && connection->empty()) QueueSettle(*connection);
}

void Reactor::Blocked(Handle handle, bool blocked) {
  Connection* connection = Find(handle);
  if (connection == nullptr) return;
  connection->set_blocked(blocked);
  if (blocked) CheckLag(*connection);
}

// ---- the loop
// -------------------------------------------------------------------------------------

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
  const TimePoint now = engine_->Now();
  const bool has_work = !sweeping_.empty() || !dirty_.empty() || !lagging_.empty() ||
                        !settle_.empty() || !inbox_.empty();
  if (has_work) return now;
  return std::min({Later(now, longest_wait), timers_.Next(), deadlines_.Next()});
}

void Reactor::RunOnce(Duration longest_wait) {
  const TimePoint wake = NextWake(longest_wait);
  now_ = engine_->Now();
  engine_->Wait(wake);
  now_ = engine_->Now();
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
    TimerQueue::Callback callback = timers_.TakeDue(now_);
    if (!callback) return;
    Guarded({}, [&] { callback(); });
  }
}

void Reactor::RunDeadlines() {
  if (deadlines_.Next() > now_) return;
  for (uint32_t slot : deadlines_.Expire(now_)) {
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
      deadlines_.Set(handle.slot, now_ + kLinger);
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
