#include "reactor/broadcast/outbox.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "reactor/base/check.h"
#include "reactor/broadcast/broadcast_log.h"

namespace parley {

namespace {

// Of one entry that comes of a log that is left, and a message more at the most: what is skipped
// goes by whole entries.
constexpr uint64_t kEntryBytes = 4096;
// Of a log that a member keeps for itself and will pass over.
constexpr uint64_t kMostSkippedBytes = uint64_t{64} * 1024;

}  // namespace

// A slice that is the outbox's own, or (without a segment) a number of log bytes to pass over, at a
// position of the log.
struct Outbox::Entry {
  uint64_t position;
  // How many messages are lost when the slice is dropped; 0 when it must not be: it was pushed, or
  // its sending has begun.
  uint32_t messages = 0;
  bool is_lag = false;     // owed on behalf of a log
  bool is_notice = false;  // tells of so many messages
  Slice slice;
  bool is_skip() const { return !slice.segment; }
};

struct Outbox::Queue {
  std::vector<Entry> entries;
  size_t front = 0;        // entries before it are done with
  uint64_t bytes = 0;      // of slices
  uint64_t lag = 0;        // those of them that are owed on behalf of a log
  uint64_t skipped = 0;    // log bytes to pass over
  TimePoint notice_since;  // of the notice that may be dropped: when it was first made

  void Add(Entry entry) {
    // Entries that are done with go when they are most of the vector, so that each moves once.
    if (front > 16 && front * 2 > entries.size()) {
      entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(front));
      front = 0;
    }
    Count(entry);
    entries.push_back(std::move(entry));
  }
  void Count(const Entry& entry) {
    if (entry.is_skip()) {
      skipped += entry.slice.size();
      return;
    }
    bytes += entry.slice.size();
    if (entry.is_lag) lag += entry.slice.size();
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
  if (queue.front < queue.entries.size()) {
    Entry& last = queue.entries.back();
    const bool may_grow = last.position == position && !last.is_lag && !last.is_skip();
    if (may_grow && last.slice.ContinuedBy(slice)) {
      queue.bytes += slice.size();
      last.slice.end = slice.end;
      return;
    }
  }
  queue.Add({.position = position, .slice = std::move(slice)});
}

void Outbox::Replace(uint64_t from, const Slice& instead) {
  const uint64_t head = log_->head();
  PARLEY_CHECK(cursor_ <= from, cursor_, from);  // else it was named twice
  if (from < head) Skip(from, head);
  if (instead.empty()) return;
  NeedQueue().Add({.position = head, .messages = 1, .is_lag = true, .slice = instead});
}

void Outbox::Skip(uint64_t from, uint64_t to) {
  // Everything private is at the cursor then, or before it.
  if (cursor_ == from) return log_->MoveCursor(*this, to);
  const auto size = static_cast<uint32_t>(to - from);
  NeedQueue().Add({.position = from, .slice = {SegmentRef(), 0, size}});
  if (queue_->skipped <= kMostSkippedBytes) return;
  // Who owes a little and is left out of everything must not make the log keep it all.
  std::vector<Entry> kept = OwedAsEntries();
  log_->MoveCursor(*this, to);
  Requeue(std::move(kept));
}

void Outbox::Join(BroadcastLog& log) {
  Leave();
  log.AddMember(*this);
}

// A run of what is owed: of the log, then `entry` is the slice and its position there; or an entry.
struct Outbox::Owed {
  bool from_log;
  Entry entry;
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
      owed.push_back({true, {.position = position, .is_lag = true, .slice = std::move(slice)}});
    }
    if (index == entries) return owed;
    const Entry& entry = queue_->entries[index++];
    if (entry.is_skip()) {
      cursor += entry.slice.size();
    } else {
      owed.push_back({false, entry});
    }
  }
}

uint32_t Outbox::CountIfWhole(uint64_t from, uint64_t to) const {
  return log_->IsInsideMessage(from) ? 0 : static_cast<uint32_t>(log_->CountMessages(from, to));
}

void Outbox::AppendAsEntries(Owed run, std::vector<Entry>& entries) const {
  if (!run.from_log) return entries.push_back(std::move(run.entry));
  const Slice& slice = run.entry.slice;
  const uint64_t end = run.entry.position + slice.size();
  uint32_t begin = slice.begin;
  for (uint64_t from = run.entry.position; from < end;) {
    const bool is_begun = log_->IsInsideMessage(from);
    const uint64_t to = log_->EndOfMessage(is_begun ? from : std::min(from + kEntryBytes, end));
    const uint32_t stop = begin + static_cast<uint32_t>(to - from);
    entries.push_back({.position = 0,
                       .messages = CountIfWhole(from, to),
                       .is_lag = true,
                       .slice = {slice.segment, begin, stop}});
    begin = stop;
    from = to;
  }
}

std::vector<Outbox::Entry> Outbox::OwedAsEntries() const {
  std::vector<Entry> entries;
  for (Owed& each : ListOwed()) AppendAsEntries(std::move(each), entries);
  return entries;
}

void Outbox::Requeue(std::vector<Entry> entries) {
  const std::unique_ptr<Queue> old(std::exchange(queue_, nullptr));
  for (Entry& each : entries) Keep(std::move(each));
  if (queue_ != nullptr && old != nullptr) queue_->notice_since = old->notice_since;
}

void Outbox::Leave() {
  if (log_ == nullptr) return;
  // What the log still owed becomes the outbox's own, in its place among what is already.
  std::vector<Entry> kept = OwedAsEntries();
  log_->RemoveMember(*this);
  log_ = nullptr;
  cursor_ = 0;
  Requeue(std::move(kept));
}

void Outbox::Keep(Entry entry) {
  entry.position = 0;
  Queue& queue = NeedQueue();
  queue.Count(entry);
  queue.entries.push_back(std::move(entry));
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
  const auto drop = [&](uint64_t count) {
    messages += count;
    gap = std::min(gap, queue_ == nullptr ? size_t{0} : queue_->entries.size());
  };
  for (Owed& each : owed) {
    Entry& entry = each.entry;
    const auto reading = static_cast<uint32_t>(std::min<uint64_t>(keep, entry.slice.size()));
    keep -= reading;
    if (!each.from_log) {
      if (entry.is_notice && entry.messages > 0) since = old->notice_since;
      if (reading > 0 || entry.messages == 0) {
        Keep(std::move(entry));
      } else {
        drop(entry.messages);
      }
      continue;
    }
    // What is kept ends where a message does.
    uint64_t stays_to = entry.position + reading;
    if (log_->IsInsideMessage(stays_to)) stays_to = log_->EndOfMessage(stays_to);
    const uint64_t end = entry.position + entry.slice.size();
    if (stays_to > entry.position) {
      // Few bytes must not keep a whole segment of the log.
      Slice head{entry.slice.segment, entry.slice.begin,
                 entry.slice.begin + static_cast<uint32_t>(stays_to - entry.position)};
      if (reading == 0) head = writer.Append(head.bytes());
      Keep({.position = 0,
            .messages = CountIfWhole(entry.position, stays_to),
            .is_lag = true,
            .slice = std::move(head)});
    }
    if (stays_to < end) drop(log_->CountMessages(stays_to, end));
  }
  if (cursor_ < log_->head()) log_->MoveCursor(*this, log_->head());
  if (queue_ != nullptr) queue_->notice_since = since;
  if (gap == kNowhere) return since;
  Slice text = notice(messages);
  if (text.empty()) return since;
  Queue& queue = NeedQueue();
  queue.notice_since = since;
  const Entry told{.position = 0,
                   .messages = static_cast<uint32_t>(std::min<uint64_t>(messages, UINT32_MAX)),
                   .is_lag = true,
                   .is_notice = true,
                   .slice = std::move(text)};
  queue.Count(told);
  queue.entries.insert(queue.entries.begin() + static_cast<std::ptrdiff_t>(gap), told);
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
    entry.messages = 0;
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
    if (step > 0) entry.messages = 0;  // its rest must follow
    if (!entry.slice.empty()) return;
    DropFrontEntry();
  }
  PARLEY_CHECK(count == 0, count);
}

}  // namespace parley
