#ifndef BENCH_LOAD_FRAME_READER_H_
#define BENCH_LOAD_FRAME_READER_H_

// FrameReader finds the measured texts in what a client receives. The frames of deliveries are all
// of one size in a run, so it first looks whether a text stands where it would stand if the next
// frame were like the last delivery; only when not does it ask the protocol where the frame ends.
// The look cannot be fooled: the marker that begins a text occurs nowhere else in one, and
// ReadPayload then checks every byte of it.
//
//   const size_t used = reader.Read(bytes, [](const char* text) {...},
//                                   [](absl::string_view other_frame) {...});
//
// Bytes from `used` on are an unfinished frame and must stand before what is received next. One
// thread; serves any number of clients of one server.

#include <cstddef>

#include "absl/strings/string_view.h"
#include "bench/payload.h"
#include "bench/protocol.h"

namespace parley::bench {

class FrameReader {
 public:
  FrameReader(const Protocol* protocol, size_t text_size)
      : protocol_(protocol),
        tail_size_(protocol->tail_size()),
        text_and_tail_(text_size + tail_size_) {}

  // The size of a delivery's frame, and where its text stands in it. Valid after a delivery.
  size_t frame_size() const { return usual_size_; }
  size_t text_at() const { return usual_size_ - text_and_tail_; }

  // Returns the bytes used up, or Protocol::kMalformed.
  template <typename OnText, typename OnFrame>
  size_t Read(absl::string_view bytes, OnText&& on_text, OnFrame&& on_frame) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at < end) {
      if (static_cast<size_t>(end - at) >= usual_size_ && EndsInText(at, usual_size_)) [[likely]] {
        on_text(at + (usual_size_ - text_and_tail_));
        at += usual_size_;
        continue;
      }
      const absl::string_view rest(at, static_cast<size_t>(end - at));
      const size_t size = protocol_->FrameSize(rest);
      if (size == Protocol::kMalformed) return size;
      if (size == Protocol::kUnfinished) break;
      if (size >= text_and_tail_ && EndsInText(at, size)) {
        usual_size_ = size;
        on_text(at + (size - text_and_tail_));
      } else {
        on_frame(rest.substr(0, size));
      }
      at += size;
    }
    return static_cast<size_t>(at - bytes.data());
  }

 private:
  bool EndsInText(const char* frame, size_t size) const {
    return StartsPayload(frame + (size - text_and_tail_)) &&
           (tail_size_ == 0 || frame[size - 1] == '\n');
  }

  const Protocol* protocol_;
  const size_t tail_size_;
  const size_t text_and_tail_;
  size_t usual_size_ = static_cast<size_t>(-1);  // none seen yet: never enough bytes
};

}  // namespace parley::bench

#endif  // BENCH_LOAD_FRAME_READER_H_
