#include "reactor/engine/uring_ring.h"

#include <cerrno>

#include "reactor/base/check.h"
#include "reactor/base/errno_status.h"

namespace parley {

absl::StatusOr<std::unique_ptr<UringRing>> UringRing::Make(const UringOptions& options) {
  std::unique_ptr<UringRing> ring(new UringRing);
  // Disabled until the thread is known that will submit.
  constexpr unsigned kAlways =
      IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED;
  constexpr unsigned kDeferred = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  int error = -EINVAL;
  if (options.deferred_task_run) {
    io_uring_params params{};
    params.flags = kAlways | kDeferred;
    params.cq_entries = options.completions;
    error = io_uring_queue_init_params(options.submissions, &ring->ring_, &params);
    ring->single_issuer_ = error == 0;
  }
  if (error == -EINVAL) {  // an older kernel, or asked for
    io_uring_params params{};
    params.flags = kAlways | IORING_SETUP_COOP_TASKRUN;
    params.cq_entries = options.completions;
    error = io_uring_queue_init_params(options.submissions, &ring->ring_, &params);
  }
  if (error != 0) {
    ring->ring_.ring_fd = -1;  // which the attempt has set to 0
    return ErrnoStatus(-error, "io_uring_setup");
  }
  return ring;
}

UringRing::~UringRing() {
  if (ring_.ring_fd >= 0) io_uring_queue_exit(&ring_);
}

bool UringRing::IsHere() const {
  return !enabled_ || !single_issuer_ || issuer_ == std::this_thread::get_id();
}

void UringRing::Enable() {
  if (enabled_) return;
  // liburing 2.3 forgets to export io_uring_enable_rings.
  const int error = io_uring_register(static_cast<unsigned>(ring_.ring_fd),
                                      IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  PARLEY_CHECK(error == 0, error);
  enabled_ = true;
  issuer_ = std::this_thread::get_id();
}

io_uring_sqe* UringRing::Prepare() {
  while (backlog_.empty()) {
    if (io_uring_sqe* entry = io_uring_get_sqe(&ring_)) return entry;
    if (!enabled_ || !IsHere()) break;
    Submit();
  }
  return &backlog_.emplace_back();
}

int UringRing::Enter(unsigned min_complete, unsigned flags, io_uring_getevents_arg* argument) {
  // liburing's own submit-and-wait calls loop, and so may wait twice as long as asked.
  io_uring_sq& queue = ring_.sq;
  queue.sqe_head = queue.sqe_tail;
  io_uring_smp_store_release(queue.ktail, queue.sqe_tail);
  const int result = io_uring_enter2(
      static_cast<unsigned>(ring_.enter_ring_fd), io_uring_sq_ready(&ring_), min_complete, flags,
      reinterpret_cast<sigset_t*>(argument), argument == nullptr ? 0 : sizeof(*argument));
  switch (result) {
    case -ETIME:
    case -EINTR:   // the caller computes a new timeout
    case -EBUSY:   // the completion queue is over-full and has to be emptied first
    case -EAGAIN:  // no memory just now; what is prepared stays prepared
      break;
    default:
      PARLEY_CHECK(result >= 0, result);
  }
  return result;
}

void UringRing::Submit() {
  if (Enter(0, 0, nullptr) < 0) Harvest();
}

void UringRing::SubmitBacklog() {
  for (const io_uring_sqe& prepared : backlog_) {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    while (entry == nullptr) {
      Submit();
      entry = io_uring_get_sqe(&ring_);
    }
    *entry = prepared;
  }
  backlog_.clear();
}

bool UringRing::HandOver() {
  PARLEY_CHECK(IsHere());
  Enable();
  SubmitBacklog();
  if (io_uring_sq_ready(&ring_) > 0) Submit();
  return io_uring_sq_ready(&ring_) == 0 && harvested_.empty();
}

absl::Status UringRing::TellByEventfd(int eventfd) {
  const int error = io_uring_register_eventfd(&ring_, eventfd);
  return error == 0 ? absl::OkStatus() : ErrnoStatus(-error, "io_uring and an eventfd");
}

void UringRing::SubmitAndWait(Duration timeout) {
  PARLEY_CHECK(IsHere());
  Enable();
  SubmitBacklog();
  if (!harvested_.empty()) timeout = Duration::zero();
  if (timeout == Duration::zero()) {
    Enter(0, IORING_ENTER_GETEVENTS, nullptr);
  } else {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    __kernel_timespec spec{seconds.count(), (timeout - seconds).count()};
    io_uring_getevents_arg argument{};
    if (timeout > Duration::zero()) argument.ts = reinterpret_cast<uintptr_t>(&spec);
    Enter(1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument);
  }
  Harvest();
}

void UringRing::Harvest() {
  if (io_uring_cq_has_overflow(&ring_)) ++overflows_;
  unsigned head;
  unsigned count = 0;
  io_uring_cqe* completion;
  io_uring_for_each_cqe(&ring_, head, completion) {
    harvested_.push_back({completion->user_data, completion->res, completion->flags});
    ++count;
  }
  io_uring_cq_advance(&ring_, count);
}

bool UringRing::HasCompletion(uint64_t data) {
  for (const Completion& completion : harvested_) {
    if (completion.data == data) return true;
  }
  unsigned head;
  io_uring_cqe* completion;
  io_uring_for_each_cqe(&ring_, head, completion) {
    if (completion->user_data == data) return true;
  }
  return false;
}

void UringRing::TakeCompletions(std::vector<Completion>& completions) {
  completions.clear();
  completions.swap(harvested_);
}

}  // namespace parley
