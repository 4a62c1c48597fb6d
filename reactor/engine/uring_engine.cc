#include "reactor/engine/uring_engine.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "reactor/base/errno_status.h"

namespace parley {
namespace {

// Whether the socket has out-of-band bytes that do not come in line.
absl::StatusOr<bool> HasUrgentBytes(int fd) {
  absl::StatusOr<int> domain = SocketOption(fd, SO_DOMAIN);
  if (!domain.ok()) return domain.status();
  if (*domain == AF_UNIX) return false;
  absl::StatusOr<int> in_line = SocketOption(fd, SO_OOBINLINE);
  if (!in_line.ok()) return in_line.status();
  return *in_line == 0;
}

}  // namespace

// ---- what the reactor asks ----

TimePoint UringEngine::Now() { return std::chrono::steady_clock::now(); }

UringEngine::Counters UringEngine::counters() {
  Counters counters = counters_;
  counters.completion_overflows = requests_.ring().overflows();
  return counters;
}

Handle UringEngine::Register(UniqueFd fd, Slot slot) {
  const Handle handle = slots_.Allocate();
  slot.fd = fd.Release();
  slot.generation = handle.generation;
  *slots_.Find(handle) = std::move(slot);
  return handle;
}

absl::StatusOr<Handle> UringEngine::Listen(UniqueFd fd) {
  absl::StatusOr<int> listens = SocketOption(fd.get(), SO_ACCEPTCONN);
  if (!listens.ok()) return listens.status();
  Slot slot;
  slot.is_listener = true;
  const Handle handle = Register(std::move(fd), std::move(slot));
  Slot& registered = *slots_.Find(handle);
  requests_.Accept(handle, registered.fd, registered.ops);
  return handle;
}

absl::StatusOr<Handle> UringEngine::Adopt(UniqueFd fd, FdKind kind, bool read_enabled) {
  Slot slot;
  slot.is_socket = kind != FdKind::kFile;
  slot.is_connecting = kind == FdKind::kConnecting;
  slot.blocked = slot.is_connecting;
  slot.read_enabled = read_enabled;
  slot.is_polled = !slot.is_socket;
  if (!slot.is_socket && !CanWait(fd.get())) {
    return absl::InvalidArgumentError("a regular file cannot be waited for");
  }
  if (slot.is_socket) {
    absl::StatusOr<bool> has_urgent_bytes = HasUrgentBytes(fd.get());
    if (!has_urgent_bytes.ok()) return has_urgent_bytes.status();
    slot.is_polled = *has_urgent_bytes;
  }
  const Handle handle = Register(std::move(fd), std::move(slot));
  Slot& registered = *slots_.Find(handle);
  if (registered.is_connecting) {
    requests_.Poll(UringOp::kWritable, handle, registered.fd, registered.ops, POLLOUT);
  } else {
    ArmInput(handle, registered);
  }
  return handle;
}

int UringEngine::DescriptorOf(Handle handle) {
  const Slot* slot = slots_.Find(handle);
  return slot == nullptr ? -1 : slot->fd;
}

void UringEngine::Flush(std::span<const Handle> connections) {
  for (Handle handle : connections) {
    Slot* slot = slots_.Find(handle);
    if (slot != nullptr && !slot->closing && !slot->blocked) FlushOne(handle, *slot);
  }
}

size_t UringEngine::InFlight(Handle connection) {
  const Slot* slot = slots_.Find(connection);
  return slot == nullptr ? 0 : slot->sending_bytes;
}

void UringEngine::ReadEnabled(Handle connection, bool enabled) {
  Slot* slot = slots_.Find(connection);
  if (slot == nullptr || slot->closing || slot->read_enabled == enabled) return;
  slot->read_enabled = enabled;
  if (!enabled) return StopReceiving(connection, *slot);
  if (!slot->held.empty() || slot->input_over) return CarryOver(connection, *slot);
  ArmInput(connection, *slot);
}

bool UringEngine::HasUnread(Handle connection) {
  const Slot* slot = slots_.Find(connection);
  if (slot == nullptr || slot->closing || slot->is_connecting || slot->ended) return false;
  if (!slot->held.empty()) return true;
  // Bytes that a receive has taken out of the socket are in one of the shared buffers.
  return requests_.ring().HasCompletion(UringToken{connection, UringOp::kReceive}.ToWord()) ||
         HasBytes(slot->fd);
}

void UringEngine::ShutdownWrite(Handle connection) {
  Slot* slot = slots_.Find(connection);
  if (slot == nullptr || slot->closing) return;
  slot->shutdown_wanted = slot->ops.Has(UringOp::kSend);
  // Fails only when the connection is over already, which the next receive reports.
  if (!slot->shutdown_wanted) ::shutdown(slot->fd, SHUT_WR);
}

void UringEngine::Close(Handle handle, CloseHow how, CloseReason reason) {
  Slot* slot = slots_.Find(handle);
  if (slot == nullptr || slot->closing) return;
  if (how == CloseHow::kReset) SetLingerReset(slot->fd);
  Fail(handle, *slot, reason);
}

void UringEngine::Fail(Handle handle, Slot& slot, CloseReason reason) {
  slot.closing = true;
  slot.reason = reason;
  closing_.push_back(handle);
  requests_.CancelAll(handle, slot.ops);
  closable_ = closable_ || slot.ops.empty();
}

absl::Status UringEngine::WatchSignals(std::span<const int> signal_numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (int number : signal_numbers) sigaddset(&set, number);
  const int fd = ::signalfd(signals_ ? signals_.get() : -1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, "signalfd");
  if (signals_) return absl::OkStatus();  // the same descriptor, for other signals
  signals_.Reset(fd);
  requests_.PollEach(UringOp::kSignal, {}, fd, own_ops_, POLLIN);
  return absl::OkStatus();
}

void UringEngine::Wake() {
  // Can fail only when the counter is full, and then the wake-up is pending anyway.
  const uint64_t one = 1;
  [[maybe_unused]] ssize_t n = ::write(wake_.get(), &one, sizeof(one));
  // What the kernel tells one eventfd because of another it tells some milliseconds later.
  const int pollable = pollable_fd_.load(std::memory_order_acquire);
  if (pollable >= 0) n = ::write(pollable, &one, sizeof(one));
}

// ---- a turn ----

// When Wait is to return at the latest, of its own accord and the caller's.
TimePoint UringEngine::DueBy(TimePoint deadline) const {
  if (!carry_over_.empty() || !accepted_.empty() || closable_) return kAtOnce;
  // Submitting tries them; afterwards it is known which of them wait for room, and to be told.
  if (!submitted_.empty()) return kAtOnce;
  return std::min(deadline, retry_starved_);
}

// The ring itself cannot be polled for: where completions are worked out only by the thread that
// waits for them (IORING_SETUP_DEFER_TASKRUN), nothing completes while it waits elsewhere. An eventfd
// is told that there is such work.
int UringEngine::PollableDescriptor() {
  if (!pollable_) {
    UniqueFd pollable(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));  // there may be some already
    if (!pollable) return -1;
    UringRing& ring = requests_.ring();
    if (ring.IsHere() && !ring.TellByEventfd(pollable.get()).ok()) return -1;
    pollable_ = std::move(pollable);
    pollable_fd_.store(pollable_.get(), std::memory_order_release);
  }
  return pollable_.get();
}

TimePoint UringEngine::PrepareToPoll(TimePoint deadline) {
  UringRing& ring = requests_.ring();
  if (!ring.IsHere() || !ring.HandOver()) return kAtOnce;  // the rest is for Wait to do
  return DueBy(deadline);
}

void UringEngine::Wait(TimePoint deadline) {
  UringRing& ring = requests_.ring();
  if (pollable_) {
    uint64_t ignored;
    [[maybe_unused]] const ssize_t n = ::read(pollable_.get(), &ignored, sizeof(ignored));
  }
  if (ring.IsHere()) {
    ring.SubmitAndWait(TimeoutUntil(DueBy(deadline)));
    ring.TakeCompletions(completions_);
  } else {
    MoveHere();
  }
  sink_->WaitEnded(Now());
  ++turn_;
  for (const UringRing::Completion& completion : completions_) Dispatch(completion);
  TellBlocked();
  DeliverAccepted();
  DeliverCarriedOver();
  RetryStarved();
  RearmStarvedReceives();
  DeliverClosed();
}

void UringEngine::Dispatch(const UringRing::Completion& completion) {
  const UringToken token = UringToken::FromWord(completion.data);
  if (token.op == UringOp::kCancel) return;
  // What a completion brings is taken first, whether or not anybody still wants it.
  const bool has_buffer = (completion.flags & IORING_CQE_F_BUFFER) != 0;
  UniqueFd accepted(token.op == UringOp::kAccept ? completion.result : -1);
  Slot* slot = slots_.Find(token.handle);
  if (completion.is_last()) (slot == nullptr ? own_ops_ : slot->ops).Remove(token.op);
  const bool is_wanted = slot != nullptr && !slot->closing;
  if (!is_wanted && token.handle) ++counters_.late;
  switch (token.op) {
    case UringOp::kCancel:
      break;
    case UringOp::kReceive:
      if (is_wanted) OnReceived(token.handle, *slot, completion);
      break;
    case UringOp::kAccept:
      if (is_wanted) OnAccepted(token.handle, *slot, std::move(accepted), completion);
      break;
    case UringOp::kSend:
      if (slot != nullptr) OnSent(token.handle, *slot, completion.result);
      break;
    case UringOp::kReadable:
      if (is_wanted) OnReadable(token.handle, *slot, completion.result);
      break;
    case UringOp::kWritable:
      if (is_wanted) OnWritable(token.handle, *slot, completion.result);
      break;
    case UringOp::kHangUp:
      if (is_wanted) OnHangUp(token.handle, *slot, completion.result);
      break;
    case UringOp::kWake:
      OnWake(completion);
      break;
    case UringOp::kSignal:
      OnSignal(completion);
      break;
  }
  if (has_buffer)
    buffers_.GiveBack(static_cast<uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT));
}

void UringEngine::DeliverAccepted() {
  for (size_t delivered = 0; delivered < kAcceptBatch && !accepted_.empty(); ++delivered) {
    Waiting next = std::move(accepted_.front());
    accepted_.pop_front();
    const Slot* listener = slots_.Find(next.listener);
    if (listener == nullptr || listener->closing) continue;
    const SocketAddress peer = SocketAddress::OfPeer(next.fd.get());
    if (peer.family() == AF_UNSPEC) continue;  // it has gone already
    sink_->Accepted(next.listener, std::move(next.fd), peer);
  }
}

void UringEngine::CarryOver(Handle handle, Slot& slot) {
  if (slot.carried) return;
  slot.carried = true;
  carry_over_.push_back(handle);
}

void UringEngine::DeliverCarriedOver() {
  // What is carried over during this pass waits for the next turn.
  std::vector<Handle> carried;
  carried.swap(carry_over_);
  for (Handle handle : carried) {
    Slot* slot = slots_.Find(handle);
    if (slot == nullptr) continue;
    slot->carried = false;
    if (slot->closing) continue;
    if (!slot->is_socket && !slot->blocked) FlushOne(handle, *slot);
    if (!slot->closing) GoOnReading(handle, *slot);
  }
}

void UringEngine::Starved(Handle handle) {
  starved_.push_back(handle);
  retry_starved_ = std::min(retry_starved_, Now() + kStarvedRetry);
}

void UringEngine::RetryStarved() {
  if (starved_.empty() || Now() < retry_starved_) return;
  retry_starved_ = kNever;
  std::vector<Handle> starved;
  starved.swap(starved_);
  for (Handle handle : starved) {
    Slot* slot = slots_.Find(handle);
    if (slot == nullptr || slot->closing) continue;
    if (slot->is_listener) {
      requests_.Accept(handle, slot->fd, slot->ops);
    } else if (slot->blocked) {
      SetBlocked(handle, *slot, false);
      FlushOne(handle, *slot);
    }
  }
}

void UringEngine::RearmStarvedReceives() {
  // In the order in which they starved: with fewer buffers than connections, everybody gets one in
  // turn.
  for (Handle handle : starved_receives_) {
    Slot* slot = slots_.Find(handle);
    if (slot == nullptr) continue;
    slot->starved = false;
    ArmInput(handle, *slot);
  }
  starved_receives_.clear();
}

void UringEngine::DeliverClosed() {
  closable_ = false;
  std::vector<Handle> closing;
  closing.swap(closing_);
  bool closed_one = false;
  for (Handle handle : closing) {
    Slot* slot = slots_.Find(handle);
    if (!slot->ops.empty()) {
      closing_.push_back(handle);
      continue;
    }
    sink_->Closed(handle, slot->reason);
    UniqueFd(slot->fd).Reset();
    slots_.Free(handle);
    closed_one = true;
  }
  // A descriptor is free again: whoever waits for one need not wait for the timer.
  if (closed_one && !starved_.empty()) retry_starved_ = Now();
}

void UringEngine::OnWake(const UringRing::Completion& completion) {
  if (completion.is_last()) {
    requests_.PollEach(UringOp::kWake, {}, wake_.get(), own_ops_, POLLIN);
  }
  sink_->Woken();
}

void UringEngine::OnSignal(const UringRing::Completion& completion) {
  if (completion.is_last()) {
    requests_.PollEach(UringOp::kSignal, {}, signals_.get(), own_ops_, POLLIN);
  }
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    sink_->Signalled(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace parley
