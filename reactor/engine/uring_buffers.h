#ifndef REACTOR_ENGINE_URING_BUFFERS_H_
#define REACTOR_ENGINE_URING_BUFFERS_H_

// The receive buffers that all connections of a ring share (io_uring_setup_buf_ring(3)): the kernel
// takes one when bytes arrive, the engine gives it back when they are delivered. So a connection
// that waits for input owns none.
//
// Thread: one. Units: bytes. Lifetime: outlives the ring it is registered with.

#include <liburing.h>

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "reactor/base/bytes.h"
#include "reactor/engine/uring_ring.h"

namespace parley {

class UringBuffers {
 public:
  static constexpr uint16_t kGroup = 0;

  // `count` is a power of two, at most 32768 (the kernel's limit).
  UringBuffers(uint16_t count, uint32_t bytes_each);
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;
  ~UringBuffers();

  // Offers every buffer to the requests of `ring`.
  absl::Status RegisterWith(UringRing& ring);

  ByteSpan Bytes(uint16_t buffer, size_t size) const { return {Start(buffer), size}; }
  void GiveBack(uint16_t buffer);

 private:
  std::byte* Start(uint16_t buffer) const;
  void Offer(uint16_t buffer, int place);

  const uint16_t count_;
  const uint32_t bytes_each_;
  size_t mapped_bytes_;
  std::byte* memory_;           // the buffers, and behind them
  io_uring_buf_ring* offered_;  // the queue of those that the kernel may take
};

}  // namespace parley

#endif  // REACTOR_ENGINE_URING_BUFFERS_H_
