#ifndef REACTOR_ENGINE_URING_REQUESTS_H_
#define REACTOR_ENGINE_URING_REQUESTS_H_

// What the engine asks of a ring, request by request, and how a completion finds back to whom it
// concerns.
//
//   UringOps ops;                                  // of one descriptor
//   requests.Receive(handle, fd, ops);             // ops.Has(UringOp::kReceive) from here on
//   ...
//   const UringToken token = UringToken::FromWord(completion.data);
//   if ((completion.flags & IORING_CQE_F_MORE) == 0) ops.Remove(token.op);
//
// Per descriptor, at most one request of each kind is in flight, so handle and kind name it. The
// handle's generation keeps a late completion from being taken for that of another descriptor.
// Thread: one. What a request points at stays where it is until its last completion.

#include <sys/socket.h>
#include <sys/uio.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <utility>

#include "reactor/base/handle.h"
#include "reactor/engine/uring_ring.h"

namespace parley {

enum class UringOp : uint8_t {
  kCancel,   // of another request; nobody waits for its completion
  kReceive,  // multishot, into a shared buffer
  kAccept,   // multishot
  kSend,
  kReadable,  // of what is read instead of received into
  kWritable,  // of a file, or of a socket that is connecting
  kHangUp,    // of a socket whose input is over
  kWake,      // multishot: the engine's own
  kSignal,    // likewise
};

// Which requests of one descriptor are in flight.
class UringOps {
 public:
  bool Has(UringOp op) const { return (bits_ & BitOf(op)) != 0; }
  bool empty() const { return bits_ == 0; }
  void Add(UringOp op) { bits_ = static_cast<uint16_t>(bits_ | BitOf(op)); }
  void Remove(UringOp op) { bits_ = static_cast<uint16_t>(bits_ & ~BitOf(op)); }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (unsigned bits = bits_; bits != 0; bits &= bits - 1) {
      visit(static_cast<UringOp>(std::countr_zero(bits)));
    }
  }

 private:
  static unsigned BitOf(UringOp op) { return 1u << static_cast<unsigned>(op); }
  uint16_t bits_ = 0;
};

// A request's name in one word.
struct UringToken {
  Handle handle;  // none for the engine's own requests
  UringOp op;

  uint64_t ToWord() const;
  static UringToken FromWord(uint64_t word);
};

class UringRequests {
 public:
  explicit UringRequests(std::unique_ptr<UringRing> ring) : ring_(std::move(ring)) {}

  UringRing& ring() { return *ring_; }
  // Takes another ring; what is in flight in the old one will not complete.
  void Replace(std::unique_ptr<UringRing> ring) { ring_ = std::move(ring); }

  void Receive(Handle handle, int fd, UringOps& ops);
  void Accept(Handle handle, int fd, UringOps& ops);
  void Send(Handle handle, int fd, UringOps& ops, const iovec& slice);
  void SendMessage(Handle handle, int fd, UringOps& ops, const msghdr* message);
  // Until the descriptor is ready for `events` (poll(2)).
  void Poll(UringOp op, Handle handle, int fd, UringOps& ops, uint32_t events);
  // Each time that it becomes so.
  void PollEach(UringOp op, Handle handle, int fd, UringOps& ops, uint32_t events);

  // The request's last completion follows, with -ECANCELED unless something else came first.
  void Cancel(Handle handle, UringOp op);
  void CancelAll(Handle handle, const UringOps& ops);

 private:
  void Begin(io_uring_sqe* entry, UringOp op, Handle handle, UringOps& ops);

  std::unique_ptr<UringRing> ring_;
};

}  // namespace parley

#endif  // REACTOR_ENGINE_URING_REQUESTS_H_
