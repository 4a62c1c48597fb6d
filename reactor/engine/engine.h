#ifndef REACTOR_ENGINE_ENGINE_H_
#define REACTOR_ENGINE_ENGINE_H_

// The seam between the reactor and a kernel. Bytes up, slices down: it carries neither readiness
// (epoll, kqueue) nor completions (io_uring) but what both mean.
//
// The engine tells its Sink: here is an accepted socket, here are bytes, these bytes are sent, this
// connection is over. The reactor asks the engine: adopt this socket, send what these connections owe,
// read on or pause, shut down, close, wait.
//
// Rules that every engine keeps, and that tests/reactor/contract holds it to:
//   - Events are harvested first and delivered afterwards; a sink may call anything but Wait from inside
//     an event, also close the connection that the event is about.
//   - WaitEnded comes once in every Wait: when it has waited, before its first event, and also when
//     there is none. It tells the time, read then: a wait may have taken an hour.
//   - A Handle whose connection is over names nothing: every call with it does nothing.
//   - Closed(handle) is the last word about a handle. It follows every Close, and every failure, exactly
//     once, from Wait, never from inside another call. Until then the fd stays open.
//   - Flush and Close never deliver an event from inside the call. Sent() is bookkeeping, not an event:
//     Flush may call it at once.
//   - EndOfInput comes at most once, after the last Bytes. Only a read that returns nothing says it;
//     hang-up hints do not.
//   - Per turn, one connection gets at most kReadBudgetBytes; what is left comes in a later turn without
//     a new edge.
//
// Ownership: the engine owns the fds it was given. Thread: one, but for Wake. Units: bytes, and
// nanoseconds of Now(). Errors that concern a call are returned; those that concern a connection arrive
// as Closed.

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reactor/base/bytes.h"
#include "reactor/base/clock.h"
#include "reactor/base/handle.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"
#include "reactor/engine/close_reason.h"

namespace parley {

inline constexpr size_t kReadBudgetBytes = size_t{64} * 1024;
inline constexpr size_t kAcceptBatch = 64;  // accepts of one listener in one turn
inline constexpr size_t kSendVectors = 16;  // slices of one send

// What an engine needs to know of a descriptor it adopts.
enum class FdKind : uint8_t {
  kConnected,   // a connected stream socket
  kConnecting,  // a stream socket on which connect() is in progress
  kFile,        // a pipe, terminal or other pollable file: read and write instead of recv and send
};

enum class CloseHow : uint8_t {
  kNow,    // as close(2) does: what the kernel holds still goes out
  kReset,  // what the kernel holds is dropped and the peer sees a reset (SO_LINGER 0)
};

class Engine {
 public:
  class Sink {
   public:
    virtual void WaitEnded(TimePoint now) = 0;
    virtual void Accepted(Handle listener, UniqueFd fd, const SocketAddress& peer) = 0;
    // Accepting failed for want of a descriptor (EMFILE, ENFILE) or memory: `shed` peers were
    // accepted and closed at once; 0 when not even that was possible. Not told while nobody waits to
    // be accepted. The engine tries again by itself.
    virtual void AcceptStarved(Handle listener, int error, int shed) = 0;
    virtual void Connected(Handle connection) = 0;
    virtual void Bytes(Handle connection, ByteSpan bytes) = 0;   // valid during the call only
    virtual void Urgent(Handle connection, ByteSpan bytes) = 0;  // out-of-band data (tcp(7))
    virtual void EndOfInput(Handle connection) = 0;
    virtual void Closed(Handle connection, CloseReason reason) = 0;
    virtual void Signalled(int signal_number) = 0;
    virtual void Woken() = 0;

    // What `connection` owes next: fills `vectors`, returns how many. The memory stays valid until Sent
    // reports it or Closed ends the connection.
    virtual size_t Gather(Handle connection, std::span<iovec> vectors) = 0;
    virtual void Sent(Handle connection, size_t bytes) = 0;
    // The socket takes no more for now (true; told without another Flush, also where a send ends later)
    // or takes bytes again (false); after false the engine flushes the connection by itself.
    virtual void Blocked(Handle connection, bool blocked) = 0;

   protected:
    ~Sink() = default;
  };

  virtual ~Engine() = default;

  virtual absl::string_view name() const = 0;
  // Whether the kernel tells of out-of-band data that does not come in line (SO_OOBINLINE). kqueue
  // does on macOS, but neither on FreeBSD nor in libkqueue.
  virtual bool TellsUrgent() const { return true; }
  virtual void SetSink(Sink* sink) = 0;

  // Takes a bound, listening, non-blocking socket.
  virtual absl::StatusOr<Handle> Listen(UniqueFd fd) = 0;
  // Takes a non-blocking descriptor. A connection reads at once, unless `read_enabled` is false.
  virtual absl::StatusOr<Handle> Adopt(UniqueFd fd, FdKind kind, bool read_enabled) = 0;
  // The descriptor behind a handle, for socket options; -1 when it is gone. Still the engine's.
  virtual int DescriptorOf(Handle handle) = 0;

  // Sends what these connections owe, as far as the kernel takes it now.
  virtual void Flush(std::span<const Handle> connections) = 0;
  // Bytes that the kernel was offered and still reads, from what Gather gave last: until Sent reports
  // them, they stay owed and stay in memory. 0 for an engine whose sends end within Flush.
  virtual size_t InFlight(Handle /*connection*/) { return 0; }
  virtual void ReadEnabled(Handle connection, bool enabled) = 0;
  // Whether bytes of the connection's input have come that Bytes has not told yet. Outside Wait; may
  // ask the kernel. True also where only the next Wait will show that there is nothing.
  virtual bool HasUnread(Handle connection) = 0;
  // Ends the sending side (shutdown(2)) after what was sent so far.
  virtual void ShutdownWrite(Handle connection) = 0;
  // Closes a connection or a listener.
  virtual void Close(Handle handle, CloseHow how, CloseReason reason) = 0;

  // Delivers these signals, and no others, as events from now on. The caller has blocked them in
  // every thread.
  virtual absl::Status WatchSignals(std::span<const int> signal_numbers) = 0;

  // Waits until something happens or `deadline`, then delivers it: bounded work.
  virtual void Wait(TimePoint deadline) = 0;
  // For a loop of somebody else's that waits in the engine's place: a descriptor that can be read
  // (poll(2)) when Wait has something to deliver, and always the same; -1 where there is none, as in
  // a simulation, or where no descriptor or memory is left. The engine's.
  virtual int PollableDescriptor() { return -1; }
  // Before such a wait: hands over to the kernel what is prepared for it. Returns when Wait is to be
  // called at the latest: `deadline`, or before that (kAtOnce: now); kNever: when the descriptor can
  // be read.
  virtual TimePoint PrepareToPoll(TimePoint deadline) = 0;
  // Makes Wait return, with Woken, soon. Any thread; the caller coalesces.
  virtual void Wake() = 0;
  virtual TimePoint Now() = 0;

 protected:
  static constexpr TimePoint kAtOnce{};  // which has passed; the clock need not be read

  // How long a wait may be that ends at `due`; negative: for ever.
  Duration TimeoutUntil(TimePoint due) {
    if (due == kAtOnce) return Duration::zero();
    return due == kNever ? Duration(-1) : std::max(Duration::zero(), due - Now());
  }
};

}  // namespace parley

#endif  // REACTOR_ENGINE_ENGINE_H_
