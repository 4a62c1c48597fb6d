#include "reactor/engine/readiness_engine.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "reactor/base/check.h"

namespace parley {
namespace {

constexpr int kReadsPerTurn = 4;
constexpr int kSendsPerFlush = 8;

}  // namespace

ReadinessEngine::ReadinessEngine(std::unique_ptr<Selector> selector)
    : selector_(std::move(selector)), scratch_(new std::byte[kReadBudgetBytes]) {}

ReadinessEngine::~ReadinessEngine() {
  slots_.ForEach([](const Slot& slot) { return slot.fd >= 0; },
                 [](Handle, Slot& slot) { UniqueFd(slot.fd).Reset(); });
}

TimePoint ReadinessEngine::Now() { return std::chrono::steady_clock::now(); }

absl::StatusOr<Handle> ReadinessEngine::Register(UniqueFd fd, Slot slot) {
  const Handle handle = slots_.Allocate();
  if (absl::Status added = selector_->Add(fd.get(), handle.ToWord(), slot.is_listener);
      !added.ok()) {
    slots_.Free(handle);
    return added;
  }
  slot.fd = fd.Release();
  slot.generation = handle.generation;
  *slots_.Find(handle) = slot;
  return handle;
}

absl::StatusOr<Handle> ReadinessEngine::Listen(UniqueFd fd) {
  Slot slot;
  slot.is_listener = true;
  return Register(std::move(fd), slot);
}

absl::StatusOr<Handle> ReadinessEngine::Adopt(UniqueFd fd, FdKind kind, bool read_enabled) {
  Slot slot;
  slot.is_socket = kind != FdKind::kFile;
  if (!slot.is_socket && !CanWait(fd.get())) {
    return absl::InvalidArgumentError("a regular file cannot be waited for");
  }
  slot.is_connecting = kind == FdKind::kConnecting;
  slot.blocked = slot.is_connecting;
  slot.read_enabled = read_enabled;
  return Register(std::move(fd), slot);
}

int ReadinessEngine::DescriptorOf(Handle handle) {
  const Slot* slot = slots_.Find(handle);
  return slot == nullptr ? -1 : slot->fd;
}

absl::Status ReadinessEngine::WatchSignals(std::span<const int> signal_numbers) {
  return selector_->WatchSignals(signal_numbers);
}

void ReadinessEngine::Flush(std::span<const Handle> connections) {
  for (Handle handle : connections) {
    Slot* slot = slots_.Find(handle);
    if (slot != nullptr && !slot->closing && !slot->blocked) FlushOne(handle, *slot);
  }
}

void ReadinessEngine::ReadEnabled(Handle connection, bool enabled) {
  Slot* slot = slots_.Find(connection);
  if (slot == nullptr || slot->read_enabled == enabled) return;
  slot->read_enabled = enabled;
  // The edge for what arrived meanwhile has come and gone.
  if (enabled && slot->readable) CarryOver(connection, *slot);
}

bool ReadinessEngine::HasUnread(Handle connection) {
  const Slot* slot = slots_.Find(connection);
  if (slot == nullptr || slot->closing || slot->is_connecting || slot->ended) return false;
  return slot->readable || HasBytes(slot->fd);
}

void ReadinessEngine::ShutdownWrite(Handle connection) {
  const Slot* slot = slots_.Find(connection);
  // Fails only when the connection is over already, which the next read reports.
  if (slot != nullptr && !slot->closing) ::shutdown(slot->fd, SHUT_WR);
}

void ReadinessEngine::Close(Handle handle, CloseHow how, CloseReason reason) {
  Slot* slot = slots_.Find(handle);
  if (slot == nullptr || slot->closing) return;
  if (how == CloseHow::kReset) SetLingerReset(slot->fd);
  Fail(handle, *slot, reason);
}

void ReadinessEngine::Fail(Handle handle, Slot& slot, CloseReason reason) {
  slot.closing = true;
  slot.reason = reason;
  closing_.push_back(handle);
}

void ReadinessEngine::CarryOver(Handle handle, Slot& slot) {
  if (slot.carried) return;
  slot.carried = true;
  carry_over_.push_back(handle);
}

// When Wait is to return at the latest, of its own accord and the caller's.
TimePoint ReadinessEngine::DueBy(TimePoint deadline) const {
  if (!carry_over_.empty() || !closing_.empty()) return kAtOnce;
  return std::min(deadline, retry_starved_);
}

void ReadinessEngine::Wait(TimePoint deadline) {
  const Selector::Found found = selector_->Wait(TimeoutUntil(DueBy(deadline)), ready_);
  sink_->WaitEnded(Now());
  // What this turn carries over waits for the next, or it would have two budgets in one.
  carried_.swap(carry_over_);
  if (found.woken) sink_->Woken();
  if (found.signals != 0) DeliverSignals(found.signals);
  for (size_t i = 0; i < found.ready; ++i) DeliverReady(ready_[i]);
  DeliverCarriedOver();
  RetryStarved();
  DeliverClosed();
}

void ReadinessEngine::DeliverSignals(uint64_t signals) {
  for (int number = 1; number <= 64; ++number) {
    if ((signals >> (number - 1) & 1) != 0) sink_->Signalled(number);
  }
}

void ReadinessEngine::DeliverReady(const Selector::Ready& ready) {
  const Handle handle = Handle::FromWord(ready.token);
  Slot* slot = slots_.Find(handle);
  if (slot == nullptr || slot->closing) return;  // an event for what a callback has closed
  if (slot->is_listener) {
    if (!slot->carried) AcceptSome(handle, *slot);
    return;
  }
  if (slot->is_connecting) FinishConnect(handle, *slot, ready);
  if (slot->closing || slot->is_connecting) return;
  slot->hung_up |= ready.hung_up;
  if (ready.error != 0) slot->reason.error = ready.error;
  slot->marked |= ready.urgent;
  if (ready.urgent) ReadUrgent(handle, *slot);
  if (ready.writable && slot->blocked && !slot->closing) {
    SetBlocked(handle, *slot, false);
    FlushOne(handle, *slot);
  }
  if (slot->closing) return;
  if (ready.hung_up && slot->ended) {  // no read will tell of an error any more
    const int error = slot->reason.error != 0 ? slot->reason.error : PendingError(slot->fd);
    if (error != 0) Fail(handle, *slot, ReasonOf(error));
    return;
  }
  if (ready.readable || ready.hung_up) {
    slot->readable = true;
    if (!slot->carried) ReadSome(handle, *slot);
  }
}

void ReadinessEngine::DeliverCarriedOver() {
  for (Handle handle : carried_) {
    Slot* slot = slots_.Find(handle);
    if (slot == nullptr) continue;
    slot->carried = false;
    if (slot->closing) continue;
    if (slot->is_listener) {
      AcceptSome(handle, *slot);
      continue;
    }
    if (!slot->blocked) FlushOne(handle, *slot);
    if (slot->readable) ReadSome(handle, *slot);
  }
  carried_.clear();
}

void ReadinessEngine::FinishConnect(Handle handle, Slot& slot, const Selector::Ready& ready) {
  const int error = ready.error != 0 ? ready.error : PendingError(slot.fd);
  if (error != 0) return Fail(handle, slot, {CloseCause::kConnectFailed, error});
  if (!ready.writable) return;
  slot.is_connecting = false;
  SetBlocked(handle, slot, false);
  sink_->Connected(handle);
  if (!slot.closing) FlushOne(handle, slot);
}

void ReadinessEngine::ReadUrgent(Handle handle, Slot& slot) {
  std::byte urgent[64];
  const Transfer got = ReceiveUrgent(slot.fd, urgent);
  // With SO_OOBINLINE there is nothing here: the byte comes with the others.
  if (got.bytes > 0) sink_->Urgent(handle, ByteSpan(urgent, static_cast<size_t>(got.bytes)));
}

void ReadinessEngine::ReadSome(Handle handle, Slot& slot) {
  size_t budget = kReadBudgetBytes;
  for (int reads = 0; slot.read_enabled && !slot.closing && !slot.ended; ++reads) {
    if (reads == kReadsPerTurn || budget == 0) return CarryOver(handle, slot);
    const Transfer got = Receive(slot.fd, slot.is_socket, {scratch_.get(), budget});
    if (got.bytes > 0) {
      const auto bytes = static_cast<size_t>(got.bytes);
      const bool is_short = bytes < budget;
      budget -= bytes;
      if (is_short && !slot.hung_up && !slot.marked) slot.readable = false;
      sink_->Bytes(handle, ByteSpan(scratch_.get(), bytes));
      if (!slot.readable) return;
    } else if (got.bytes < 0 && !got.would_block()) {
      return Fail(handle, slot, ReasonOf(got.error));
    } else if (slot.reason.error != 0) {  // which the event told, and reading does not any more
      return Fail(handle, slot, ReasonOf(slot.reason.error));
    } else {
      slot.readable = slot.marked = false;
      if (got.bytes < 0) return;
      slot.ended = true;
      sink_->EndOfInput(handle);
    }
  }
}

void ReadinessEngine::AcceptSome(Handle handle, Slot& slot) {
  for (size_t accepted = 0; accepted < kAcceptBatch && !slot.closing;) {
    SocketAddress peer;
    UniqueFd fd = AcceptNext(slot.fd, peer);
    if (fd) {
      ++accepted;
      if (reserve_.Keeps(fd)) {
        sink_->Accepted(handle, std::move(fd), peer);
      } else {
        sink_->AcceptStarved(handle, EMFILE, 1);
      }
      continue;
    }
    const int error = errno;
    switch (Classify(error)) {
      case AcceptFailure::kNone:
        return;
      case AcceptFailure::kPeer:
        ++accepted;
        continue;
      case AcceptFailure::kStarved: {
        const auto refused = reserve_.Refuse(slot.fd, static_cast<int>(kAcceptBatch));
        // A full table fails an accept that has nobody to accept. The next who comes is an edge.
        if (refused.peers == 0 && refused.nobody_waits) return;
        if (!refused.nobody_waits) Starve(handle, slot);
        return sink_->AcceptStarved(handle, error, refused.peers);
      }
      case AcceptFailure::kBroken:
        return Fail(handle, slot, {CloseCause::kError, error});
    }
  }
  if (!slot.closing) CarryOver(handle, slot);
}

void ReadinessEngine::SetBlocked(Handle handle, Slot& slot, bool blocked) {
  slot.blocked = blocked;
  sink_->Blocked(handle, blocked);
}

void ReadinessEngine::FlushOne(Handle handle, Slot& slot) {
  for (int sends = 0; !slot.closing; ++sends) {
    if (sends == kSendsPerFlush) return CarryOver(handle, slot);
    std::array<iovec, kSendVectors> vectors;
    const size_t count = sink_->Gather(handle, vectors);
    if (count == 0) return;
    size_t offered = 0;
    for (size_t i = 0; i < count; ++i) offered += vectors[i].iov_len;
    const Transfer sent = Send(slot.fd, slot.is_socket, {vectors.data(), count});
    if (sent.bytes >= 0) {
      sink_->Sent(handle, static_cast<size_t>(sent.bytes));
      // Fewer vectors than there was room for were all that is owed.
      if (static_cast<size_t>(sent.bytes) == offered && count < kSendVectors) return;
    } else if (sent.would_block()) {
      return SetBlocked(handle, slot, true);
    } else if (sent.starved()) {
      SetBlocked(handle, slot, true);
      return Starve(handle, slot);
    } else {
      return Fail(handle, slot, ReasonOf(sent.error));
    }
  }
}

void ReadinessEngine::Starve(Handle handle, Slot& slot) {
  retry_starved_ = std::min(retry_starved_, Now() + kStarvedRetry);
  if (slot.starved) return;
  slot.starved = true;
  starved_.push_back(handle);
}

void ReadinessEngine::RetryStarved() {
  if (starved_.empty() || Now() < retry_starved_) return;
  retry_starved_ = kNever;
  std::vector<Handle> starved;
  starved.swap(starved_);
  for (Handle handle : starved) {
    Slot* slot = slots_.Find(handle);
    if (slot == nullptr || slot->closing) continue;
    slot->starved = false;
    if (slot->is_listener) {
      AcceptSome(handle, *slot);
    } else if (slot->blocked) {
      SetBlocked(handle, *slot, false);
      FlushOne(handle, *slot);
    }
  }
}

void ReadinessEngine::DeliverClosed() {
  std::vector<Handle> closing;
  closing.swap(closing_);
  for (Handle handle : closing) {
    Slot* slot = slots_.Find(handle);
    sink_->Closed(handle, slot->reason);
    selector_->Remove(slot->fd);
    UniqueFd(slot->fd).Reset();
    slots_.Free(handle);
  }
  // A descriptor is free again: whoever waits for one need not wait for the timer.
  if (!closing.empty() && !starved_.empty()) retry_starved_ = Now();
}

}  // namespace parley
