#ifndef REACTOR_LOOP_BROADCAST_GROUP_H_
#define REACTOR_LOOP_BROADCAST_GROUP_H_

// A broadcast log whose members are connections of a reactor: append once, and the reactor sweeps
// it to everybody, a few recipients a turn, polling for input in between. Broadcasts take turns, so
// that none waits for another that never comes to an end (Reactor, kSweepBatch).
//
//   BroadcastGroup room(reactor);
//   room.Join(connection);
//   room.Append({AsBytes(name), AsBytes(": "), AsBytes(text), AsBytes("\r\n")});
//
// A connection is in at most one broadcast at a time; joining another leaves the first, and what
// was appended before still goes out, in order with everything else sent to the connection. Thread:
// the reactor's. Lifetime: ends before its reactor.

#include <cstddef>
#include <initializer_list>

#include "reactor/base/bytes.h"
#include "reactor/base/handle.h"
#include "reactor/broadcast/broadcast_log.h"
#include "reactor/loop/sweep_queue.h"

namespace parley {

class Reactor;

class BroadcastGroup : private SweepLink {
 public:
  explicit BroadcastGroup(Reactor& reactor) : reactor_(reactor) {}
  ~BroadcastGroup();
  BroadcastGroup(const BroadcastGroup&) = delete;
  BroadcastGroup& operator=(const BroadcastGroup&) = delete;

  void Join(Handle connection);
  // Leaves this broadcast; does nothing for a connection that is in another or in none.
  void Leave(Handle connection);

  // Speaks to every member but `except`. A member whose backlog goes over its limit is closed
  // (kLag).
  void Append(std::initializer_list<ByteSpan> parts, Handle except = {});
  void Append(ByteSpan bytes, Handle except = {}) { Append({bytes}, except); }
  // The same for bytes that lie in a segment already, which may have been filled by another thread.
  void Append(const Slice& slice, Handle except = {});

  size_t members() const { return log_.members(); }
  const BroadcastLog& log() const { return log_; }

 private:
  friend class Reactor;
  void ScheduleIfBehind();

  Reactor& reactor_;
  BroadcastLog log_;
};

}  // namespace parley

#endif  // REACTOR_LOOP_BROADCAST_GROUP_H_
