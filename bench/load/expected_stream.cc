#include "bench/load/expected_stream.h"

#include <algorithm>
#include <cstring>

#include "bench/payload.h"

namespace parley::bench {

void ExpectedStream::Learn(absl::string_view frame, size_t text_at) {
  if (known() || schedule_->publishers() != 1) return;
  if (frame.size() * schedule_->total_lines() > kMostBytes) return;
  before_ = std::string(frame.substr(0, text_at));
  after_ = std::string(frame.substr(text_at + text_size_));
  frame_size_ = frame.size();
  // All at once: growing later would hold up the run.
  frames_.reserve(frame_size_ * schedule_->total_lines());
}

size_t ExpectedStream::Matching(uint64_t first, absl::string_view bytes) {
  if (!known() || first >= schedule_->total_lines()) return 0;
  const size_t lines =
      std::min<uint64_t>(bytes.size() / frame_size_, schedule_->total_lines() - first);
  for (; made_ < first + lines; ++made_) {
    const int64_t due = start_ns_ + schedule_->LineTime(made_);
    frames_ += before_;
    AppendPayload({.publisher = 0, .sequence = made_, .scheduled = static_cast<uint64_t>(due)},
                  text_size_, &frames_);
    frames_ += after_;
  }
  const bool same =
      std::memcmp(frames_.data() + first * frame_size_, bytes.data(), lines * frame_size_) == 0;
  return same ? lines : 0;
}

}  // namespace parley::bench
