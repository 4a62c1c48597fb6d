#ifndef REACTOR_BROADCAST_OUTBOX_H_
#define REACTOR_BROADCAST_OUTBOX_H_

// What one connection still owes its peer: private messages and a cursor into at most one broadcast
// log, merged so that the stream is exactly the order in which messages were spoken. A private
// message that is pushed while the connection is a log's member waits for the log position at which
// it was pushed.
//
//   outbox.Push(slice);             // private
//   outbox.Join(log);               // and what the log hears from now on
//   iovec vectors[16];
//   Outbox::Gathered g = outbox.Gather(vectors);   // what to send next
//   outbox.Advance(sent);                          // what the kernel took
//
// Leaving a log keeps what was spoken before, and in another log it may still be skipped: the bytes
// not sent yet become slices of the same segments, 4 KiB or so each, which know how many messages
// they are. An outbox with nothing private and a caught-up cursor owns no memory beyond its 32
// bytes.
//
// Ownership: neither copied nor moved, because its log points at it. Thread: one. Units: bytes.

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "reactor/base/clock.h"
#include "reactor/base/segment.h"

namespace parley {

class BroadcastLog;

class Outbox {
 public:
  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox() { Clear(); }

  // Queues a private message behind everything spoken so far.
  void Push(Slice slice);

  // Hears `log` from its head on. An outbox is a member of at most one log: it leaves the one it is
  // in.
  void Join(BroadcastLog& log);
  // Hears it no longer; what was appended before still goes out. Without a log: nothing happens.
  void Leave();
  // Drops everything that is owed, and leaves.
  void Clear();
  // The same, but for the first `count` bytes: those that the kernel is reading.
  void ClearAfter(uint64_t count);

  BroadcastLog* log() const { return log_; }
  bool empty() const;
  uint64_t pending_bytes() const;
  // The two parts of that: what logs still owe, or owed when they were left, with the notice of
  // skipped messages; and what was pushed.
  uint64_t lag_bytes() const;
  uint64_t private_bytes() const;

  // For a reader that is too far behind: the messages that logs still owe it pass it unheard, those
  // of logs that it has left and those in place of others (BroadcastLog::Override) included. The
  // rest of a message that it has heard the beginning of stays, and so do the first `keep` bytes of
  // all that is owed, which the kernel may be reading, each to the end of its message or (of a log
  // that was left) of its slice; and private messages.
  //
  // `notice(messages)` makes what it is told in place of the messages; where that is empty, nobody
  // tells it. A notice that has not gone out is made again with the sum. A message is what was
  // appended to the log at once. Returns when the oldest notice that has not gone out was first
  // made; `now` when there is none. Outside a log nothing happens.
  TimePoint SkipAhead(uint64_t keep, TimePoint now, SegmentWriter& writer,
                      absl::FunctionRef<Slice(uint64_t messages)> notice);

  struct Gathered {
    size_t vectors = 0;
    size_t bytes = 0;
  };
  // Fills `vectors` with what comes next, in order. The memory stays valid until Advance or Clear.
  Gathered Gather(std::span<iovec> vectors) const;
  // The first `count` of the bytes that Gather gave are sent.
  void Advance(size_t count);

  // Set while the socket takes no more: sweeps pass over it until it does.
  bool blocked() const { return blocked_; }
  void set_blocked(bool blocked) { blocked_ = blocked; }

 private:
  friend class BroadcastLog;
  struct Entry;
  struct Queue;
  struct Owed;

  // Lets the log's bytes from `from` to the head pass unheard, and hears `instead` in their place.
  // `from` is not before any position given earlier.
  void Replace(uint64_t from, const Slice& instead);
  void Skip(uint64_t from, uint64_t to);
  Queue& NeedQueue();
  // The position up to which log bytes go out before the queue's entry `index` does.
  uint64_t LogBytesBefore(size_t index) const;
  void DropFrontEntry();
  // Everything that is owed, in order, as slices.
  std::vector<Owed> ListOwed() const;
  // Messages of the log from one position to another; 0 when the first has been begun. What has been
  // is owed first of all, so that whatever must not be skipped comes before all that may.
  uint32_t CountIfWhole(uint64_t from, uint64_t to) const;
  // A run of the log, as entries that need it no longer.
  void AppendAsEntries(Owed run, std::vector<Entry>& entries) const;
  // Everything that is owed, so that the log is needed no longer; and a queue of just that.
  std::vector<Entry> OwedAsEntries() const;
  void Requeue(std::vector<Entry> entries);
  // Queues what was owed before anything else that will be pushed.
  void Keep(Entry entry);

  BroadcastLog* log_ = nullptr;
  uint64_t cursor_ = 0;
  Queue* queue_ = nullptr;  // null when nothing is private
  uint32_t member_ = 0;     // place among the log's members
  bool blocked_ = false;
};

}  // namespace parley

#endif  // REACTOR_BROADCAST_OUTBOX_H_
