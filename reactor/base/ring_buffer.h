#ifndef REACTOR_BASE_RING_BUFFER_H_
#define REACTOR_BASE_RING_BUFFER_H_

// Bytes that arrived and wait for the rest of their message. One pointer wide: an empty ring owns no
// memory, so an idle connection costs nothing here. It grows by doubling as bytes come and gives its
// block back, to a pool of the thread, when it empties.
//
//   ring.Append(bytes);
//   Consume(ring.Contiguous());  ring.Consume(n);
//
// Not thread-safe. Units: bytes. Who appends bounds the size; the ring itself stops at 1 GiB.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "reactor/base/bytes.h"

namespace parley {

class RingBuffer {
 public:
  RingBuffer() = default;
  RingBuffer(RingBuffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  RingBuffer& operator=(RingBuffer&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  RingBuffer(const RingBuffer&) = delete;
  RingBuffer& operator=(const RingBuffer&) = delete;
  ~RingBuffer() { Clear(); }

  size_t size() const { return block_ == nullptr ? 0 : block_->size; }
  bool empty() const { return block_ == nullptr; }
  // Bytes of memory held now.
  size_t capacity() const { return block_ == nullptr ? 0 : block_->capacity; }

  void Append(ByteSpan bytes);

  // The longest run of bytes from the front that lie together: all of them, unless they wrap.
  ByteSpan Front() const;
  // All bytes as one span; moves them when they wrap. Valid until the next Append or Consume.
  ByteSpan Contiguous();
  std::string Copy() const;

  // Drops `count` bytes from the front, at most size().
  void Consume(size_t count);
  // Keeps the first `size` bytes, at most size().
  void Truncate(size_t size);
  void Clear();

 private:
  struct Block {
    uint32_t capacity;  // a power of two
    uint32_t head;
    uint32_t size;
    std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
  };

  void GrowTo(size_t needed);
  static Block* TakeBlock(uint32_t capacity);
  static void GiveBack(Block* block);

  Block* block_ = nullptr;
};

}  // namespace parley

#endif  // REACTOR_BASE_RING_BUFFER_H_
