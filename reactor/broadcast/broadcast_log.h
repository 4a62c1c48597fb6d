#ifndef REACTOR_BROADCAST_BROADCAST_LOG_H_
#define REACTOR_BROADCAST_BROADCAST_LOG_H_

// One log, a cursor each: how one message reaches many connections. Appending writes the bytes once
// and touches no recipient. Each member is an Outbox with a cursor into the log; what a member owes
// its socket is everything from its cursor to the head. A sweep walks the members that are behind;
// messages that are appended while it walks ride along.
//
//   BroadcastLog log;
//   outbox.Join(log);                       // from here on, hears what is appended
//   log.Append({AsBytes("hello\r\n")});
//   log.Sweep(64, [&](Outbox& member) { Send(member); });   // again until it returns true
//
// Memory: the log keeps what its slowest member still needs and nothing else: its bytes, and for
// each message the position of its end, 8 bytes. A log whose members have all caught up holds no
// segment. A member that is caught up holds nothing in the log either.
//
// Ownership: members are not owned and leave by themselves (Outbox::Leave, or its destructor). The
// log outlives its members' membership: destroying it makes them leave with what they still owe.
// Thread: one. Units: bytes; positions are counted from the log's beginning and never wrap.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "reactor/base/bytes.h"
#include "reactor/base/check.h"
#include "reactor/base/segment.h"
#include "reactor/broadcast/outbox.h"

namespace parley {

class BroadcastLog {
 public:
  BroadcastLog() = default;
  BroadcastLog(const BroadcastLog&) = delete;
  BroadcastLog& operator=(const BroadcastLog&) = delete;
  ~BroadcastLog();

  // For whom a message is another one. Of a member (anything else is passed over), and one member
  // is named at most once.
  struct Override {
    Outbox* member = nullptr;
    Slice instead;  // what it hears, likewise a message of the log; empty: nothing
  };

  // Appends one message, the joined parts, for every member that no override is for. With nobody to
  // hear it, nothing is kept.
  void Append(std::initializer_list<ByteSpan> parts, std::span<const Override> overrides = {});
  // The same for bytes that lie in a segment already: nothing is copied.
  void Append(const Slice& slice, std::span<const Override> overrides = {});

  uint64_t head() const { return head_; }
  size_t members() const { return members_.size(); }

  // Whether members may be behind that no sweep has visited since the last Append.
  bool needs_sweep() const { return unswept_ > 0; }

  // Visits up to `max_visits` members that are behind, going on where the last call stopped.
  // Returns true when everybody has been visited since the last Append. `visit(Outbox&)` sends, or
  // makes a note; it must not append, join or leave.
  template <typename Visit>
  bool Sweep(size_t max_visits, Visit visit);

  // Bytes from the slowest member's position to the head, as the log still holds them.
  uint64_t retained_bytes() const { return pieces_.empty() ? 0 : head_ - pieces_.front().begin; }

 private:
  friend class Outbox;

  // A run of the log that lies in one segment. A cursor is counted in the first piece that ends at
  // or behind it, so that it moves between pieces only when it passes an end.
  struct Piece {
    uint64_t begin;
    Slice slice;
    uint32_t cursors;
    uint64_t end() const { return begin + slice.size(); }
  };

  // The piece in which a cursor at `position` is counted: nearly always the last.
  Piece& PieceCounting(uint64_t position) {
    PARLEY_CHECK(!pieces_.empty(), position, head_);
    if (pieces_.size() == 1 || pieces_.back().begin < position) [[likely]]
      return pieces_.back();
    return OlderPieceCounting(position);
  }
  Piece& OlderPieceCounting(uint64_t position);
  // The bytes from `from` that lie together, up to `to` at the most. from < to <= head.
  Slice SliceAt(uint64_t from, uint64_t to);

  // Of what is retained. Whether `position` is behind a message's first byte and before its end;
  // the end of the message that this is so for; how many messages end behind `from` and up to `to`.
  bool IsInsideMessage(uint64_t position) const;
  uint64_t EndOfMessage(uint64_t position) const;
  uint64_t CountMessages(uint64_t from, uint64_t to) const;

  void Store(const Slice& slice, std::span<const Override> overrides);
  void Extend(const Slice& slice);
  void ForgetEnds();
  using End = std::vector<uint64_t>::const_iterator;
  End FirstEnd() const { return ends_.begin() + static_cast<std::ptrdiff_t>(first_end_); }
  void AddMember(Outbox& outbox);
  void RemoveMember(Outbox& outbox);
  void MoveCursor(Outbox& outbox, uint64_t to);
  void ReleaseUnneeded();

  uint64_t head_ = 0;
  std::vector<Piece> pieces_;   // oldest first; empty when everybody has caught up
  std::vector<uint64_t> ends_;  // of messages, ascending; those before first_end_ are forgotten
  size_t first_end_ = 0;
  std::vector<Outbox*> members_;  // in no order; each knows its place
  size_t caught_up_ = 0;          // members whose cursor is the head
  size_t next_ = 0;               // where the sweep goes on
  size_t unswept_ = 0;            // members to look at before everybody has been
  bool has_replaced_ = false;     // some of them may have something in place of a message
  SegmentWriter writer_;
};

template <typename Visit>
bool BroadcastLog::Sweep(size_t max_visits, Visit visit) {
  size_t visits = 0;
  while (unswept_ > 0) {
    if (visits == max_visits) return false;
    if (next_ >= members_.size()) next_ = 0;
    Outbox& member = *members_[next_++];
    --unswept_;
    if (member.cursor_ == head_ && member.queue_ == nullptr) continue;
    ++visits;
    visit(member);
  }
  has_replaced_ = false;
  return true;
}

}  // namespace parley

#endif  // REACTOR_BROADCAST_BROADCAST_LOG_H_
