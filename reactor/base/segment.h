#ifndef REACTOR_BASE_SEGMENT_H_
#define REACTOR_BASE_SEGMENT_H_

// Sending memory. A Segment is a refcounted block; a Slice is a range of one and keeps it alive. The
// refcount is per segment and not per message: thousands of messages share one block, and a message
// sent to thousands shares its bytes.
//
//   SegmentWriter writer(4096);
//   Slice slice = writer.Append({AsBytes("hello "), AsBytes(name)});
//
// Ownership: a Segment frees itself with its last SegmentRef. Thread: refcounts are atomic, so slices
// may be handed to other threads; a SegmentWriter belongs to one thread, and the bytes of a slice never
// change once it is made. Units: bytes. Sizes: kMinSegmentBytes to kMaxSegmentBytes of payload,
// more only for one Append that is itself larger.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

#include "reactor/base/bytes.h"

namespace parley {

inline constexpr uint32_t kMinSegmentBytes = 512;
inline constexpr uint32_t kMaxSegmentBytes = 64 * 1024;

class Segment {
 public:
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
  const std::byte* data() const { return reinterpret_cast<const std::byte*>(this + 1); }
  uint32_t capacity() const { return capacity_; }

 private:
  friend class SegmentRef;
  explicit Segment(uint32_t capacity) : capacity_(capacity) {}
  ~Segment() = default;

  std::atomic<uint32_t> references_{1};
  const uint32_t capacity_;
};

class SegmentRef {
 public:
  SegmentRef() = default;
  SegmentRef(const SegmentRef& other) : segment_(other.segment_) { Retain(); }
  SegmentRef(SegmentRef&& other) noexcept : segment_(std::exchange(other.segment_, nullptr)) {}
  SegmentRef& operator=(SegmentRef other) noexcept {
    std::swap(segment_, other.segment_);
    return *this;
  }
  ~SegmentRef() { Release(); }

  // A new segment with room for `capacity` bytes. Freed segments of the common sizes are kept by the
  // thread that freed them (a bounded number) and used again here.
  static SegmentRef Allocate(uint32_t capacity);

  Segment* operator->() const { return segment_; }
  Segment* get() const { return segment_; }
  explicit operator bool() const { return segment_ != nullptr; }

 private:
  void Retain() const {
    if (segment_ != nullptr) segment_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  void Release();

  Segment* segment_ = nullptr;
};

struct Slice {
  SegmentRef segment;
  uint32_t begin = 0;
  uint32_t end = 0;

  uint32_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  ByteSpan bytes() const {
    return segment ? ByteSpan(segment->data() + begin, size()) : ByteSpan();
  }
  // Whether `next` continues this slice in memory, so that the two can be one.
  bool ContinuedBy(const Slice& next) const {
    return segment.get() == next.segment.get() && end == next.begin;
  }
};

// Writes messages one behind the other into segments.
class SegmentWriter {
 public:
  // The first segment has `first_bytes`; each further one twice the last, up to `largest_bytes`, so
  // that a quiet writer stays small and a busy one allocates seldom.
  explicit SegmentWriter(uint32_t first_bytes = kMinSegmentBytes,
                         uint32_t largest_bytes = kMaxSegmentBytes)
      : first_bytes_(first_bytes), largest_bytes_(largest_bytes), next_bytes_(first_bytes) {}

  // Copies the parts, joined, into one slice. An Append that does not fit into what is left of the
  // segment begins a new one.
  Slice Append(std::initializer_list<ByteSpan> parts);
  Slice Append(ByteSpan bytes) { return Append({bytes}); }

  // Lets go of the segment being written, whose slices live on. The next one is as large as what was
  // written since the last Rest.
  void Rest();

 private:
  uint32_t first_bytes_;
  uint32_t largest_bytes_;
  uint32_t next_bytes_;
  uint32_t used_ = 0;     // of the current segment
  uint64_t written_ = 0;  // since the last Rest
  SegmentRef current_;
};

}  // namespace parley

#endif  // REACTOR_BASE_SEGMENT_H_
