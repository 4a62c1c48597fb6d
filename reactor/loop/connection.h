#ifndef REACTOR_LOOP_CONNECTION_H_
#define REACTOR_LOOP_CONNECTION_H_

// A connection as its user sees it: a Handle to call the reactor with, and a handler that is
// called.
//
// The life of a connection:
//
//   connecting --> open --> half-closed --> draining --> lingering --> closed
//
//   connecting   an outgoing connection whose connect() has not finished; what is sent waits
//   open         both directions work
//   half-closed  the peer has ended its side; what is owed to it still goes out
//   draining     this side wants to close; what is owed goes out first, input is dropped
//   lingering    everything is sent and the end said (FIN); input is dropped until the peer's end,
//                so that the peer reads every byte instead of a reset (RFC 1122, 4.2.2.13)
//   closed       OnClosed was called; the handle names nothing
//
// Any state may go straight to closed: by Close, by an error, or by its deadline.

#include <cstdint>
#include <string>

#include "reactor/base/bytes.h"
#include "reactor/base/clock.h"
#include "reactor/base/handle.h"
#include "reactor/base/unique_fd.h"
#include "reactor/broadcast/outbox.h"
#include "reactor/engine/close_reason.h"

namespace parley {

class SocketAddress;

enum class ConnectionState : uint8_t {
  kClosed,
  kConnecting,
  kOpen,
  kHalfClosed,
  kDraining,
  kLingering,
};

// What a connection calls, always on the reactor's thread, never from inside a call to the reactor.
// A handler may call anything on its reactor, from every callback, Close included. An exception
// that leaves a callback closes that connection with kError and goes no further. Ownership: not
// owned; it lives until OnClosed has been called, and may delete itself there.
class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;

  // An outgoing connection is established.
  virtual void OnConnected(Handle) {}
  // Bytes arrived; they are valid during the call only.
  virtual void OnBytes(Handle connection, ByteSpan bytes) = 0;
  // TCP's out-of-band byte, unless the listener asked for it in line.
  virtual void OnUrgent(Handle, ByteSpan) {}
  // The peer will send no more. Afterwards the reactor closes when everything owed is sent, unless
  // the connection was adopted with keep_half_open.
  virtual void OnEndOfInput(Handle) {}
  // Everything that was owed has been handed to the kernel; only after Reactor::NotifyDrained.
  virtual void OnDrained(Handle) {}
  // The deadline set with Reactor::SetDeadline has passed. Returns whether to close (with
  // kDeadline).
  virtual bool OnDeadline(Handle) { return true; }
  // The peer reads so slowly that `messages` messages of its broadcast are skipped, since the last
  // that it heard (ConnectionOptions::soft_lag_bytes). Returns what it reads in their place: one
  // message; or "", and then nothing tells it.
  virtual std::string OnMessagesSkipped(Handle, const BroadcastLog& log, uint64_t messages);
  // The last call.
  virtual void OnClosed(Handle connection, CloseReason reason) = 0;
};

// What a listener calls.
class AcceptHandler {
 public:
  virtual ~AcceptHandler() = default;
  // Adopt the socket, or let it close.
  virtual void OnAccepted(Handle listener, UniqueFd fd, const SocketAddress& peer) = 0;
  // There was no descriptor for `shed` peers, which were closed at once.
  virtual void OnAcceptStarved(Handle, int /*error*/, int /*shed*/) {}
  // The listener cannot go on, or was closed.
  virtual void OnListenerClosed(Handle, CloseReason) {}
};

// The reactor's own record of a connection: one cache line, so that a sweep over thousands touches
// one line each. The outbox is its base, so that a log's member leads back to its connection.
struct alignas(64) Connection : Outbox {
  ConnectionState state = ConnectionState::kClosed;
  bool keep_half_open : 1 = false;
  bool input_ended : 1 = false;
  bool dirty : 1 = false;             // in the list of connections to flush at the end of the turn
  bool notify_drained : 1 = false;    // OnDrained is wanted
  bool lagging : 1 = false;           // in the list of connections over their soft limit
  bool settle_queued : 1 = false;     // in the list of connections to look at when drained
  bool end_output : 1 = false;        // the end of this side is said when it has drained
  bool peer_ended_first : 1 = false;  // it is closing because the peer ended its side
  bool is_file : 1 = false;           // has no peer whose end to linger for
  bool watched : 1 = false;           // in the list of connections that may have stalled
  bool took_some : 1 = false;         // the kernel has taken bytes since somebody last looked
  ConnectionHandler* handler = nullptr;
  Handle self;
  uint32_t last_input_ms = 0;  // since the reactor began; wraps after 49 days
  union {
    uint32_t soft_lag_bytes = 0;  // 0: messages are never skipped
    uint32_t drain_ms;            // while draining: how long the peer may take nothing
  };
  uint32_t max_lag_bytes = 0;  // 0: no limit
  union {
    uint32_t max_private_bytes = 0;  // 0: no limit
    int32_t drain_held;              // while draining: what the kernel held at the last look
  };
};
static_assert(sizeof(Connection) == 64);

}  // namespace parley

#endif  // REACTOR_LOOP_CONNECTION_H_
