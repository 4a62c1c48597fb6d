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
#include <span>

#include "reactor/base/bytes.h"
#include "reactor/base/handle.h"
#include "reactor/base/segment.h"
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

  // For whom a message is another one; whoever is no member is passed over, and each is named once
  // at the most.
  struct Override {
    Handle connection;
    Slice instead;  // what it hears, likewise a message of this broadcast; empty: nothing
  };

  // Speaks to every member that no override is for. A member whose backlog goes over its limit is
  // closed (kLag).
  void Append(std::initializer_list<ByteSpan> parts, std::span<const Override> overrides = {});
  // The same for bytes that lie in a segment already, which may have been filled by another thread.
  void Append(const Slice& slice, std::span<const Override> overrides = {});
  // To all, or to all but one.
  void Append(ByteSpan bytes, Handle except = {});
  void Append(std::initializer_list<ByteSpan> parts, Handle except);

  size_t members() const { return log_.members(); }
  const BroadcastLog& log() const { return log_; }

 private:
  friend class Reactor;
  template <typename What>
  void AppendFor(const What& what, std::span<const Override> overrides);

  Reactor& reactor_;
  BroadcastLog log_;
};

}  // namespace parley

#endif  // REACTOR_LOOP_BROADCAST_GROUP_H_
