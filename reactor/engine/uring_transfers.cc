// Bytes in and out: receiving, sending and accepting of the io_uring engine. The seam and the turn
// are in uring_engine.cc.

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "reactor/engine/uring_engine.h"

namespace parley {
namespace {

constexpr int kWritesPerFlush = 8;
constexpr size_t kFewSends = 1024;  // of one turn; room for so many is kept
// Of one connection. More than a socket takes at once would only be out of reach until it does: it
// cannot be discarded, and its memory cannot be given back.
constexpr size_t kMostInFlight = size_t{256} * 1024;

// The kernel wakes a request that polls for POLLPRI alone never; POLLRDBAND brings it to look.
constexpr uint32_t kUrgentEvents = POLLPRI | POLLRDBAND;

// The request was interrupted or cancelled, which says nothing about its descriptor.
bool IsTransient(int result) {
  return result == -ECANCELED || result == -EINTR || result == -EAGAIN;
}

}  // namespace

// ---- reading ----

size_t UringEngine::BudgetLeft(const Slot& slot) const {
  return slot.read_turn == turn_ ? kReadBudgetBytes - slot.read_bytes : kReadBudgetBytes;
}

void UringEngine::Deliver(Handle handle, Slot& slot, ByteSpan bytes) {
  if (slot.read_turn != turn_) slot.read_bytes = 0;
  slot.read_turn = turn_;
  slot.read_bytes += static_cast<uint32_t>(bytes.size());
  sink_->Bytes(handle, bytes);
}

void UringEngine::TakeInput(Handle handle, Slot& slot, ByteSpan bytes) {
  if (slot.read_enabled && slot.held.empty() && bytes.size() <= BudgetLeft(slot)) {
    return Deliver(handle, slot, bytes);
  }
  slot.held.Append(bytes);
  if (slot.read_enabled) CarryOver(handle, slot);
  StopReceiving(handle, slot);
}

void UringEngine::GoOnReading(Handle handle, Slot& slot) {
  while (slot.read_enabled && !slot.closing && !slot.held.empty()) {
    const size_t budget = BudgetLeft(slot);
    if (budget == 0) return CarryOver(handle, slot);
    const ByteSpan front = slot.held.Front();
    const size_t size = std::min(front.size(), budget);
    Deliver(handle, slot, front.first(size));
    slot.held.Consume(size);
  }
  if (!slot.input_over) return ArmInput(handle, slot);
  if (!slot.read_enabled || slot.closing || slot.ended) return;
  if (slot.reason.error != 0) return Fail(handle, slot, ReasonOf(slot.reason.error));
  slot.ended = true;
  // No receive will tell of an error any more.
  if (slot.is_socket) requests_.Poll(UringOp::kHangUp, handle, slot.fd, slot.ops, 0);
  sink_->EndOfInput(handle);
}

void UringEngine::ArmInput(Handle handle, Slot& slot) {
  if (slot.closing || slot.is_connecting || slot.is_listener) return;
  if (!slot.read_enabled || slot.input_over || slot.starved || !slot.held.empty()) return;
  if (slot.is_polled) {
    if (slot.ops.Has(UringOp::kReadable)) return;
    const uint32_t events = slot.is_socket ? POLLIN | kUrgentEvents : POLLIN;
    requests_.Poll(UringOp::kReadable, handle, slot.fd, slot.ops, events);
  } else if (!slot.ops.Has(UringOp::kReceive)) {
    requests_.Receive(handle, slot.fd, slot.ops);
  }
}

void UringEngine::StopReceiving(Handle handle, Slot& slot) {
  if (!slot.ops.Has(UringOp::kReceive) || slot.cancelling) return;
  slot.cancelling = true;
  requests_.Cancel(handle, UringOp::kReceive);
}

void UringEngine::OnReceived(Handle handle, Slot& slot, const UringRing::Completion& completion) {
  if (completion.result > 0) {
    const auto buffer = static_cast<uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
    TakeInput(handle, slot, buffers_.Bytes(buffer, static_cast<size_t>(completion.result)));
  }
  if (!completion.is_last()) return;
  slot.cancelling = false;
  if (completion.result == -ENOBUFS) {
    ++counters_.starved_receives;
    slot.starved = true;
    return starved_receives_.push_back(handle);
  }
  if (completion.result > 0) {
    ++counters_.ended_multishots;
  } else if (!IsTransient(completion.result)) {
    slot.input_over = true;
    if (!slot.closing) slot.reason.error = -completion.result;
  }
  if (!slot.closing) GoOnReading(handle, slot);
}

void UringEngine::OnReadable(Handle handle, Slot& slot, int result) {
  if (!slot.read_enabled) return;  // begun again when it is
  if (result < 0) return ArmInput(handle, slot);
  // Before what lies behind it is read: that passes over it.
  if ((result & POLLPRI) != 0) ReadUrgent(handle, slot);
  if (!slot.read_enabled || slot.closing) return;
  if (scratch_ == nullptr) scratch_ = std::make_unique<std::byte[]>(kReadBudgetBytes);
  const Transfer got = Receive(slot.fd, slot.is_socket, {scratch_.get(), kReadBudgetBytes});
  if (got.bytes > 0) {
    Deliver(handle, slot, ByteSpan(scratch_.get(), static_cast<size_t>(got.bytes)));
  } else if (!got.would_block()) {
    slot.input_over = true;
    slot.reason.error = got.error;
  }
  if (!slot.closing) GoOnReading(handle, slot);
}

void UringEngine::ReadUrgent(Handle handle, Slot& slot) {
  std::byte urgent[64];
  const Transfer got = ReceiveUrgent(slot.fd, urgent);
  if (got.bytes > 0) sink_->Urgent(handle, {urgent, static_cast<size_t>(got.bytes)});
}

void UringEngine::OnHangUp(Handle handle, Slot& slot, int result) {
  if (IsTransient(result)) {
    return requests_.Poll(UringOp::kHangUp, handle, slot.fd, slot.ops, 0);
  }
  if (const int error = PendingError(slot.fd); error != 0) Fail(handle, slot, ReasonOf(error));
}

// ---- accepting ----

void UringEngine::OnAccepted(Handle handle, Slot& slot, UniqueFd fd,
                             const UringRing::Completion& completion) {
  if (fd && reserve_.Keeps(fd)) {
    accepted_.push_back({handle, std::move(fd)});
  } else if (completion.result >= 0) {
    sink_->AcceptStarved(handle, EMFILE, 1);
  }
  if (!completion.is_last() || slot.closing) return;
  if (completion.result >= 0) {
    ++counters_.ended_multishots;
    return requests_.Accept(handle, slot.fd, slot.ops);
  }
  const int error = -completion.result;
  switch (Classify(error)) {
    case AcceptFailure::kNone:
    case AcceptFailure::kPeer:
      return requests_.Accept(handle, slot.fd, slot.ops);
    case AcceptFailure::kStarved: {
      Starved(handle);
      const auto refused = reserve_.Refuse(slot.fd, static_cast<int>(kAcceptBatch));
      // A full table fails an accept that has nobody to accept.
      if (refused.peers == 0 && refused.nobody_waits) return;
      return sink_->AcceptStarved(handle, error, refused.peers);
    }
    case AcceptFailure::kBroken:
      return Fail(handle, slot, {CloseCause::kError, error});
  }
}

// ---- sending ----

void UringEngine::SetBlocked(Handle handle, Slot& slot, bool blocked) {
  slot.blocked = blocked;
  sink_->Blocked(handle, blocked);
}

void UringEngine::FlushOne(Handle handle, Slot& slot) {
  if (slot.is_socket) {
    FlushSocket(handle, slot);
  } else {
    FlushFile(handle, slot);
  }
}

void UringEngine::FlushSocket(Handle handle, Slot& slot) {
  if (slot.ops.Has(UringOp::kSend)) {
    slot.flush_again = true;
    // What was handed over in an earlier turn and has not completed since waits for room in the
    // socket.
    if (slot.send_turn != turn_) SetBlocked(handle, slot, true);
    return;
  }
  std::array<iovec, kSendVectors> vectors;
  const size_t owed = sink_->Gather(handle, vectors);
  size_t count = 0;
  size_t bytes = 0;
  for (; count < owed && bytes < kMostInFlight; ++count) {
    vectors[count].iov_len = std::min(vectors[count].iov_len, kMostInFlight - bytes);
    bytes += vectors[count].iov_len;
  }
  if (count == 0) return;
  if (count == 1) {
    requests_.Send(handle, slot.fd, slot.ops, vectors[0]);
  } else {
    slot.message = std::make_unique<Message>();
    std::copy_n(vectors.begin(), count, slot.message->vectors.begin());
    slot.message->header.msg_iov = slot.message->vectors.data();
    slot.message->header.msg_iovlen = count;
    requests_.SendMessage(handle, slot.fd, slot.ops, &slot.message->header);
  }
  slot.sending_bytes = static_cast<uint32_t>(bytes);
  slot.send_turn = turn_;
  submitted_.push_back(handle);
  // There may be more than there was room for.
  slot.flush_again = owed == kSendVectors || bytes == kMostInFlight;
}

// The kernel has tried what was submitted before this turn's events: a send that has not completed
// waits for room.
void UringEngine::TellBlocked() {
  std::erase_if(submitted_, [this](Handle handle) {
    Slot* slot = slots_.Find(handle);
    if (slot == nullptr || slot->closing || !slot->ops.Has(UringOp::kSend)) return true;
    if (slot->send_turn == turn_) return false;  // not tried yet
    if (!slot->blocked) SetBlocked(handle, *slot, true);
    return true;
  });
  // After a turn in which thousands were sent to, their places are not kept.
  if (submitted_.empty() && submitted_.capacity() > kFewSends)
    std::vector<Handle>().swap(submitted_);
}

void UringEngine::FlushFile(Handle handle, Slot& slot) {
  for (int writes = 0; !slot.closing; ++writes) {
    if (writes == kWritesPerFlush) return CarryOver(handle, slot);
    std::array<iovec, kSendVectors> vectors;
    const size_t count = sink_->Gather(handle, vectors);
    if (count == 0) return;
    const Transfer sent = parley::Send(slot.fd, false, {vectors.data(), count});
    if (sent.bytes >= 0) {
      sink_->Sent(handle, static_cast<size_t>(sent.bytes));
    } else if (sent.would_block()) {
      requests_.Poll(UringOp::kWritable, handle, slot.fd, slot.ops, POLLOUT);
      return SetBlocked(handle, slot, true);
    } else {
      return Fail(handle, slot, ReasonOf(sent.error));
    }
  }
}

void UringEngine::OnSent(Handle handle, Slot& slot, int result) {
  const uint32_t offered = std::exchange(slot.sending_bytes, 0);
  slot.message.reset();
  if (slot.closing) return;
  bool again = slot.flush_again || slot.blocked;
  if (result >= 0) {
    sink_->Sent(handle, static_cast<size_t>(result));
    again = again || static_cast<uint32_t>(result) < offered;
  } else if (IsTransient(result)) {
    again = true;
  } else if (result == -ENOBUFS || result == -ENOMEM) {
    Starved(handle);
    return SetBlocked(handle, slot, true);
  } else {
    return Fail(handle, slot, ReasonOf(-result));
  }
  if (slot.blocked) SetBlocked(handle, slot, false);
  if (again && !slot.closing) FlushSocket(handle, slot);
  if (slot.shutdown_wanted && !slot.closing) ShutdownWrite(handle);
}

void UringEngine::OnWritable(Handle handle, Slot& slot, int result) {
  if (!slot.is_connecting) {
    SetBlocked(handle, slot, false);
    return FlushOne(handle, slot);
  }
  if (const int error = PendingError(slot.fd); error != 0) {
    return Fail(handle, slot, {CloseCause::kConnectFailed, error});
  }
  if (result < 0 || (result & POLLOUT) == 0) {
    return requests_.Poll(UringOp::kWritable, handle, slot.fd, slot.ops, POLLOUT);
  }
  slot.is_connecting = false;
  SetBlocked(handle, slot, false);
  sink_->Connected(handle);
  if (!slot.closing) FlushOne(handle, slot);
  ArmInput(handle, slot);
}

}  // namespace parley
