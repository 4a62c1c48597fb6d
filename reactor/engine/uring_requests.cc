#include "reactor/engine/uring_requests.h"

#include "reactor/base/check.h"
#include "reactor/engine/uring_buffers.h"

namespace parley {
namespace {

constexpr unsigned kOpBits = 4;
constexpr unsigned kSlotBits = 32 - kOpBits;

}  // namespace

uint64_t UringToken::ToWord() const {
  PARLEY_CHECK(handle.slot >> kSlotBits == 0, handle.slot);
  return Handle{static_cast<uint32_t>(op) << kSlotBits | handle.slot, handle.generation}.ToWord();
}

UringToken UringToken::FromWord(uint64_t word) {
  const Handle packed = Handle::FromWord(word);
  return {{packed.slot & ((1u << kSlotBits) - 1), packed.generation},
          static_cast<UringOp>(packed.slot >> kSlotBits)};
}

void UringRequests::Begin(io_uring_sqe* entry, UringOp op, Handle handle, UringOps& ops) {
  PARLEY_CHECK(!ops.Has(op), static_cast<int>(op), handle.slot);
  entry->user_data = UringToken{handle, op}.ToWord();
  ops.Add(op);
}

void UringRequests::Receive(Handle handle, int fd, UringOps& ops) {
  io_uring_sqe* entry = ring_->Prepare();
  io_uring_prep_recv_multishot(entry, fd, nullptr, 0, 0);
  entry->flags |= IOSQE_BUFFER_SELECT;
  entry->buf_group = UringBuffers::kGroup;
  Begin(entry, UringOp::kReceive, handle, ops);
}

void UringRequests::Accept(Handle handle, int fd, UringOps& ops) {
  io_uring_sqe* entry = ring_->Prepare();
  io_uring_prep_multishot_accept(entry, fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  Begin(entry, UringOp::kAccept, handle, ops);
}

void UringRequests::Send(Handle handle, int fd, UringOps& ops, const iovec& slice) {
  io_uring_sqe* entry = ring_->Prepare();
  io_uring_prep_send(entry, fd, slice.iov_base, slice.iov_len, MSG_NOSIGNAL);
  Begin(entry, UringOp::kSend, handle, ops);
}

void UringRequests::SendMessage(Handle handle, int fd, UringOps& ops, const msghdr* message) {
  io_uring_sqe* entry = ring_->Prepare();
  io_uring_prep_sendmsg(entry, fd, message, MSG_NOSIGNAL);
  Begin(entry, UringOp::kSend, handle, ops);
}

void UringRequests::Poll(UringOp op, Handle handle, int fd, UringOps& ops, uint32_t events) {
  io_uring_sqe* entry = ring_->Prepare();
  io_uring_prep_poll_add(entry, fd, events);
  Begin(entry, op, handle, ops);
}

void UringRequests::PollEach(UringOp op, Handle handle, int fd, UringOps& ops, uint32_t events) {
  io_uring_sqe* entry = ring_->Prepare();
  io_uring_prep_poll_multishot(entry, fd, events);
  Begin(entry, op, handle, ops);
}

void UringRequests::Cancel(Handle handle, UringOp op) {
  io_uring_sqe* entry = ring_->Prepare();
  // By name and not by descriptor: that costs the kernel a walk over everything in flight.
  io_uring_prep_cancel64(entry, UringToken{handle, op}.ToWord(), 0);
  entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
  entry->user_data = UringToken{{}, UringOp::kCancel}.ToWord();
}

void UringRequests::CancelAll(Handle handle, const UringOps& ops) {
  ops.ForEach([&](UringOp op) { Cancel(handle, op); });
}

}  // namespace parley
