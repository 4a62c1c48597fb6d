// Reactor: what the engine tells, passed on to handlers.

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"
#include "reactor/loop/reactor.h"

namespace parley {

namespace {

constexpr const char* kConnectionHandler = "a connection's handler";
constexpr const char* kAcceptHandler = "a listener's handler";

std::string WhatOf(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

}  // namespace

void Reactor::Guarded(const char* what, Handle connection, absl::FunctionRef<void()> callback) {
  try {
    callback();
  } catch (...) {
    Threw(what, connection, std::current_exception());
  }
}

void Reactor::Threw(const char* what, Handle connection, const std::exception_ptr& error) {
  if (exception_hook_ && exception_hook_(error)) return;
  Log(Severity::kError,
      absl::StrCat(what, " threw", connection ? ", closing the connection: " : ": ",
                   WhatOf(error)));
  Close(connection, {CloseCause::kError, 0});
}

void Reactor::Accepted(Handle listener, UniqueFd fd, const SocketAddress& peer) {
  const auto found = listeners_.find(listener);
  if (found == listeners_.end()) return;
  AcceptHandler* handler = found->second.handler;
  // What throws drops this peer: `fd` is closed on the way. The listener goes on.
  Guarded(kAcceptHandler, {}, [&] { handler->OnAccepted(listener, std::move(fd), peer); });
}

void Reactor::AcceptStarved(Handle listener, int error, int shed) {
  refused_log_.Add(error, shed, engine_->Now());
  const auto found = listeners_.find(listener);
  if (found == listeners_.end()) return;
  AcceptHandler* handler = found->second.handler;
  Guarded(kAcceptHandler, {}, [&] { handler->OnAcceptStarved(listener, error, shed); });
}

void Reactor::Connected(Handle handle) {
  Connection* connection = Find(handle);
  if (connection == nullptr || connection->state != ConnectionState::kConnecting) return;
  connection->state = ConnectionState::kOpen;
  deadlines_.Set(handle.slot, kNever);
  QueueSettle(*connection);
  Guarded(kConnectionHandler, handle, [&] { connection->handler->OnConnected(handle); });
}

void Reactor::Bytes(Handle handle, ByteSpan bytes) {
  Connection* connection = Find(handle);
  if (connection == nullptr || connection->state != ConnectionState::kOpen) return;
  connection->last_input_ms = MillisAt(turn_began_);
  Guarded(kConnectionHandler, handle, [&] { connection->handler->OnBytes(handle, bytes); });
}

void Reactor::Urgent(Handle handle, ByteSpan bytes) {
  Connection* connection = Find(handle);
  if (connection == nullptr || connection->state != ConnectionState::kOpen) return;
  Guarded(kConnectionHandler, handle, [&] { connection->handler->OnUrgent(handle, bytes); });
}

void Reactor::EndOfInput(Handle handle) {
  Connection* connection = Find(handle);
  if (connection == nullptr) return;
  connection->input_ended = true;
  if (connection->state == ConnectionState::kLingering) {
    QueueSettle(*connection);
  } else if (connection->state == ConnectionState::kOpen) {
    connection->state = ConnectionState::kHalfClosed;
    Guarded(kConnectionHandler, handle, [&] { connection->handler->OnEndOfInput(handle); });
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
    return Guarded(kAcceptHandler, {}, [&] { listener.handler->OnListenerClosed(handle, reason); });
  }
  Connection* connection = Find(handle);
  if (connection == nullptr) return;  // there was no memory to adopt it (RecordOf)
  ConnectionHandler* handler = connection->handler;
  deadlines_.Set(handle.slot, kNever);
  owed_when_closed_ = connection->pending_bytes();
  connection->~Connection();
  new (connection) Connection;
  --connection_count_;
  Guarded(kConnectionHandler, {}, [&] { handler->OnClosed(handle, reason); });
}

void Reactor::Signalled(int signal_number) {
  // What a callback adds hears of the next signal.
  for (size_t i = 0, count = on_signals_.size(); i < count; ++i) {
    const SignalCallback& callback = on_signals_[i];
    const auto& numbers = callback.numbers;
    if (std::find(numbers.begin(), numbers.end(), signal_number) == numbers.end()) continue;
    Guarded("a signal callback", {}, [&] { callback.call(signal_number); });
  }
}

size_t Reactor::Gather(Handle handle, std::span<iovec> vectors) {
  const Connection* connection = Find(handle);
  return connection == nullptr ? 0 : connection->Outbox::Gather(vectors).vectors;
}

void Reactor::Sent(Handle handle, size_t bytes) {
  Connection* connection = Find(handle);
  if (connection == nullptr) return;
  connection->Advance(bytes);
  connection->took_some = true;
  const bool wants_to_know = connection->notify_drained || connection->end_output ||
                             connection->state == ConnectionState::kDraining;
  if (wants_to_know && connection->empty()) QueueSettle(*connection);
}

void Reactor::Blocked(Handle handle, bool blocked) {
  Connection* connection = Find(handle);
  if (connection == nullptr) return;
  connection->set_blocked(blocked);
  if (!blocked) return;
  Watch(*connection);
  CheckLag(*connection);
}

}  // namespace parley
