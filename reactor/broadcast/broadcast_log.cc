#include "reactor/broadcast/broadcast_log.h"

#include <algorithm>

#include "reactor/base/check.h"

namespace parley {
namespace {

// A log that is often at rest keeps room for so many: 8 KiB.
constexpr size_t kFewEnds = 1024;

}  // namespace

BroadcastLog::~BroadcastLog() {
  while (!members_.empty()) members_.back()->Leave();
}

void BroadcastLog::Append(std::initializer_list<ByteSpan> parts,
                          std::span<const Override> overrides) {
  // With no member nobody can be behind, so no position needs the bytes.
  if (!members_.empty()) Store(writer_.Append(parts), overrides);
}

void BroadcastLog::Append(const Slice& slice, std::span<const Override> overrides) {
  if (!members_.empty()) Store(slice, overrides);
}

void BroadcastLog::Store(const Slice& slice, std::span<const Override> overrides) {
  const uint64_t from = head_;
  if (!slice.empty()) Extend(slice);
  for (const Override& override : overrides) {
    if (override.member == nullptr || override.member->log_ != this) continue;
    override.member->Replace(from, override.instead);
    has_replaced_ = has_replaced_ || !override.instead.empty();
  }
  if (has_replaced_) unswept_ = members_.size();
}

void BroadcastLog::Extend(const Slice& slice) {
  if (!pieces_.empty() && pieces_.back().slice.ContinuedBy(slice)) {
    pieces_.back().slice.end = slice.end;
  } else {
    // While there is no piece, every cursor is at the head and counted nowhere; the first piece
    // counts them all.
    const size_t cursors = pieces_.empty() ? members_.size() : 0;
    pieces_.push_back({head_, slice, static_cast<uint32_t>(cursors)});
  }
  head_ += slice.size();
  ends_.push_back(head_);
  caught_up_ = 0;
  unswept_ = members_.size();
}

BroadcastLog::Piece& BroadcastLog::OlderPieceCounting(uint64_t position) {
  return *std::lower_bound(pieces_.begin(), pieces_.end(), position,
                           [](const Piece& piece, uint64_t at) { return piece.end() < at; });
}

Slice BroadcastLog::SliceAt(uint64_t from, uint64_t to) {
  const Piece* piece = &pieces_.back();
  if (piece->begin > from) {
    piece = &*std::upper_bound(pieces_.begin(), pieces_.end(), from,
                               [](uint64_t at, const Piece& each) { return at < each.end(); });
  }
  PARLEY_CHECK(from >= piece->begin && from < piece->end(), from, piece->begin, piece->end());
  const auto first = static_cast<uint32_t>(from - piece->begin);
  const auto last = static_cast<uint32_t>(std::min(to, piece->end()) - piece->begin);
  return {piece->slice.segment, piece->slice.begin + first, piece->slice.begin + last};
}

bool BroadcastLog::IsInsideMessage(uint64_t position) const {
  // A piece begins with a message, and no message is in two.
  if (pieces_.empty() || position <= pieces_.front().begin) return false;
  return EndOfMessage(position) != position;
}

uint64_t BroadcastLog::EndOfMessage(uint64_t position) const {
  const End end = std::lower_bound(FirstEnd(), ends_.end(), position);
  PARLEY_CHECK(end != ends_.end(), position, head_);
  return *end;
}

uint64_t BroadcastLog::CountMessages(uint64_t from, uint64_t to) const {
  return static_cast<uint64_t>(std::upper_bound(FirstEnd(), ends_.end(), to) -
                               std::upper_bound(FirstEnd(), ends_.end(), from));
}

// Forgets the ends of messages that nobody needs any more, where somebody needs others.
void BroadcastLog::ForgetEnds() {
  while (ends_[first_end_] <= pieces_.front().begin) ++first_end_;
  // They go when they are most of the vector, so that each moves once.
  if (first_end_ * 2 < ends_.size()) return;
  ends_.erase(ends_.begin(), FirstEnd());
  first_end_ = 0;
}

void BroadcastLog::AddMember(Outbox& outbox) {
  outbox.log_ = this;
  outbox.cursor_ = head_;
  outbox.member_ = static_cast<uint32_t>(members_.size());
  members_.push_back(&outbox);
  ++caught_up_;
  if (!pieces_.empty()) ++pieces_.back().cursors;
  // A sweep under way that wraps around passes the new place too, and must not end one early for
  // it.
  if (unswept_ > 0) ++unswept_;
}

void BroadcastLog::RemoveMember(Outbox& outbox) {
  PARLEY_CHECK(outbox.log_ == this && members_[outbox.member_] == &outbox, outbox.member_);
  if (!pieces_.empty()) --PieceCounting(outbox.cursor_).cursors;
  if (outbox.cursor_ == head_) --caught_up_;
  Outbox* last = members_.back();
  members_[outbox.member_] = last;
  last->member_ = outbox.member_;
  members_.pop_back();
  // The member that moved may now stand where the sweep has been already: look at everybody again.
  if (unswept_ > 0) unswept_ = members_.size();
  ReleaseUnneeded();
}

void BroadcastLog::MoveCursor(Outbox& outbox, uint64_t to) {
  PARLEY_CHECK(outbox.cursor_ < to && to <= head_, outbox.cursor_, to, head_);
  Piece& before = PieceCounting(outbox.cursor_);
  Piece& after = PieceCounting(to);
  outbox.cursor_ = to;
  bool release = false;
  if (&before != &after) {
    --before.cursors;
    ++after.cursors;
    release = before.cursors == 0;
  }
  if (to == head_) {
    ++caught_up_;
    release = release || caught_up_ == members_.size();
  }
  if (release) ReleaseUnneeded();
}

void BroadcastLog::ReleaseUnneeded() {
  if (caught_up_ == members_.size()) {
    pieces_.clear();
    ends_.clear();
    first_end_ = 0;
    if (ends_.capacity() > kFewEnds) [[unlikely]]
      ends_.shrink_to_fit();
    writer_.Rest();
    if (!has_replaced_) unswept_ = 0;
    return;
  }
  auto needed = pieces_.begin();
  while (needed->cursors == 0) ++needed;
  if (needed == pieces_.begin()) return;
  pieces_.erase(pieces_.begin(), needed);
  ForgetEnds();
}

}  // namespace parley
