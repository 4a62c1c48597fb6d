#include "reactor/broadcast/broadcast_log.h"

#include <algorithm>

#include "reactor/base/check.h"

namespace parley {

BroadcastLog::~BroadcastLog() {
  while (!members_.empty()) members_.back()->Leave();
}

void BroadcastLog::Append(std::initializer_list<ByteSpan> parts, Outbox* except) {
  // With no member nobody can be behind, so no position needs the bytes.
  if (!members_.empty()) Store(writer_.Append(parts), except);
}

void BroadcastLog::Append(const Slice& slice, Outbox* except) {
  if (!members_.empty()) Store(slice, except);
}

void BroadcastLog::Store(const Slice& slice, Outbox* except) {
  if (slice.empty()) return;
  if (!pieces_.empty() && pieces_.back().slice.ContinuedBy(slice)) {
    pieces_.back().slice.end = slice.end;
  } else {
    // While there is no piece, every cursor is at the head and counted nowhere; the first piece
    // counts them all.
    const size_t cursors = pieces_.empty() ? members_.size() : 0;
    pieces_.push_back({head_, slice, static_cast<uint32_t>(cursors)});
  }
  const uint64_t from = head_;
  head_ += slice.size();
  caught_up_ = 0;
  unswept_ = members_.size();
  if (except != nullptr && except->log_ == this) except->Skip(from, head_);
}

BroadcastLog::Piece& BroadcastLog::PieceCounting(uint64_t position) {
  PARLEY_CHECK(!pieces_.empty(), position, head_);
  // Nearly every cursor is in the last piece.
  if (pieces_.size() == 1 || pieces_.back().begin < position) return pieces_.back();
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

bool BroadcastLog::IsInsideLine(uint64_t position) const {
  for (const Piece& piece : pieces_) {
    // A piece begins with a message.
    if (position <= piece.begin) return false;
    if (position < piece.end()) {
      return piece.slice.bytes()[position - piece.begin - 1] != std::byte{'\n'};
    }
  }
  return false;
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
    writer_.Rest();
    unswept_ = 0;
    return;
  }
  auto needed = pieces_.begin();
  while (needed->cursors == 0) ++needed;
  pieces_.erase(pieces_.begin(), needed);
}

}  // namespace parley
