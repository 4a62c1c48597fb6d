#include "reactor/broadcast/outbox.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "reactor/base/check.h"
#include "reactor/broadcast/broadcast_log.h"

namespace parley {

// A private slice, or (without a segment) a number of log bytes to pass over, at a position of the log.
struct Outbox::Entry {
  uint64_t position;
  Slice slice;
  bool is_skip() const { return !slice.segment; }
};

struct Outbox::Queue {
  std::vector<Entry> entries;
  size_t front = 0;    // entries before it are done with
  uint64_t bytes = 0;    // of private slices
  uint64_t skipped = 0;  // log bytes to pass over

  void Add(Entry entry) {
    // Entries that are done with go when they are most of the vector, so that each moves once.
    if (front > 16 && front * 2 > entries.size()) {
      entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(front));
      front = 0;
    }
    entries.push_back(std::move(entry));
  }
};

Outbox::Queue& Outbox::NeedQueue() {
  if (queue_ == nullptr) queue_ = new Queue;
  return *queue_;
}

void Outbox::DropFrontEntry() {
  queue_->entries[queue_->front++].slice = Slice();
  if (queue_->front == queue_->entries.size()) delete std::exchange(queue_, nullptr);
}

uint64_t Outbox::LogBytesBefore(size_t index) const {
  if (log_ == nullptr) return 0;
  if (queue_ == nullptr || index >= queue_->entries.size()) return log_->head();
  return queue_->entries[index].position;
}

void Outbox::Push(Slice slice) {
  if (slice.empty()) return;
  const uint64_t position = log_ == nullptr ? 0 : log_->head();
  Queue& queue = NeedQueue();
  queue.bytes += slice.size();
  if (queue.front < queue.entries.size()) {
    Entry& last = queue.entries.back();
    if (last.position == position && !last.is_skip() && last.slice.ContinuedBy(slice)) {
      last.slice.end = slice.end;
      return;
    }
  }
  queue.Add({position, std::move(slice)});
}

void Outbox::Skip(uint64_t from, uint64_t to) {
  if (queue_ == nullptr && cursor_ == from) {
    log_->MoveCursor(*this, to);
  } else {
    Queue& queue = NeedQueue();
    queue.skipped += to - from;
    queue.Add({from, Slice{SegmentRef(), 0, static_cast<uint32_t>(to - from)}});
  }
}

void Outbox::Join(BroadcastLog& log) {
  Leave();
  log.AddMember(*this);
}

void Outbox::Leave() {
  if (log_ == nullptr) return;
  // What the log still owed becomes private, in its place among what is private already.
  std::vector<Entry> kept;
  uint64_t cursor = cursor_;
  uint64_t bytes = 0;
  size_t index = queue_ == nullptr ? 0 : queue_->front;
  const size_t entries = queue_ == nullptr ? 0 : queue_->entries.size();
  while (true) {
    const uint64_t limit = LogBytesBefore(index);
    while (cursor < limit) {
      Slice slice = log_->SliceAt(cursor, limit);
      cursor += slice.size();
      bytes += slice.size();
      kept.push_back({0, std::move(slice)});
    }
    if (index == entries) break;
    Entry& entry = queue_->entries[index++];
    if (entry.is_skip()) {
      cursor += entry.slice.size();
    } else {
      bytes += entry.slice.size();
      kept.push_back({0, std::move(entry.slice)});
    }
  }
  log_->RemoveMember(*this);
  log_ = nullptr;
  cursor_ = 0;
  delete std::exchange(queue_, nullptr);
  if (!kept.empty()) queue_ = new Queue{std::move(kept), 0, bytes, 0};
}

void Outbox::Clear() {
  delete std::exchange(queue_, nullptr);
  if (log_ != nullptr) log_->RemoveMember(*this);
  log_ = nullptr;
  cursor_ = 0;
}

void Outbox::ClearAfter(uint64_t count) {
  if (count == 0) return Clear();
  Leave();  // so that everything is private, in order
  PARLEY_CHECK(queue_ != nullptr && count <= queue_->bytes, count);
  queue_->bytes = count;
  size_t index = queue_->front;
  for (; count > 0; ++index) {
    Slice& slice = queue_->entries[index].slice;
    slice.end = slice.begin + static_cast<uint32_t>(std::min<uint64_t>(count, slice.size()));
    count -= slice.size();
  }
  queue_->entries.erase(queue_->entries.begin() + static_cast<std::ptrdiff_t>(index),
                        queue_->entries.end());
}

bool Outbox::empty() const {
  return queue_ == nullptr && (log_ == nullptr || cursor_ == log_->head());
}

uint64_t Outbox::pending_bytes() const {
  const uint64_t shared = log_ == nullptr ? 0 : log_->head() - cursor_;
  return queue_ == nullptr ? shared : shared - queue_->skipped + queue_->bytes;
}

Outbox::Gathered Outbox::Gather(std::span<iovec> vectors) const {
  Gathered gathered;
  const auto take = [&](ByteSpan bytes) {
    vectors[gathered.vectors++] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
    gathered.bytes += bytes.size();
  };
  uint64_t cursor = cursor_;
  size_t index = queue_ == nullptr ? 0 : queue_->front;
  const size_t entries = queue_ == nullptr ? 0 : queue_->entries.size();
  while (true) {
    const uint64_t limit = LogBytesBefore(index);
    while (cursor < limit && gathered.vectors < vectors.size()) {
      const Slice slice = log_->SliceAt(cursor, limit);
      cursor += slice.size();
      take(slice.bytes());
    }
    if (index == entries || gathered.vectors == vectors.size()) return gathered;
    const Entry& entry = queue_->entries[index++];
    if (entry.is_skip()) {
      cursor += entry.slice.size();
    } else {
      take(entry.slice.bytes());
    }
  }
}

void Outbox::Advance(size_t count) {
  while (true) {
    const uint64_t limit = LogBytesBefore(queue_ == nullptr ? 0 : queue_->front);
    if (cursor_ < limit) {
      const uint64_t step = std::min<uint64_t>(count, limit - cursor_);
      if (step == 0) return;
      log_->MoveCursor(*this, cursor_ + step);
      count -= step;
      continue;
    }
    if (queue_ == nullptr) break;
    Entry& entry = queue_->entries[queue_->front];
    if (entry.is_skip()) {
      queue_->skipped -= entry.slice.size();
      log_->MoveCursor(*this, cursor_ + entry.slice.size());
      DropFrontEntry();
      continue;
    }
    const auto step = static_cast<uint32_t>(std::min<size_t>(count, entry.slice.size()));
    entry.slice.begin += step;
    queue_->bytes -= step;
    count -= step;
    if (!entry.slice.empty()) return;
    DropFrontEntry();
  }
  PARLEY_CHECK(count == 0, count);
}

}  // namespace parley
