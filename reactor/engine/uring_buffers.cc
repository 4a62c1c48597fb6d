#include "reactor/engine/uring_buffers.h"

#include <sys/mman.h>

#include <bit>

#include "reactor/base/check.h"
#include "reactor/base/errno_status.h"

namespace parley {

UringBuffers::UringBuffers(uint16_t count, uint32_t bytes_each)
    : count_(count), bytes_each_(bytes_each) {
  PARLEY_CHECK(std::has_single_bit(count) && count <= 32768, count);
  // The queue has to begin on a page.
  constexpr size_t kPage = 4096;
  const size_t buffer_bytes = (size_t{count} * bytes_each + kPage - 1) / kPage * kPage;
  mapped_bytes_ = buffer_bytes + size_t{count} * sizeof(io_uring_buf);
  void* mapped =
      ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  PARLEY_CHECK(mapped != MAP_FAILED, mapped_bytes_);
  memory_ = static_cast<std::byte*>(mapped);
  offered_ = reinterpret_cast<io_uring_buf_ring*>(memory_ + buffer_bytes);
}

UringBuffers::~UringBuffers() { ::munmap(memory_, mapped_bytes_); }

std::byte* UringBuffers::Start(uint16_t buffer) const {
  PARLEY_CHECK(buffer < count_, buffer, count_);
  return memory_ + size_t{buffer} * bytes_each_;
}

absl::Status UringBuffers::RegisterWith(UringRing& ring) {
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uintptr_t>(offered_);
  registration.ring_entries = count_;
  registration.bgid = kGroup;
  if (const int error = io_uring_register_buf_ring(ring.get(), &registration, 0); error != 0) {
    return ErrnoStatus(-error, "io_uring_register_buf_ring");
  }
  io_uring_buf_ring_init(offered_);
  for (uint16_t buffer = 0; buffer < count_; ++buffer) Offer(buffer, buffer);
  io_uring_buf_ring_advance(offered_, count_);
  return absl::OkStatus();
}

void UringBuffers::Offer(uint16_t buffer, int place) {
  io_uring_buf_ring_add(offered_, Start(buffer), bytes_each_, buffer,
                        io_uring_buf_ring_mask(count_), place);
}

void UringBuffers::GiveBack(uint16_t buffer) {
  Offer(buffer, 0);
  io_uring_buf_ring_advance(offered_, 1);
}

}  // namespace parley
