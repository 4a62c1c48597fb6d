#ifndef BENCH_LOAD_DELIVERY_CHECK_H_
#define BENCH_LOAD_DELIVERY_CHECK_H_

// DeliveryCheck looks at every text that a recipient is given: whole, from a publisher of its room,
// and the next of that publisher; and notes when it came. One object serves all recipients of a
// worker and runs tens of millions of times a second, so the good case is a few loads and compares
// and all that is unusual is out of line.
//
// A gap counts as lost at once and is taken back when the missing line comes late (then it is
// reordered). What never came by the end is counted by Finish.
//
// Lines that are found to be the expected ones are only noted when they come, 32 bytes for all that
// one recv() brings, and go into the histograms when the run is over (Settle): with tens of
// millions of deliveries a second the counting alone would take a sixth of a core, in the middle of
// what is timed. Where there is no room for more notes, it is done at once. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "bench/histogram.h"
#include "bench/load/schedule.h"
#include "bench/load/worker_record.h"
#include "bench/payload.h"

namespace parley::bench {

// One recipient as the check sees it.
struct Reception {
  int room = 0;
  bool listens = true;
  bool recorded = true;  // its latencies count
  bool strict = true;    // it must be given every line
  bool hears_tells = false;
  bool tells = false;          // may be shown its own tells, which are then passed over
  std::vector<uint64_t> next;  // by the publisher's place in the room: the sequence expected

  // Cold: what was skipped over and may still come, as (place, sequence).
  std::set<std::pair<uint32_t, uint64_t>> missing;
};

class DeliveryCheck {
 public:
  // 64 MiB: the notes of half a minute at 60,000 recv() a second.
  static constexpr size_t kMostNotes = size_t{2} * 1024 * 1024;

  // `lines` is a row for the schedule's measured lines. All must outlive this. `most_notes` is how
  // many times expected lines can come before they are recorded as they come.
  DeliveryCheck(const Schedule* schedule, const Schedule* tells, int rooms, size_t text_size,
                WorkerRecord* record, LineRecord* lines, size_t most_notes = kMostNotes);

  // Makes `reception` ready to be given all that is scheduled.
  void Expect(Reception* reception);

  // A text of `text_size` bytes came to a recipient at `now`.
  void OnText(Reception& reception, const char* text, int64_t now) {
    PayloadHeader header;
    if (!ReadPayload(text, text_size_, &header)) [[unlikely]] {
      ++record_->faults.corrupt;
      return;
    }
    ++record_->deliveries;
    if (header.publisher >= places_.size()) [[unlikely]] {
      OnTell(reception, header, now);
      return;
    }
    const Place place = places_[header.publisher];
    if (place.room != reception.room || !reception.listens) [[unlikely]] {
      ++record_->faults.foreign;
      return;
    }
    uint64_t& next = reception.next[place.slot];
    if (header.sequence != next) [[unlikely]] {
      if (!OnUnexpected(reception, place.slot, header)) return;
    } else {
      ++next;
      if (reception.strict) --outstanding_;
    }
    if (!reception.recorded) return;
    const uint64_t line =
        schedule_->LineNumber(header.publisher, header.sequence) - first_measured_;
    if (line >= measured_lines_) return;
    const int64_t elapsed = ElapsedSince(header.scheduled, now);
    record_->delivery.Record(elapsed);
    if (series_ != nullptr) series_->Record(elapsed);
    lines_[line].last_ns = now;
    ++lines_[line].received;
  }

  // The schedule begins. Before OnExpectedLines.
  void Start(int64_t start_ns) { start_ns_ = start_ns; }

  // `count` lines of the only publisher came to a recipient at `now`, found whole and the next ones
  // by somebody else (see ExpectedStream).
  void OnExpectedLines(Reception& reception, uint64_t count, int64_t now);

  // Records what has only been noted. Before the record or the lines are read; may be repeated.
  void Settle();

  // A recipient goes before the end; what it has not been given is lost if it is strict.
  void Forget(Reception* reception);

  // Deliveries are also recorded in `histogram` from now on; null ends that.
  void RecordSeriesIn(Histogram* histogram) { series_ = histogram; }

  // Whether every strict recipient has been given its last line.
  bool complete() const { return outstanding_ <= 0; }

  // Counts what is still missing. Once, at the end.
  void Finish(const Reception& reception);

 private:
  struct Place {
    int room = 0;
    uint32_t slot = 0;
  };

  // Lines `first` to `next` of the only publisher, measured ones, as one recv() brought them.
  struct Arrival {
    uint64_t first;
    uint64_t next;
    int64_t now;
    Histogram* series;
  };

  void Record(const Arrival& arrival);

  // Sorts out a sequence number that is not the next. True when the line counts as delivered.
  bool OnUnexpected(Reception& reception, uint32_t slot, const PayloadHeader& header);
  void OnTell(Reception& reception, const PayloadHeader& header, int64_t now);

  // The number of lines that a recipient is given by the publisher at `slot`.
  uint64_t LinesAt(const Reception& reception, uint32_t slot) const;
  uint32_t SlotsOf(const Reception& reception) const;
  uint32_t TellSlot(const Reception& reception) const { return SlotsOf(reception); }

  const Schedule* schedule_;
  const Schedule* tells_;
  const int rooms_;
  const size_t text_size_;
  const uint64_t first_measured_;
  const uint64_t measured_lines_;
  std::vector<Place> places_;
  std::vector<int64_t>
      due_;  // of each line, from the start; only where one publisher says them all
  std::vector<Arrival> notes_;  // never grows: its capacity is how many there is room for
  int64_t start_ns_ = 0;
  WorkerRecord* record_;
  LineRecord* lines_;
  Histogram* series_ = nullptr;
  int64_t outstanding_ = 0;
};

}  // namespace parley::bench

#endif  // BENCH_LOAD_DELIVERY_CHECK_H_
