#ifndef BENCH_LOAD_SCHEDULE_H_
#define BENCH_LOAD_SCHEDULE_H_

// Which publisher says which line when. All of it is fixed before the run begins, so a server that
// falls behind finds its lines late, not fewer: no coordinated omission.
//
// Lines are numbered from 0 in the order in which they are due; publishers take turns. A line goes
// out in one piece at its time, or (trickle) byte by byte, then it is due with its last byte and
// the bytes of all publishers' lines interleave at even distances. Times are ns from the start.
// Immutable; any thread.

#include <cstddef>
#include <cstdint>

namespace parley::bench {

struct ScheduleConfig {
  uint32_t publishers = 1;
  double lines_per_second = 0;
  double warmup = 0;   // seconds
  double seconds = 0;  // measured, after the warm-up
  size_t pieces_per_line = 1;
};

class Schedule {
 public:
  // One piece to send: the `piece`-th of a publisher's `sequence`-th line.
  struct Piece {
    uint32_t publisher = 0;
    uint64_t sequence = 0;
    size_t piece = 0;
  };

  explicit Schedule(const ScheduleConfig& config);

  uint32_t publishers() const { return config_.publishers; }
  uint64_t total_lines() const { return total_lines_; }
  uint64_t total_pieces() const { return total_lines_ * config_.pieces_per_line; }

  // Lines that are due within the measured time.
  uint64_t first_measured() const { return first_measured_; }
  uint64_t measured_lines() const { return total_lines_ - first_measured_; }

  int64_t PieceTime(uint64_t piece) const {
    return static_cast<int64_t>(static_cast<double>(piece) * nanos_per_piece_);
  }
  Piece PieceAt(uint64_t piece) const;

  // How many lines a publisher says in all.
  uint64_t LinesOf(uint32_t publisher) const;

  uint64_t LineNumber(uint32_t publisher, uint64_t sequence) const {
    return sequence * config_.publishers + publisher;
  }
  uint32_t PublisherOf(uint64_t line) const {
    return static_cast<uint32_t>(line % config_.publishers);
  }
  int64_t LineTime(uint64_t line) const;

 private:
  ScheduleConfig config_;
  double nanos_per_piece_ = 0;
  uint64_t total_lines_ = 0;
  uint64_t first_measured_ = 0;
};

}  // namespace parley::bench

#endif  // BENCH_LOAD_SCHEDULE_H_
