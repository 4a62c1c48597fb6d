#ifndef REACTOR_ENGINE_READINESS_ENGINE_H_
#define REACTOR_ENGINE_READINESS_ENGINE_H_

// The engine for kernels that say "ready": it drains what a selector's edges announce.
//
// What is hard about edges is here, once: an edge comes once, so a connection whose read budget is used
// up goes on a carry-over list and is read again next turn; a full socket is flushed again at its next
// writable edge; a listener that ran out of descriptors is tried again when one is closed and every
// kStarvedRetry; a read that comes back short ends the reading only because signals are never delivered
// to this thread (they come through the selector).

#include <array>
#include <memory>
#include <vector>

#include "reactor/base/slot_table.h"
#include "reactor/engine/engine.h"
#include "reactor/engine/selector.h"
#include "reactor/engine/socket_calls.h"

namespace parley {

class ReadinessEngine : public Engine {
 public:
  explicit ReadinessEngine(std::unique_ptr<Selector> selector);
  ~ReadinessEngine() override;

  absl::string_view name() const override { return selector_->name(); }
  bool TellsUrgent() const override { return selector_->TellsUrgent(); }
  void SetSink(Sink* sink) override { sink_ = sink; }
  absl::StatusOr<Handle> Listen(UniqueFd fd) override;
  absl::StatusOr<Handle> Adopt(UniqueFd fd, FdKind kind, bool read_enabled) override;
  int DescriptorOf(Handle handle) override;
  void Flush(std::span<const Handle> connections) override;
  void ReadEnabled(Handle connection, bool enabled) override;
  bool HasUnread(Handle connection) override;
  void ShutdownWrite(Handle connection) override;
  void Close(Handle handle, CloseHow how, CloseReason reason) override;
  absl::Status WatchSignals(std::span<const int> signal_numbers) override;
  void Wait(TimePoint deadline) override;
  int PollableDescriptor() override { return selector_->descriptor(); }
  TimePoint PrepareToPoll(TimePoint deadline) override { return DueBy(deadline); }
  void Wake() override { selector_->Wake(); }
  TimePoint Now() override;

 private:
  struct Slot {
    uint32_t generation = 0;
    int fd = -1;
    CloseReason reason;  // of Closed; until then, `error` is what an event told
    bool is_socket : 1 = true;
    bool is_listener : 1 = false;
    bool is_connecting : 1 = false;
    bool read_enabled : 1 = true;
    bool readable : 1 = false;  // an edge came and was not drained
    bool hung_up : 1 = false;   // read to the end, whatever a short read suggests
    bool marked : 1 = false;    // likewise: urgent data came, and a read stops at its mark (tcp(7))
    bool ended : 1 = false;     // the peer's end of input was delivered
    bool blocked : 1 = false;   // the socket takes no more
    bool closing : 1 = false;   // nothing but Closed will be delivered
    bool carried : 1 = false;   // on the carry-over list
    bool starved : 1 = false;   // on the list of those that wait for memory or descriptors
  };

  absl::StatusOr<Handle> Register(UniqueFd fd, Slot slot);
  void DeliverReady(const Selector::Ready& ready);
  void DeliverCarriedOver();
  void DeliverSignals(uint64_t signals);
  void DeliverClosed();
  void ReadUrgent(Handle handle, Slot& slot);
  void ReadSome(Handle handle, Slot& slot);
  void AcceptSome(Handle handle, Slot& slot);
  void FinishConnect(Handle handle, Slot& slot, const Selector::Ready& ready);
  void FlushOne(Handle handle, Slot& slot);
  void SetBlocked(Handle handle, Slot& slot, bool blocked);
  void CarryOver(Handle handle, Slot& slot);
  void Fail(Handle handle, Slot& slot, CloseReason reason);
  void Starve(Handle handle, Slot& slot);
  void RetryStarved();
  bool Serves(Handle handle) const;
  TimePoint DueBy(TimePoint deadline) const;

  std::unique_ptr<Selector> selector_;
  Sink* sink_ = nullptr;
  SlotTable<Slot> slots_;
  std::vector<Handle> carry_over_;  // has more to read, accept or send than its budget: next turn
  std::vector<Handle> carried_;     // the same, of the turn before
  std::vector<Handle> closing_;     // Closed is to be delivered
  std::vector<Handle> starved_;     // waits for descriptors or kernel memory
  TimePoint retry_starved_ = kNever;
  ReservedDescriptor reserve_;
  std::array<Selector::Ready, 512> ready_;
  std::unique_ptr<std::byte[]> scratch_;
};

}  // namespace parley

#endif  // REACTOR_ENGINE_READINESS_ENGINE_H_
