#include "reactor/loop/reactor.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "reactor/base/check.h"
#include "reactor/base/errno_status.h"
#include "reactor/engine/engine_list.h"
#include "reactor/engine/socket_calls.h"

namespace parley {
namespace {

// Small, because one private message that waits for a stalled peer keeps its whole segment.
constexpr uint32_t kPrivateSegmentBytes = 4096;

// A socket of messages would lose their ends, and what does not fit.
absl::Status CheckStream(int fd) {
  const absl::StatusOr<int> type = SocketOption(fd, SO_TYPE);
  // Of what is no socket its first read says what it is.
  if (!type.ok() || *type == SOCK_STREAM) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("descriptor ", fd, " is a socket of messages (",
                   *type == SOCK_DGRAM ? "datagrams, as of UDP" : "not SOCK_STREAM",
                   "), and a connection is a stream of bytes"));
}

}  // namespace

std::string ConnectionHandler::OnMessagesSkipped(Handle, const BroadcastLog&, uint64_t messages) {
  return absl::StrCat("[", messages, " messages skipped]\r\n");
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
      turn_began_(began_),
      cut_off_logged_(began_ - kCutOffLogEvery) {
  engine_->SetSink(this);
  IgnoreSigPipe();
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

// ---- listening and connecting ----

absl::StatusOr<Handle> Reactor::Listen(const SocketAddress& address, const ListenOptions& options,
                                       AcceptHandler* handler) {
  absl::StatusOr<UniqueFd> fd = MakeListeningSocket(address, options);
  if (!fd.ok()) return fd.status();
  absl::StatusOr<Handle> listener = ListenOn(*std::move(fd), handler);
  if (listener.ok()) listeners_[*listener].unix_path = address.UnixPath();
  return listener;
}

absl::StatusOr<Handle> Reactor::ListenOn(UniqueFd fd, AcceptHandler* handler) {
  if (!MakeNonBlocking(fd.get())) return ErrnoStatus(errno, "listening socket");
  if (absl::Status stream = CheckStream(fd.get()); !stream.ok()) return stream;
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
  if (options.kind == FdKind::kConnected && !options.is_stream) {
    if (absl::Status stream = CheckStream(fd.get()); !stream.ok()) return stream;
  }
  absl::StatusOr<Handle> handle = engine_->Adopt(std::move(fd), options.kind, options.read_enabled);
  if (!handle.ok()) return handle;
  Connection& connection = RecordOf(*handle);
  connection.handler = handler;
  connection.self = *handle;
  connection.last_input_ms = MillisAt(engine_->Now());
  connection.soft_lag_bytes = options.soft_lag_bytes;
  connection.max_lag_bytes = options.max_lag_bytes;
  connection.max_private_bytes = options.max_private_bytes;
  connection.keep_half_open = options.keep_half_open;
  connection.is_file = options.kind == FdKind::kFile;
  connection.state =
      options.kind == FdKind::kConnecting ? ConnectionState::kConnecting : ConnectionState::kOpen;
  connection.set_blocked(options.kind == FdKind::kConnecting);
  ++connection_count_;
  return handle;
}

// Without memory for a record, what the engine has adopted is closed again.
Connection& Reactor::RecordOf(Handle handle) {
  try {
    Connection& connection = connections_.At(handle.slot);
    PARLEY_CHECK(!connection.self && connection.empty(), handle.slot);
    return connection;
  } catch (...) {
    engine_->Close(handle, CloseHow::kNow, {CloseCause::kError, ENOMEM});
    throw;
  }
}

absl::StatusOr<Handle> Reactor::Connect(const SocketAddress& address, ConnectionHandler* handler,
                                        Duration timeout, const ConnectionOptions& options,
                                        const StreamOptions& stream) {
  UniqueFd fd = MakeStreamSocket(address.family());
  if (!fd) return ErrnoStatus(errno, absl::StrCat("socket for ", address.ToString()));
  SetStreamOptions(fd.get(), address.family(), stream);
  if (::connect(fd.get(), address.get(), address.size()) != 0 && errno != EINPROGRESS) {
    return ErrnoStatus(errno, absl::StrCat("cannot connect to ", address.ToString()));
  }
  ConnectionOptions connecting = options;
  connecting.kind = FdKind::kConnecting;
  absl::StatusOr<Handle> handle = Adopt(std::move(fd), handler, connecting);
  if (handle.ok()) SetDeadline(*handle, Later(engine_->Now(), timeout));
  return handle;
}

// ---- sending and closing ----

bool Reactor::MaySend(const Connection& connection) {
  switch (connection.state) {
    case ConnectionState::kConnecting:
    case ConnectionState::kOpen:
    case ConnectionState::kHalfClosed:
      return true;
    default:
      return false;
  }
}

Connection* Reactor::FindSendable(Handle handle) {
  Connection* connection = Find(handle);
  return connection != nullptr && MaySend(*connection) ? connection : nullptr;
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
  if (!MaySend(connection)) return;
  const bool may_skip = connection.soft_lag_bytes != 0 && connection.log() != nullptr;
  if (may_skip && connection.lag_bytes() > connection.soft_lag_bytes) {
    if (!connection.lagging) lagging_.push_back(connection.self);
    connection.lagging = true;
  } else {
    CutOffIfOverLimit(connection);
  }
}

void Reactor::SkipLagging() {
  if (lagging_.empty()) return;
  const TimePoint now = engine_->Now();
  for (Handle handle : std::exchange(lagging_, {})) {
    Connection* connection = Find(handle);
    if (connection == nullptr) continue;
    connection->lagging = false;
    if (FindSendable(handle) == nullptr) continue;
    Guarded("a connection's handler", handle, [&] {
      const TimePoint since =
          connection->SkipAhead(engine_->InFlight(handle), now, writer_, [&](uint64_t messages) {
            return writer_.Append(AsBytes(
                connection->handler->OnMessagesSkipped(handle, *connection->log(), messages)));
          });
      if (now - since > longest_lag_) {
        CutOff(*connection, CloseCause::kUnreadNotice,
               "it has not read how many messages it missed in time");
      } else {
        CutOffIfOverLimit(*connection);
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

void Reactor::CloseWhenDone(Handle handle, Duration limit) {
  Connection* connection = FindSendable(handle);
  if (connection == nullptr) return;
  if (connection->state == ConnectionState::kConnecting && connection->empty()) {
    return Close(handle, {CloseCause::kAsked, 0});
  }
  connection->state = ConnectionState::kDraining;
  connection->Leave();
  MarkDirty(*connection);
  const auto limit_ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  connection->drain_ms = static_cast<uint32_t>(std::clamp<int64_t>(limit_ms, 0, UINT32_MAX));
  AwaitDrain(*connection);
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

TimePoint Reactor::LastInput(Handle connection) {
  const Connection* found = Find(connection);
  if (found == nullptr) return began_;
  // Unsigned subtraction gives the age even when the count has wrapped. The clock is read because
  // one that was adopted in this turn is younger than the turn.
  const TimePoint now = engine_->Now();
  return now - std::chrono::milliseconds(MillisAt(now) - found->last_input_ms);
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

}  // namespace parley
