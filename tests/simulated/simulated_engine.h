#ifndef TESTS_SIMULATED_SIMULATED_ENGINE_H_
#define TESTS_SIMULATED_SIMULATED_ENGINE_H_

// The engine that lies on purpose: it keeps the promises of engine.h over a SimulatedNetwork, and
// no more than those. What an engine may do, this one does sooner or later: tell events late and in
// any order, read and write in pieces, complete a send turns after it was offered, take its time to
// say Closed.
//
// While a send is in flight, the engine holds it to the seam's word that the bytes stay where they
// are: they are compared when the send completes.
//
// Thread: one, but for Wake. Wait never sleeps: a turn takes a microsecond, and when there is
// nothing to do the clock goes on to the next thing that happens.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "reactor/base/slot_table.h"
#include "reactor/engine/engine.h"
#include "tests/simulated/simulated_network.h"

namespace parley {

class SimulatedEngine : public Engine {
 public:
  explicit SimulatedEngine(SimulatedNetwork& network);
  ~SimulatedEngine() override;

  absl::string_view name() const override { return "simulated"; }
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
  TimePoint PrepareToPoll(TimePoint) override { return network_.now(); }
  void Wake() override { woken_.store(true, std::memory_order_release); }
  TimePoint Now() override { return network_.now(); }

 private:
  // A send that was offered and has not completed.
  struct Sending {
    std::vector<iovec> vectors;
    std::string bytes;  // what they held when they were offered
    TimePoint completes;
    uint64_t turn;
  };
  struct Slot {
    uint32_t generation = 0;
    SimulatedSocket* socket = nullptr;
    int fd = -1;
    CloseReason reason;
    CloseHow how = CloseHow::kNow;
    bool is_connecting = false;
    bool read_enabled = true;
    bool ended = false;
    bool blocked = false;
    bool closing = false;
    TimePoint hidden_until;  // an event that is there is not told before
    TimePoint retry;         // a starved listener, a refused send or a late Closed waits until then
    std::unique_ptr<Sending> sending;
  };

  absl::StatusOr<Handle> Register(UniqueFd fd, bool is_listener, bool is_connecting,
                                  bool read_enabled);
  bool HasEvent(const Slot& slot);
  bool CanRead(const Slot& slot);
  bool ResetArrived(const Slot& slot) const;
  std::vector<Handle> HarvestEvents();
  bool HearsWake();
  TimePoint WhenFound();
  bool IsAborted(SimulatedSocket& caller);
  TimePoint NextOwnEvent(TimePoint deadline);
  void Deliver(Handle handle);
  void AcceptSome(Handle handle, Slot& slot);
  void FinishConnect(Handle handle, Slot& slot);
  void ReadSome(Handle handle, Slot& slot);
  void FlushOne(Handle handle, Slot& slot);
  void CompleteSend(Handle handle, Slot& slot);
  void SetBlocked(Handle handle, Slot& slot, bool blocked);
  void Fail(Handle handle, Slot& slot, CloseReason reason);
  void DeliverClosed();
  void WakeForNothing();

  SimulatedNetwork& network_;
  Sink* sink_ = nullptr;
  SlotTable<Slot> slots_;
  std::vector<Handle> closing_;
  std::vector<int> watched_;
  std::string scratch_;
  uint64_t turn_ = 0;
  std::atomic<bool> woken_{false};
  TimePoint wake_hidden_until_;  // Woken is not told before
};

}  // namespace parley

#endif  // TESTS_SIMULATED_SIMULATED_ENGINE_H_
