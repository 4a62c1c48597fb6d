#include "bench/load/schedule.h"

#include <cmath>

namespace parley::bench {

Schedule::Schedule(const ScheduleConfig& config) : config_(config) {
  if (config.publishers == 0 || config.lines_per_second <= 0) return;
  nanos_per_piece_ = 1e9 / (config.lines_per_second * static_cast<double>(config.pieces_per_line));
  total_lines_ = static_cast<uint64_t>(
      std::ceil(config.lines_per_second * (config.warmup + config.seconds) - 1e-6));
  if (config.pieces_per_line > 1) {
    // Whole rounds, so that the last byte of every line that is begun has its time.
    const uint64_t rounds = (total_lines_ + config.publishers - 1) / config.publishers;
    total_lines_ = rounds * config.publishers;
  }
  const auto warmup = static_cast<int64_t>(config.warmup * 1e9);
  while (first_measured_ < total_lines_ && LineTime(first_measured_) < warmup) ++first_measured_;
}

Schedule::Piece Schedule::PieceAt(uint64_t piece) const {
  const uint64_t turn = piece / config_.publishers;
  return {.publisher = static_cast<uint32_t>(piece % config_.publishers),
          .sequence = turn / config_.pieces_per_line,
          .piece = static_cast<size_t>(turn % config_.pieces_per_line)};
}

uint64_t Schedule::LinesOf(uint32_t publisher) const {
  if (total_lines_ == 0) return 0;
  return total_lines_ / config_.publishers +
         (publisher < total_lines_ % config_.publishers ? 1 : 0);
}

int64_t Schedule::LineTime(uint64_t line) const {
  const uint64_t sequence = line / config_.publishers;
  const uint64_t last_turn = (sequence + 1) * config_.pieces_per_line - 1;
  return PieceTime(last_turn * config_.publishers + line % config_.publishers);
}

}  // namespace parley::bench
