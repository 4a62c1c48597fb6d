#include "bench/load/delivery_check.h"

#include <algorithm>

namespace parley::bench {
namespace {

// Beyond this many lines missing from one recipient a late one is taken for a double; it bounds the
// memory of a run that has gone wrong anyway.
constexpr size_t kRememberedMissing = 100'000;

}  // namespace

DeliveryCheck::DeliveryCheck(const Schedule* schedule, const Schedule* tells, int rooms,
                             size_t text_size, WorkerRecord* record, LineRecord* lines,
                             size_t most_notes)
    : schedule_(schedule),
      tells_(tells),
      rooms_(rooms),
      text_size_(text_size),
      first_measured_(schedule->first_measured()),
      measured_lines_(schedule->measured_lines()),
      places_(schedule->publishers()),
      record_(record),
      lines_(lines) {
  const auto room_count = static_cast<uint32_t>(rooms);
  for (uint32_t publisher = 0; publisher < places_.size(); ++publisher) {
    places_[publisher] = {.room = static_cast<int>(publisher % room_count),
                          .slot = publisher / room_count};
  }
  if (places_.size() != 1) return;
  for (uint64_t line = 0; line < schedule->total_lines(); ++line) {
    due_.push_back(schedule->LineTime(line));
  }
  notes_.reserve(most_notes);
}

uint32_t DeliveryCheck::SlotsOf(const Reception& reception) const {
  if (!reception.listens) return 0;
  const auto rooms = static_cast<uint32_t>(rooms_);
  const auto room = static_cast<uint32_t>(reception.room);
  const uint32_t publishers = schedule_->publishers();
  return publishers <= room ? 0 : (publishers - room - 1) / rooms + 1;
}

uint64_t DeliveryCheck::LinesAt(const Reception& reception, uint32_t slot) const {
  if (slot >= SlotsOf(reception)) return tells_->LinesOf(0);
  return schedule_->LinesOf(static_cast<uint32_t>(reception.room) +
                            slot * static_cast<uint32_t>(rooms_));
}

void DeliveryCheck::Expect(Reception* reception) {
  reception->next.assign(SlotsOf(*reception) + (reception->hears_tells ? 1 : 0), 0);
  if (!reception->strict) return;
  for (uint32_t slot = 0; slot < reception->next.size(); ++slot) {
    outstanding_ += static_cast<int64_t>(LinesAt(*reception, slot));
  }
}

void DeliveryCheck::OnExpectedLines(Reception& reception, uint64_t count, int64_t now) {
  uint64_t& next = reception.next[0];
  const uint64_t first = std::max(next, first_measured_);
  next += count;
  record_->deliveries += count;
  if (reception.strict) outstanding_ -= static_cast<int64_t>(count);
  if (!reception.recorded || first >= next) return;
  const Arrival arrival{first, next, now, series_};
  if (notes_.size() < notes_.capacity()) {
    notes_.push_back(arrival);
  } else {
    Record(arrival);
  }
}

void DeliveryCheck::Record(const Arrival& arrival) {
  const int64_t* due = due_.data() + arrival.first;
  const size_t count = arrival.next - arrival.first;
  const int64_t elapsed = arrival.now - start_ns_;
  record_->delivery.RecordSince(due, count, elapsed);
  if (arrival.series != nullptr) arrival.series->RecordSince(due, count, elapsed);
  for (uint64_t line = arrival.first; line < arrival.next; ++line) {
    LineRecord& record = lines_[line - first_measured_];
    record.last_ns = std::max(record.last_ns, arrival.now);
    ++record.received;
  }
}

void DeliveryCheck::Settle() {
  for (const Arrival& arrival : notes_) Record(arrival);
  notes_.clear();
}

bool DeliveryCheck::OnUnexpected(Reception& reception, uint32_t slot, const PayloadHeader& header) {
  uint64_t& next = reception.next[slot];
  if (header.sequence >= LinesAt(reception, slot)) {
    ++record_->faults.foreign;
    return false;
  }
  uint64_t& gap_count = reception.strict ? record_->faults.lost : record_->skipped;
  if (header.sequence < next) {
    if (reception.missing.erase({slot, header.sequence}) == 0) {
      ++record_->faults.doubled;
      return false;
    }
    --gap_count;
    ++record_->faults.reordered;
    return true;
  }
  const uint64_t gap = header.sequence - next;
  gap_count += gap;
  for (uint64_t sequence = next;
       sequence < header.sequence && reception.missing.size() < kRememberedMissing; ++sequence) {
    reception.missing.emplace(slot, sequence);
  }
  next = header.sequence + 1;
  if (reception.strict) outstanding_ -= static_cast<int64_t>(gap + 1);
  return true;
}

void DeliveryCheck::OnTell(Reception& reception, const PayloadHeader& header, int64_t now) {
  const bool is_tell = header.publisher == places_.size();
  if (is_tell && reception.tells) return;
  if (!is_tell || !reception.hears_tells) {
    ++record_->faults.foreign;
    return;
  }
  const uint32_t slot = TellSlot(reception);
  uint64_t& next = reception.next[slot];
  if (header.sequence != next) {
    if (!OnUnexpected(reception, slot, header)) return;
  } else {
    ++next;
    if (reception.strict) --outstanding_;
  }
  if (header.sequence >= tells_->first_measured()) {
    record_->tell.Record(ElapsedSince(header.scheduled, now));
  }
}

void DeliveryCheck::Forget(Reception* reception) {
  Finish(*reception);
  if (reception->strict) {
    for (uint32_t slot = 0; slot < reception->next.size(); ++slot) {
      outstanding_ -= static_cast<int64_t>(LinesAt(*reception, slot) - reception->next[slot]);
    }
  }
  reception->next.clear();
  reception->strict = false;
}

void DeliveryCheck::Finish(const Reception& reception) {
  uint64_t& missing_count = reception.strict ? record_->faults.lost : record_->skipped;
  for (uint32_t slot = 0; slot < reception.next.size(); ++slot) {
    missing_count += LinesAt(reception, slot) - reception.next[slot];
  }
}

}  // namespace parley::bench
