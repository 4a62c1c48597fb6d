#include "reactor/broadcast/outbox.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "reactor/base/check.h"
#include "reactor/broadcast/broadcast_log.h"

namespace parley {

// A private slice, or (without a segment) a number of log bytes to pass over, at a position of the
// log.
struct Outbox::Entry {
  uint64_t position;
  bool is_lag;  // owed on behalf of a log
  Slice slice;
  bool is_skip() const { return !slice.segment; }
};

struct Outbox::Queue {
  std::vector<Entry> entries;
  size_t front = 0;      // entries before it are done with
  uint64_t bytes = 0;    // of private slices
  uint64_t lag = 0;      // those of them that are owed on behalf of a log
  uint64_t skipped = 0;  // log bytes to pass over

  // The entry that tells of messages skipped, its size, of how many messages, and since when.
  size_t notice = SIZE_MAX;
  uint32_t notice_size = 0;
  uint64_t notice_messages = 0;
  TimePoint notice_since;
  bool HasUnsentNotice(size_t index) const {
    return index == notice && entries[index].slice.size() == notice_size;
  }

  void Add(Entry entry) {
    // Entries that are done with go when they are most of the vector, so that each moves once.
    if (front > 16 && front * 2 > entries.size()) {
      entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(front));
      notice = notice >= front && notice != SIZE_MAX ? notice - front : SIZE_MAX;
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
    const bool may_grow = last.position == position && !last.is_lag && !last.is_skip();
    if (may_grow && last.slice.ContinuedBy(slice)) {
      last.slice.end = slice.end;
      return;
    }
  }
  queue.Add({position, false, std::move(slice)});
}

void Outbox::Skip(uint64_t from, uint64_t to) {
  if (queue_ == nullptr && cursor_ == from) {
    log_->MoveCursor(*this, to);
  } else {
    Queue& queue = NeedQueue();
    queue.skipped += to - from;
    queue.Add({from, false, Slice{SegmentRef(), 0, static_cast<uint32_t>(to - from)}});
  }
}

void Outbox::Join(BroadcastLog& log) {
  Leave();
  log.AddMember(*this);
}

// A run of what is owed: of the log, or private.
struct Outbox::Owed {
  Slice slice;
  uint64_t position;  // in the log, of its first byte
  bool from_log;
  bool is_lag;
  bool is_notice;
};

std::vector<Outbox::Owed> Outbox::ListOwed() const {
  std::vector<Owed> owed;
  uint64_t cursor = cursor_;
  size_t index = queue_ == nullptr ? 0 : queue_->front;
  const size_t entries = queue_ == nullptr ? 0 : queue_->entries.size();
  while (true) {
    const uint64_t limit = LogBytesBefore(index);
    while (cursor < limit) {
      Slice slice = log_->SliceAt(cursor, limit);
      const uint64_t position = std::exchange(cursor, cursor + slice.size());
      owed.push_back({std::move(slice), position, true, true, false});
    }
    if (index == entries) return owed;
    const Entry& entry = queue_->entries[index];
    if (entry.is_skip()) {
      cursor += entry.slice.size();
    } else {
      owed.push_back({entry.slice, 0, false, entry.is_lag, queue_->HasUnsentNotice(index)});
    }
    ++index;
  }
}

void Outbox::Leave() {
  if (log_ == nullptr) return;
  // What the log still owed becomes private, in its place among what is private already.
  std::vector<Owed> owed = ListOwed();
  log_->RemoveMember(*this);
  log_ = nullptr;
  cursor_ = 0;
  delete std::exchange(queue_, nullptr);
  for (Owed& each : owed) Keep(std::move(each.slice), each.is_lag);
}

void Outbox::Keep(Slice slice, bool is_lag) {
  Queue& queue = NeedQueue();
  queue.bytes += slice.size();
  if (is_lag) queue.lag += slice.size();
  queue.entries.push_back({0, is_lag, std::move(slice)});
}

TimePoint Outbox::SkipAhead(uint64_t keep, TimePoint now, SegmentWriter& writer,
                            absl::FunctionRef<Slice(uint64_t messages)> notice) {
  if (log_ == nullptr) return now;  // it has been left, and what it owed goes out
  std::vector<Owed> owed = ListOwed();
  uint64_t messages = 0;
  TimePoint since = now;
  constexpr size_t kNowhere = SIZE_MAX;
  size_t gap = kNowhere;
  const std::unique_ptr<Queue> old(std::exchange(queue_, nullptr));
  const auto kept = [this] { return queue_ == nullptr ? size_t{0} : queue_->entries.size(); };
  for (Owed& each : owed) {
    const auto reading = static_cast<uint32_t>(std::min<uint64_t>(keep, each.slice.size()));
    keep -= reading;
    if (each.is_notice && reading == 0) {
      messages += old->notice_messages;
      since = old->notice_since;
      gap = std::min(gap, kept());
      continue;
    }
    if (!each.from_log) {
      Keep(std::move(each.slice), each.is_lag);
      continue;
    }
    // What is kept ends where a message does.
    uint64_t stays_to = each.position + reading;
    if (log_->IsInsideMessage(stays_to)) stays_to = log_->EndOfMessage(stays_to);
    const uint64_t end = each.position + each.slice.size();
    if (stays_to > each.position) {
      // Few bytes must not keep a whole segment of the log.
      Slice head{each.slice.segment, each.slice.begin,
                 each.slice.begin + static_cast<uint32_t>(stays_to - each.position)};
      Keep(reading > 0 ? std::move(head) : writer.Append(head.bytes()), true);
    }
    if (stays_to == end) continue;
    messages += log_->CountMessages(stays_to, end);
    gap = std::min(gap, kept());
  }
  if (cursor_ < log_->head()) log_->MoveCursor(*this, log_->head());
  if (gap == kNowhere) return now;
  Slice text = notice(messages);
  if (text.empty()) return since;
  Queue& queue = NeedQueue();
  queue.bytes += text.size();
  queue.lag += text.size();
  queue.notice = gap;
  queue.notice_size = text.size();
  queue.notice_messages = messages;
  queue.notice_since = since;
  queue.entries.insert(queue.entries.begin() + static_cast<std::ptrdiff_t>(gap),
                       Entry{0, true, std::move(text)});
  return since;
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
  queue_->lag = 0;
  size_t index = queue_->front;
  for (; count > 0; ++index) {
    Entry& entry = queue_->entries[index];
    Slice& slice = entry.slice;
    slice.end = slice.begin + static_cast<uint32_t>(std::min<uint64_t>(count, slice.size()));
    if (entry.is_lag) queue_->lag += slice.size();
    count -= slice.size();
  }
  queue_->entries.erase(queue_->entries.begin() + static_cast<std::ptrdiff_t>(index),
                        queue_->entries.end());
}

bool Outbox::empty() const {
  return queue_ == nullptr && (log_ == nullptr || cursor_ == log_->head());
}

uint64_t Outbox::pending_bytes() const { return lag_bytes() + private_bytes(); }

uint64_t Outbox::lag_bytes() const {
  const uint64_t shared = log_ == nullptr ? 0 : log_->head() - cursor_;
  return queue_ == nullptr ? shared : shared - queue_->skipped + queue_->lag;
}

uint64_t Outbox::private_bytes() const {
  return queue_ == nullptr ? 0 : queue_->bytes - queue_->lag;
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
    if (entry.is_lag) queue_->lag -= step;
    count -= step;
    if (!entry.slice.empty()) return;
    DropFrontEntry();
  }
  PARLEY_CHECK(count == 0, count);
}

}  // namespace parley
