#include "reactor/base/segment.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "reactor/base/check.h"
#include "reactor/base/thread_free_lists.h"

namespace parley {
namespace {

constexpr size_t kClasses = std::bit_width(kMaxSegmentBytes / kMinSegmentBytes);
constexpr size_t kKeptBytesPerClass = size_t{256} * 1024;

// The size class that serves `capacity`, or kClasses for a block too large to keep.
size_t ClassOf(uint32_t capacity) {
  if (capacity > kMaxSegmentBytes) return kClasses;
  const uint32_t blocks =
      (std::max(capacity, uint32_t{1}) + kMinSegmentBytes - 1) / kMinSegmentBytes;
  return static_cast<size_t>(std::bit_width(std::bit_ceil(blocks)) - 1);
}

struct SegmentBlocks;
using SegmentPool = ThreadFreeLists<SegmentBlocks, kClasses>;

}  // namespace

SegmentRef SegmentRef::Allocate(uint32_t capacity) {
  const size_t size_class = ClassOf(capacity);
  void* block = nullptr;
  if (size_class < kClasses) {
    capacity = kMinSegmentBytes << size_class;
    block = SegmentPool::Take(size_class);
  }
  if (block == nullptr) block = ::operator new(sizeof(Segment) + capacity);
  SegmentRef ref;
  ref.segment_ = new (block) Segment(capacity);
  return ref;
}

void SegmentRef::Release() {
  if (segment_ == nullptr) return;
  if (segment_->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const size_t size_class = ClassOf(segment_->capacity_);
  segment_->~Segment();
  if (size_class < kClasses) {
    SegmentPool::Give(size_class, kKeptBytesPerClass / (size_t{kMinSegmentBytes} << size_class),
                      segment_);
  } else {
    ::operator delete(segment_);
  }
  segment_ = nullptr;
}

Slice SegmentWriter::Append(std::initializer_list<ByteSpan> parts) {
  size_t total = 0;
  for (ByteSpan part : parts) total += part.size();
  PARLEY_CHECK(total <= UINT32_MAX, total);
  const auto needed = static_cast<uint32_t>(total);
  if (!current_ || current_->capacity() - used_ < needed) {
    current_ = SegmentRef::Allocate(std::max(next_bytes_, needed));
    used_ = 0;
    next_bytes_ = std::min(next_bytes_ * 2, largest_bytes_);
  }
  Slice slice{current_, used_, used_};
  for (ByteSpan part : parts) {
    if (part.empty()) continue;
    std::memcpy(current_->data() + slice.end, part.data(), part.size());
    slice.end += static_cast<uint32_t>(part.size());
  }
  used_ = slice.end;
  written_ += needed;
  return slice;
}

void SegmentWriter::Rest() {
  current_ = SegmentRef();
  next_bytes_ = static_cast<uint32_t>(
      std::clamp(std::bit_ceil(written_), uint64_t{first_bytes_}, uint64_t{largest_bytes_}));
  written_ = 0;
}

}  // namespace parley
