#ifndef BENCH_LOAD_EXPECTED_STREAM_H_
#define BENCH_LOAD_EXPECTED_STREAM_H_

// ExpectedStream is what a recipient must be given, to the byte, in a run with one publisher: the
// schedule is fixed in advance, so the frames of all its lines are known as soon as one delivery
// has shown what the server puts around a text. What a recipient receives is compared with it many
// lines at a time. Where it differs in any byte, each frame must be looked at by itself.
//
//   stream.Learn(frame, text_at);                      // a delivery that has been found right
//   const size_t lines = stream.Matching(next, bytes);  // so many whole lines are as expected
//
// Holds at most kMostBytes; a run with more than that, or with several publishers, is never known.
// One thread; serves all recipients of a worker.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "bench/load/schedule.h"

namespace parley::bench {

class ExpectedStream {
 public:
  static constexpr size_t kMostBytes = size_t{512} << 20;

  ExpectedStream(const Schedule* schedule, size_t text_size)
      : schedule_(schedule), text_size_(text_size) {}

  // When the schedule begins: it is part of the lines.
  void Start(int64_t start_ns) { start_ns_ = start_ns; }

  bool known() const { return frame_size_ > 0; }
  size_t frame_size() const { return frame_size_; }

  // `frame` delivers a text, which stands at `text_at` in it.
  void Learn(absl::string_view frame, size_t text_at);

  // How many lines from number `first` on stand whole at the beginning of `bytes`. 0 when not known
  // and when any of the whole frames there is not as expected.
  size_t Matching(uint64_t first, absl::string_view bytes);

 private:
  const Schedule* schedule_;
  const size_t text_size_;
  int64_t start_ns_ = 0;
  size_t frame_size_ = 0;
  std::string before_;
  std::string after_;
  std::string frames_;  // of the lines from 0 to made_
  uint64_t made_ = 0;
};

}  // namespace parley::bench

#endif  // BENCH_LOAD_EXPECTED_STREAM_H_
