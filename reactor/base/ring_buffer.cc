#include "reactor/base/ring_buffer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "reactor/base/check.h"
#include "reactor/base/thread_free_lists.h"

namespace parley {
namespace {

constexpr uint32_t kSmallestBytes = 256;
constexpr size_t kLargestBytes = size_t{1} << 30;
constexpr size_t kPooledBlocks = 64;

// Given-back blocks of the smallest size, which most unfinished lines need.
struct RingBlocks;
using RingPool = ThreadFreeLists<RingBlocks, 1>;

}  // namespace

RingBuffer::Block* RingBuffer::TakeBlock(uint32_t capacity) {
  void* memory = capacity == kSmallestBytes ? RingPool::Take(0) : nullptr;
  if (memory == nullptr) memory = ::operator new(sizeof(Block) + capacity);
  return new (memory) Block{capacity, 0, 0};
}

void RingBuffer::GiveBack(Block* block) {
  if (block->capacity == kSmallestBytes) {
    RingPool::Give(0, kPooledBlocks, block);
  } else {
    ::operator delete(block);
  }
}

void RingBuffer::GrowTo(size_t needed) {
  PARLEY_CHECK(needed <= kLargestBytes, needed);
  const auto capacity = std::max(kSmallestBytes, std::bit_ceil(static_cast<uint32_t>(needed)));
  Block* larger = TakeBlock(capacity);
  if (block_ != nullptr) {
    const uint32_t first = std::min(block_->size, block_->capacity - block_->head);
    std::memcpy(larger->data(), block_->data() + block_->head, first);
    std::memcpy(larger->data() + first, block_->data(), block_->size - first);
    larger->size = block_->size;
    GiveBack(block_);
  }
  block_ = larger;
}

void RingBuffer::Append(ByteSpan bytes) {
  if (bytes.empty()) return;
  const size_t needed = size() + bytes.size();
  if (needed > capacity()) GrowTo(needed);
  const uint32_t tail = (block_->head + block_->size) & (block_->capacity - 1);
  const size_t first = std::min<size_t>(bytes.size(), block_->capacity - tail);
  std::memcpy(block_->data() + tail, bytes.data(), first);
  std::memcpy(block_->data(), bytes.data() + first, bytes.size() - first);
  block_->size += static_cast<uint32_t>(bytes.size());
}

ByteSpan RingBuffer::Front() const {
  if (block_ == nullptr) return {};
  return {block_->data() + block_->head, std::min(block_->size, block_->capacity - block_->head)};
}

ByteSpan RingBuffer::Contiguous() {
  if (block_ == nullptr) return {};
  if (block_->head + block_->size > block_->capacity) {
    std::byte* data = block_->data();
    std::rotate(data, data + block_->head, data + block_->capacity);
    block_->head = 0;
  }
  return Front();
}

std::string RingBuffer::Copy() const {
  const ByteSpan front = Front();
  std::string copy(AsText(front));
  // The rest, if any, lies at the beginning of the block.
  const size_t rest = size() - front.size();
  if (rest > 0) copy.append(AsText({block_->data(), rest}).data(), rest);
  return copy;
}

void RingBuffer::Consume(size_t count) {
  if (count == 0) return;
  PARLEY_CHECK(count <= size(), count, size());
  block_->size -= static_cast<uint32_t>(count);
  if (block_->size == 0) {
    Clear();
  } else {
    block_->head = (block_->head + static_cast<uint32_t>(count)) & (block_->capacity - 1);
  }
}

void RingBuffer::Truncate(size_t size) {
  PARLEY_CHECK(size <= this->size(), size, this->size());
  if (size == 0) return Clear();
  block_->size = static_cast<uint32_t>(size);
}

void RingBuffer::Clear() {
  if (block_ != nullptr) GiveBack(std::exchange(block_, nullptr));
}

}  // namespace parley
