#ifndef REACTOR_ENGINE_URING_RING_H_
#define REACTOR_ENGINE_URING_RING_H_

// One io_uring (io_uring(7)) as the engine uses it: entries are prepared at any time, handed over
// in one system call a turn, and their completions copied out in one go.
//
//   io_uring_sqe* entry = ring.Prepare();
//   io_uring_prep_recv(entry, ...);
//   entry->user_data = name;
//   ring.SubmitAndWait(timeout);
//   ring.TakeCompletions(completions);
//
// A full completion queue loses nothing: the kernel keeps what does not fit and hands it over at
// the next SubmitAndWait (IORING_FEAT_NODROP).
//
// Thread: a ring with deferred task work belongs to the thread that first waits or hands over
// (IsHere). It may be made, filled and destroyed by others. Errors: the kernel's refusal to make a
// ring is a Status.

#include <liburing.h>

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "reactor/base/clock.h"

namespace parley {

struct UringOptions {
  uint32_t submissions = 512;   // entries that one system call hands over
  uint32_t completions = 8192;  // that wait without the kernel's having to allocate
  uint16_t buffers = 1024;      // for receiving; a power of two
  uint32_t buffer_bytes = 4096;
  // Completions are worked out only while the thread waits for them (IORING_SETUP_DEFER_TASKRUN,
  // Linux 6.1); without it, whenever the thread enters the kernel.
  bool deferred_task_run = true;
};

class UringRing {
 public:
  struct Completion {
    uint64_t data;
    int result;
    uint32_t flags;
    // Whether the request is over; any completion of a multishot request may be its last.
    bool is_last() const { return (flags & IORING_CQE_F_MORE) == 0; }
  };

  static absl::StatusOr<std::unique_ptr<UringRing>> Make(const UringOptions& options);
  UringRing(const UringRing&) = delete;
  UringRing& operator=(const UringRing&) = delete;
  // The kernel cancels what is in flight, some time later.
  ~UringRing();

  // Whether this thread may wait and hand over: it has before, or nobody has.
  bool IsHere() const;

  // The next entry to fill in, before anything else is called. When the queue is full it is handed
  // over first.
  io_uring_sqe* Prepare();
  // Hands over what is prepared, and waits until there is a completion or for `timeout` (negative:
  // for ever).
  void SubmitAndWait(Duration timeout);
  // Hands over what is prepared, and does not wait. Whether it has all been taken, and nothing has
  // been copied out: then TellByEventfd tells of whatever completes.
  bool HandOver();
  // Adds to this eventfd(2) from now on whenever there is a completion, or the work that makes one.
  // Errors: the kernel's, for want of memory.
  absl::Status TellByEventfd(int eventfd);
  // Copies out what the kernel has completed; does not ask it for more. Any thread.
  void Harvest();
  // Whether a completion with this name is there that TakeCompletions has not taken.
  bool HasCompletion(uint64_t data);
  // Replaces `completions` by what has been copied out, oldest first.
  void TakeCompletions(std::vector<Completion>& completions);

  io_uring* get() { return &ring_; }
  // How often the kernel had more completions than fitted into the queue.
  uint64_t overflows() const { return overflows_; }

 private:
  UringRing() { ring_.ring_fd = -1; }
  void Enable();
  void Submit();
  void SubmitBacklog();
  int Enter(unsigned min_complete, unsigned flags, io_uring_getevents_arg* argument);

  io_uring ring_{};
  bool single_issuer_ = false;
  bool enabled_ = false;
  std::thread::id issuer_;             // once it is enabled
  std::vector<io_uring_sqe> backlog_;  // prepared while the queue was full and the thread another
  std::vector<Completion> harvested_;
  uint64_t overflows_ = 0;
};

}  // namespace parley

#endif  // REACTOR_ENGINE_URING_RING_H_
