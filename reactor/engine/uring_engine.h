#ifndef REACTOR_ENGINE_URING_ENGINE_H_
#define REACTOR_ENGINE_URING_ENGINE_H_

// The engine for a kernel that says "done": io_uring(7), Linux 6.0 and later, where it is allowed.
//
// One multishot receive per connection and one multishot accept per listener stay in the kernel;
// bytes come in buffers that all connections share. Flush prepares sends, and the next Wait hands
// a whole turn's of them over in the one call that also waits. What is hard about completions is
// here:
//
//   - Any completion may be the last of its request, whatever the request asked for: without the
//     more-flag it is armed again.
//   - A request that finds no buffer (ENOBUFS) is armed again at the end of the turn, first come
//     first served; by then every buffer is back.
//   - What completes for a paused connection, or beyond its budget of the turn, is copied aside,
//     so that one who does not read cannot keep the shared buffers; its receive is cancelled
//     meanwhile.
//   - One send per connection is in flight, so bytes stay in order; what it names belongs to the
//     kernel until it completes (InFlight).
//   - A descriptor is closed, and its slot used again, when none of its requests is in flight.
//
// A receive that waits in the kernel takes what comes, and passes over TCP's out-of-band byte. So
// sockets that do not take that byte in line (SO_OOBINLINE) are polled through the ring and read
// as the readiness engine reads; so are files (pipes, terminals). In line is the fast way.
//
// Thread: as every engine, one at a time; changing it makes a new ring (MoveHere).

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "reactor/base/ring_buffer.h"
#include "reactor/base/slot_table.h"
#include "reactor/engine/engine.h"
#include "reactor/engine/socket_calls.h"
#include "reactor/engine/uring_buffers.h"
#include "reactor/engine/uring_requests.h"
#include "reactor/engine/uring_ring.h"

namespace parley {

class UringEngine final : public Engine {
 public:
  // Fails where the kernel lacks or forbids io_uring.
  static absl::StatusOr<std::unique_ptr<UringEngine>> Make(const UringOptions& options = {});
  ~UringEngine() override;

  absl::string_view name() const override { return "io_uring"; }
  void SetSink(Sink* sink) override { sink_ = sink; }
  absl::StatusOr<Handle> Listen(UniqueFd fd) override;
  absl::StatusOr<Handle> Adopt(UniqueFd fd, FdKind kind, bool read_enabled) override;
  int DescriptorOf(Handle handle) override;
  void Flush(std::span<const Handle> connections) override;
  size_t InFlight(Handle connection) override;
  void ReadEnabled(Handle connection, bool enabled) override;
  bool HasUnread(Handle connection) override;
  void ShutdownWrite(Handle connection) override;
  void Close(Handle handle, CloseHow how, CloseReason reason) override;
  absl::Status WatchSignals(std::span<const int> signal_numbers) override;
  void Wait(TimePoint deadline) override;
  int PollableDescriptor() override;
  TimePoint PrepareToPoll(TimePoint deadline) override;
  void Wake() override;
  TimePoint Now() override;

  // What happened so far, for tests and for tuning.
  struct Counters {
    uint64_t starved_receives = 0;  // receives that found no buffer
    uint64_t ended_multishots = 0;  // multishot requests that ended by themselves
    uint64_t late = 0;              // completions for what was closing or gone
    uint64_t completion_overflows = 0;
  };
  Counters counters();

 private:
  // A send of several slices: what the kernel reads until it completes.
  struct Message {
    msghdr header{};
    std::array<iovec, kSendVectors> vectors;
  };

  struct Slot {
    uint32_t generation = 0;
    int fd = -1;
    CloseReason reason;                // of Closed; until then, `error` is why receiving failed
    RingBuffer held;                   // arrived while it was paused, or beyond its budget
    std::unique_ptr<Message> message;  // in flight
    uint32_t sending_bytes = 0;        // of the send in flight
    uint32_t send_turn = 0;            // in which it was prepared
    uint32_t read_turn = 0;            // in which read_bytes were delivered
    uint32_t read_bytes = 0;
    UringOps ops;
    bool is_socket : 1 = true;
    bool is_listener : 1 = false;
    bool is_connecting : 1 = false;
    bool is_polled : 1 = false;  // and read, instead of received into
    bool read_enabled : 1 = true;
    bool cancelling : 1 = false;       // its receive
    bool starved : 1 = false;          // waits for a buffer
    bool input_over : 1 = false;       // nothing more will be received
    bool ended : 1 = false;            // and that was delivered
    bool blocked : 1 = false;          // the socket takes no more
    bool flush_again : 1 = false;      // when the send in flight completes
    bool shutdown_wanted : 1 = false;  // likewise
    bool closing : 1 = false;          // nothing but Closed will be delivered
    bool carried : 1 = false;          // on the carry-over list
  };

  UringEngine(const UringOptions& options, std::unique_ptr<UringRing> ring, UniqueFd wake);
  Handle Register(UniqueFd fd, Slot slot);
  void MoveHere();
  void FinishRequests();

  // Completions.
  void Dispatch(const UringRing::Completion& completion);
  void OnReceived(Handle handle, Slot& slot, const UringRing::Completion& completion);
  void OnAccepted(Handle handle, Slot& slot, UniqueFd fd, const UringRing::Completion& completion);
  void OnSent(Handle handle, Slot& slot, int result);
  void OnReadable(Handle handle, Slot& slot, int result);
  void OnWritable(Handle handle, Slot& slot, int result);
  void OnHangUp(Handle handle, Slot& slot, int result);
  void OnWake(const UringRing::Completion& completion);
  void OnSignal(const UringRing::Completion& completion);

  // Reading.
  size_t BudgetLeft(const Slot& slot) const;
  void TakeInput(Handle handle, Slot& slot, ByteSpan bytes);
  void Deliver(Handle handle, Slot& slot, ByteSpan bytes);
  void GoOnReading(Handle handle, Slot& slot);
  void ReadUrgent(Handle handle, Slot& slot);
  void ArmInput(Handle handle, Slot& slot);
  void StopReceiving(Handle handle, Slot& slot);

  // Sending and ending.
  void FlushOne(Handle handle, Slot& slot);
  void FlushSocket(Handle handle, Slot& slot);
  void FlushFile(Handle handle, Slot& slot);
  void TellBlocked();
  void SetBlocked(Handle handle, Slot& slot, bool blocked);
  void Starved(Handle handle);
  void CarryOver(Handle handle, Slot& slot);
  void Fail(Handle handle, Slot& slot, CloseReason reason);

  // The steps of a turn.
  TimePoint DueBy(TimePoint deadline) const;
  void DeliverCarriedOver();
  void DeliverAccepted();
  void RetryStarved();
  void RearmStarvedReceives();
  void DeliverClosed();

  const UringOptions options_;
  Sink* sink_ = nullptr;
  SlotTable<Slot> slots_;
  UringBuffers buffers_;
  UringRequests requests_;  // after buffers_, so that its ring ends before them
  UringOps own_ops_;        // waking and signals
  uint32_t turn_ = 1;
  std::vector<UringRing::Completion> completions_;  // being delivered
  struct Waiting {
    Handle listener;
    UniqueFd fd;
  };
  std::deque<Waiting> accepted_;    // to be delivered
  std::vector<Handle> carry_over_;  // have more to read or write than their budget
  std::vector<Handle> closing_;     // Closed is to be delivered once nothing is in flight
  bool closable_ = false;           // of one of them nothing is
  std::vector<Handle> submitted_;   // a send each, which may find no room
  std::vector<Handle> starved_receives_;
  std::vector<Handle> starved_;  // wait for descriptors or kernel memory
  TimePoint retry_starved_ = kNever;
  ReservedDescriptor reserve_;
  UniqueFd wake_;
  UniqueFd pollable_;                 // for PollableDescriptor, once somebody has asked
  std::atomic<int> pollable_fd_{-1};  // the same, for Wake
  UniqueFd signals_;
  std::unique_ptr<std::byte[]> scratch_;  // for what is polled
  Counters counters_;
};

}  // namespace parley

#endif  // REACTOR_ENGINE_URING_ENGINE_H_
