// UringEngine: how it comes to its ring, changes it with the thread, and ends.

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "reactor/base/check.h"
#include "reactor/base/errno_status.h"
#include "reactor/engine/engine_list.h"
#include "reactor/engine/uring_engine.h"

namespace parley {
namespace {

// Multishot receive has no feature flag; zero-copy send came with the same kernel (Linux 6.0).
bool HasMultishotReceive(io_uring* ring) {
  io_uring_probe* probe = io_uring_get_probe_ring(ring);
  const bool has = probe != nullptr && io_uring_opcode_supported(probe, IORING_OP_SEND_ZC);
  io_uring_free_probe(probe);
  return has;
}

}  // namespace

absl::StatusOr<std::unique_ptr<UringEngine>> UringEngine::Make(const UringOptions& options) {
  absl::StatusOr<std::unique_ptr<UringRing>> ring = UringRing::Make(options);
  if (!ring.ok()) return ring.status();
  if (!HasMultishotReceive((*ring)->get())) {
    return absl::UnimplementedError("the kernel's io_uring has no multishot receive (Linux 6.0)");
  }
  UniqueFd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake) return ErrnoStatus(errno, "eventfd");
  std::unique_ptr<UringEngine> engine(new UringEngine(options, *std::move(ring), std::move(wake)));
  absl::Status registered = engine->buffers_.RegisterWith(engine->requests_.ring());
  if (!registered.ok()) return registered;
  return engine;
}

UringEngine::UringEngine(const UringOptions& options, std::unique_ptr<UringRing> ring,
                         UniqueFd wake)
    : options_(options),
      buffers_(options.buffers, options.buffer_bytes),
      requests_(std::move(ring)),
      wake_(std::move(wake)) {
  requests_.PollEach(UringOp::kWake, {}, wake_.get(), own_ops_, POLLIN);
}

UringEngine::~UringEngine() {
  FinishRequests();
  slots_.ForEach([](const Slot& slot) { return slot.fd >= 0; },
                 [](Handle, Slot& slot) { UniqueFd(slot.fd).Reset(); });
}

// Waits for what is in flight, so that no descriptor stays open in a ring that ends later than the
// engine.
void UringEngine::FinishRequests() {
  if (!requests_.ring().IsHere()) return;
  const auto is_live = [](const Slot& slot) { return slot.fd >= 0; };
  slots_.ForEach(is_live, [&](Handle handle, Slot& slot) {
    if (!slot.closing) requests_.CancelAll(handle, slot.ops);
    slot.closing = true;
  });
  requests_.CancelAll({}, own_ops_);
  const auto finished = [&] {
    bool all = own_ops_.empty();
    slots_.ForEach(is_live, [&](Handle, Slot& slot) { all = all && slot.ops.empty(); });
    return all;
  };
  // A cancelled request completes at once; the limit only keeps a broken kernel from holding us
  // here.
  for (int tries = 0; tries < 100 && !finished(); ++tries) {
    requests_.ring().SubmitAndWait(std::chrono::milliseconds(10));
    requests_.ring().TakeCompletions(completions_);
    for (const UringRing::Completion& completion : completions_) {
      const UringToken token = UringToken::FromWord(completion.data);
      if (token.handle) {
        Dispatch(completion);
      } else if (completion.is_last()) {
        own_ops_.Remove(token.op);
      }
    }
  }
}

// A ring cannot change its thread, so another one takes over. What the old one has completed is
// delivered; what is in flight in it was only waiting: it counts as cancelled and begins anew.
void UringEngine::MoveHere() {
  UringRing& old_ring = requests_.ring();
  old_ring.Harvest();
  old_ring.TakeCompletions(completions_);
  for (UringRing::Completion& completion : completions_) {
    const UringToken token = UringToken::FromWord(completion.data);
    Slot* slot = slots_.Find(token.handle);
    if (slot == nullptr) {  // the engine's own are begun anew below
      completion.data = UringToken{{}, UringOp::kCancel}.ToWord();
      continue;
    }
    if (completion.is_last()) slot->ops.Remove(token.op);
    if ((completion.flags & IORING_CQE_F_BUFFER) == 0) continue;
    // The buffers all go to the new ring.
    const auto buffer = static_cast<uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
    const auto size = static_cast<size_t>(std::max(completion.result, 0));
    slot->held.Append(buffers_.Bytes(buffer, size));
    CarryOver(token.handle, *slot);
    completion = {completion.data, -ECANCELED, completion.flags & IORING_CQE_F_MORE};
  }
  slots_.ForEach([](const Slot& slot) { return slot.fd >= 0; },
                 [&](Handle handle, Slot& slot) {
                   slot.ops.ForEach([&](UringOp op) {
                     completions_.push_back({UringToken{handle, op}.ToWord(), -ECANCELED, 0});
                   });
                 });
  absl::StatusOr<std::unique_ptr<UringRing>> ring = UringRing::Make(options_);
  PARLEY_CHECK(ring.ok(), ring.status().ToString());
  requests_.Replace(*std::move(ring));
  const absl::Status registered = buffers_.RegisterWith(requests_.ring());
  PARLEY_CHECK(registered.ok(), registered.ToString());
  own_ops_ = UringOps();
  requests_.PollEach(UringOp::kWake, {}, wake_.get(), own_ops_, POLLIN);
  if (signals_) requests_.PollEach(UringOp::kSignal, {}, signals_.get(), own_ops_, POLLIN);
  if (!pollable_) return;
  const absl::Status told = requests_.ring().TellByEventfd(pollable_.get());
  PARLEY_CHECK(told.ok(), told.ToString());
}

absl::StatusOr<std::unique_ptr<Engine>> MakeUringEngine();

absl::StatusOr<std::unique_ptr<Engine>> MakeUringEngine() { return UringEngine::Make(); }

}  // namespace parley
