#ifndef REACTOR_LOOP_REACTOR_H_
#define REACTOR_LOOP_REACTOR_H_

// A reactor: one thread, one kernel queue, thousands of connections.
//
//   absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create({});
//   (*reactor)->Listen(address, {}, &accept_handler);      // which adopts what it accepts
//   (*reactor)->Run();                                     // until Stop
//
// A turn waits for the kernel, lets the handlers run, then fires timers and deadlines, and last
// sends what the turn owes: replies of one turn go out in one send. A broadcast of at most
// kSweepShare members is swept to all of them in the turn in which something is appended, whatever
// the others do. All larger ones together are swept to kSweepBatch recipients a turn, by turns, so
// that input never waits for a whole fan-out.
//
// Time: a limit or delay counts from the call that sets it (Connect, CloseWhenDone, After). The
// clock is read once more in each turn, when the wait has ended: what arrives in the turn arrived
// then, and timers and deadlines are due that had passed then. So a deadline never fires in the
// turn that set it, before what that turn owes is sent, however long its handlers take.
//
// Thread: everything belongs to the thread that runs the reactor, but for Post, Wake and Stop.
// Those touch the reactor to the end of the call, which may come after the task that was posted has
// run or Run has returned: whoever destroys the reactor first makes sure that every such call has
// returned, by joining the other threads or by a semaphore that they release afterwards. Errors: a
// call with a handle that is over does nothing. What goes wrong with a connection arrives as
// OnClosed with a reason. Process: Create ignores SIGPIPE by default (see watched_signals.h).

#include <atomic>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "reactor/base/bytes.h"
#include "reactor/base/clock.h"
#include "reactor/base/handle.h"
#include "reactor/base/segment.h"
#include "reactor/base/slot_table.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"
#include "reactor/base/watched_signals.h"
#include "reactor/engine/engine.h"
#include "reactor/loop/broadcast_group.h"
#include "reactor/loop/connection.h"
#include "reactor/loop/deadline_wheel.h"
#include "reactor/loop/listening_socket.h"
#include "reactor/loop/refusals.h"
#include "reactor/loop/refused_log.h"
#include "reactor/loop/stall_watch.h"
#include "reactor/loop/sweep_queue.h"
#include "reactor/loop/task_queue.h"
#include "reactor/loop/timer_queue.h"

namespace parley {

inline constexpr size_t kSweepBatch = 64;  // recipients of large broadcasts in one turn
inline constexpr size_t kSweepShare = 16;  // of them, those of one before it is another's turn

struct ConnectionOptions {
  FdKind kind = FdKind::kConnected;
  // How far it may be behind its broadcast: one that owes more bytes than this of broadcasts, and
  // takes no more, is closed with kLag. What was sent to it alone does not count. 0: no limit.
  uint32_t max_lag_bytes = 1024 * 1024;
  // A connection that owes more bytes of its broadcast than this has messages of it skipped instead
  // (a message is what was appended at once), and is told how many. It is closed with kUnreadNotice
  // when it has not read that notice within Reactor::SetLongestLag. 0: no skipping.
  uint32_t soft_lag_bytes = 0;
  // What was sent to it alone: one that owes more bytes of that than this, and takes no more, is
  // closed with kLag. 0: no limit but Reactor::SetStallTime, so that however much is sent at once
  // arrives if the peer goes on reading. A server whose clients decide how much it sends sets one.
  uint32_t max_private_bytes = 0;
  // Leaves it to the handler to close after the peer's end of input.
  bool keep_half_open = false;
  // It is known to be a stream, as what a listener has accepted is: the kernel is not asked.
  bool is_stream = false;
  bool read_enabled = true;
};

// Something that wants a look in at every turn, after the events and before timers: mail from other
// threads (spsc_queue.h). Whoever leaves something for it calls Reactor::Wake.
class TurnHook {
 public:
  virtual ~TurnHook() = default;
  virtual void OnTurn() = 0;
};

class Reactor final : private Engine::Sink {
 public:
  // `engine`: "auto" or a name of engine_list.h.
  static absl::StatusOr<std::unique_ptr<Reactor>> Create(absl::string_view engine = "auto");
  // On an engine made elsewhere.
  explicit Reactor(std::unique_ptr<Engine> engine);
  // Closes everything that is left, with kShutdown; the handlers hear of it, and can begin nothing
  // new.
  ~Reactor();

  // Listening. A unix path is removed when its listener is closed.
  absl::StatusOr<Handle> Listen(const SocketAddress& address, const ListenOptions& options,
                                AcceptHandler* handler);
  // The same for a socket that listens already (socket activation).
  absl::StatusOr<Handle> ListenOn(UniqueFd fd, AcceptHandler* handler);
  void CloseListener(Handle listener);
  // Where a listener listens: the port that was chosen for port 0.
  SocketAddress AddressOf(Handle listener_or_connection);
  SocketAddress PeerOf(Handle connection);
  // For socket options; -1 when it is gone. It stays the reactor's.
  int DescriptorOf(Handle handle) { return engine_->DescriptorOf(handle); }

  // Takes a descriptor as a connection. Non-blocking mode is set by the caller (accepted ones have
  // it). Errors: INVALID_ARGUMENT for a socket that is no stream (UDP), unless options say that it
  // is one.
  absl::StatusOr<Handle> Adopt(UniqueFd fd, ConnectionHandler* handler,
                               const ConnectionOptions& options = {});
  // Says `text` to a peer that was accepted but is not wanted, and closes (refusals.h).
  void Refuse(UniqueFd fd, ByteSpan text) { refusals_.Refuse(std::move(fd), text); }
  // Begins an outgoing connection; OnConnected or OnClosed follows. What is sent before waits.
  absl::StatusOr<Handle> Connect(const SocketAddress& address, ConnectionHandler* handler,
                                 Duration timeout, const ConnectionOptions& options = {},
                                 const StreamOptions& stream = {});

  // Owes the connection these bytes; they go out at the end of the turn. Dropped when the
  // connection is closing. Going over max_private_bytes closes it.
  void Send(Handle connection, std::initializer_list<ByteSpan> parts);
  void Send(Handle connection, ByteSpan bytes) { Send(connection, {bytes}); }
  void Send(Handle connection, Slice slice);
  // Bytes owed and not yet taken by the kernel.
  uint64_t PendingBytes(Handle connection);
  // In OnClosed: the bytes that were owed to the connection that is over.
  uint64_t OwedWhenClosed() const { return owed_when_closed_; }
  // For a caller that holds bytes back for the connection until it has drained: closes it, as Send
  // would, when they are more than max_private_bytes.
  void LimitHeldBack(Handle connection, uint64_t bytes);
  // Drops what is owed and not yet taken by the kernel; leaves its broadcast too.
  void DiscardPending(Handle connection);
  // Calls OnDrained once, when nothing is owed.
  void NotifyDrained(Handle connection);

  void PauseReading(Handle connection) { engine_->ReadEnabled(connection, false); }
  void ResumeReading(Handle connection) { engine_->ReadEnabled(connection, true); }

  // Says the end of this side when everything owed is sent, and goes on receiving.
  void EndOutput(Handle connection);
  // Closes when everything owed is sent; resets it when the peer has taken nothing of that for
  // `limit` (49 days at most). However much is owed, a peer that goes on reading gets it all.
  void CloseWhenDone(Handle connection, Duration limit = std::chrono::seconds(5));
  // Closes now; what is owed and not yet taken by the kernel is dropped.
  void Close(Handle connection, CloseReason reason = {CloseCause::kAsked, 0},
             CloseHow how = CloseHow::kNow);

  // One deadline per connection, to within DeadlineWheel::kTick; a new one replaces it, kNever
  // removes it. While connecting and from CloseWhenDone on, the reactor uses it for its own limits.
  void SetDeadline(Handle connection, TimePoint deadline);
  // How long any reader may stay behind while messages are skipped for it.
  void SetLongestLag(Duration longest) { longest_lag_ = longest; }
  // How long any peer may take nothing of what it is owed before it is closed with kStalled, to
  // within an eighth of it; zero: for ever. 60 s by default. Files are waited for without an end.
  void SetStallTime(Duration longest);
  // Whether those that are closed for reading too little are logged, as they are by default: for a
  // caller that says more about each in OnClosed.
  void LogCutOffs(bool logs) { logs_cut_offs_ = logs; }
  // Whether bytes have come from it that OnBytes has not been told of: nobody is to be judged silent
  // before they are read. It asks the kernel, and is true also where the next turn will show that
  // there is nothing. From OnDeadline, timers and tasks.
  bool HasUnreadInput(Handle connection) { return engine_->HasUnread(connection); }
  // When the wait ended of the turn in which bytes last came from it (or when it was adopted), to
  // the millisecond.
  TimePoint LastInput(Handle connection);
  ConnectionState StateOf(Handle connection);

  // Timers. Their callbacks may add and cancel timers, themselves too.
  TimerId After(Duration delay, TimerQueue::Callback callback);
  // Again and again, first when `period` has passed, until it is cancelled; it goes on when the
  // callback throws. `period` is more than zero, or the process stops. Times are counted from the
  // call, so they do not drift; those that a long turn has passed over are left out.
  TimerId Every(Duration period, TimerQueue::Callback callback);
  // Whether it was still to fire.
  bool Cancel(TimerId id) { return timers_.Cancel(id); }

  // Blocks these signals in the calling thread and delivers them to `callback` in the loop, until
  // the reactor is destroyed. Calls add up: each callback hears of its own signals, and one that is
  // named in several calls goes to all of them, in their order. Call it before other threads are
  // started; they inherit the mask. So do children: watched_signals.h has what restores it for them.
  // Of two reactors that watch one signal, one hears of it on Linux, and nobody can say which: let
  // one watch, and Post to the other. The destructor unblocks what this has blocked in the thread
  // that it runs in.
  absl::Status OnSignals(std::span<const int> signal_numbers, std::function<void(int)> callback);

  // Any thread: runs `task` on the reactor's thread in its next turn.
  void Post(TaskQueue::Task task);
  // Any thread: makes the next turn come at once.
  void Wake() { engine_->Wake(); }
  // Calls the hook once a turn; null for none. Not owned.
  void SetTurnHook(TurnHook* hook) { turn_hook_ = hook; }

  // Called with what a callback threw, before anything is done about it. True: it is dealt with, and
  // nothing is closed or logged. Otherwise, and without a hook, it is logged, and the connection
  // whose handler threw is closed. It must not throw itself.
  using ExceptionHook = std::function<bool(const std::exception_ptr&)>;
  void SetExceptionHook(ExceptionHook hook) { exception_hook_ = std::move(hook); }

  void Run();                           // turns until Stop
  void RunOnce(Duration longest_wait);  // one turn
  void Stop();                          // any thread, any callback
  // For a loop of somebody else's (GLib, Qt, a game), in whose thread the reactor is: where that loop
  // waits, it waits for this descriptor too, until it can be read (poll(2)), and no longer than to
  // the time that PrepareToPoll gives; then it calls RunOnce(Duration::zero()). PrepareToPoll comes
  // before every such wait, behind whatever else has been asked of the reactor; kNever: the
  // descriptor alone says when. It is the reactor's, and always the same; -1 when the process has no
  // descriptor or memory left for it. A ChannelMap has a PrepareToPoll and a RunOnce of its own.
  int PollableDescriptor() { return engine_->PollableDescriptor(); }
  TimePoint PrepareToPoll() { return engine_->PrepareToPoll(NextWake(Duration::max())); }
  // For who turns with RunOnce: whether Stop was called since this was last asked.
  bool TakeStop();
  // Whether timers or posted tasks wait, or somebody holds a WorkGuard.
  bool HasWork() const;

  TimePoint Now() { return engine_->Now(); }
  // When the wait of this turn ended: deadlines up to then are due in it, and what has arrived in it
  // did so then. Never later than Now().
  TimePoint TurnBegan() const { return turn_began_; }
  size_t connections() const { return connection_count_; }
  size_t listeners() const { return listeners_.size(); }
  void ForEachConnection(const std::function<void(Handle)>& visit);
  absl::string_view engine_name() const { return engine_->name(); }
  bool tells_urgent() const { return engine_->TellsUrgent(); }

 private:
  friend class BroadcastGroup;
  friend class WorkGuard;
  struct Listener {
    AcceptHandler* handler;
    std::string unix_path;
  };

  // Engine::Sink
  void WaitEnded(TimePoint now) override { turn_began_ = now; }
  void Accepted(Handle listener, UniqueFd fd, const SocketAddress& peer) override;
  void AcceptStarved(Handle listener, int error, int shed) override;
  void Connected(Handle handle) override;
  void Bytes(Handle handle, ByteSpan bytes) override;
  void Urgent(Handle handle, ByteSpan bytes) override;
  void EndOfInput(Handle handle) override;
  void Closed(Handle handle, CloseReason reason) override;
  void Signalled(int signal_number) override;
  void Woken() override {}
  size_t Gather(Handle handle, std::span<iovec> vectors) override;
  void Sent(Handle handle, size_t bytes) override;
  void Blocked(Handle handle, bool blocked) override;

  // Null for one that is gone. Here, because every event of every connection asks.
  Connection* Find(Handle handle) {
    if (!handle || handle.slot >= connections_.capacity()) return nullptr;
    Connection& connection = connections_[handle.slot];
    return connection.self == handle ? &connection : nullptr;
  }
  Connection& RecordOf(Handle handle);
  static bool MaySend(const Connection& connection);
  Connection* FindSendable(Handle handle);  // null also when it is closing
  void MarkDirty(Connection& connection);
  void QueueSettle(Connection& connection);
  void AwaitDrain(Connection& connection);
  bool HasDrainedSome(const Connection& connection);
  void CheckLag(Connection& connection);
  void CutOffIfOverLimit(Connection& connection);
  // Resets a connection for a reason that is its peer's doing, and logs it.
  void CutOff(const Connection& connection, CloseCause cause, absl::string_view why);
  void Watch(Connection& connection);
  void LookForStalled();
  void SkipLagging();
  void Schedule(BroadcastGroup& broadcast);

  void ReleaseGuard();
  TimePoint NextWake(Duration longest_wait);
  void RunTasks();
  void RunTimers();
  void RunDeadlines();
  void FlushDirty();
  void SweepBroadcasts();
  size_t Sweep(BroadcastGroup& broadcast, size_t most);
  void SettleDrained();
  void Settle(Connection& connection);
  void DeadlinePassed(Connection& connection);
  // As Connection::last_input_ms counts: since the reactor began.
  uint32_t MillisAt(TimePoint time) const {
    return static_cast<uint32_t>((time - began_) / std::chrono::milliseconds(1));
  }

  // Runs a callback. An exception closes `connection`, if there is one, and goes no further.
  // `what` begins the log line: "a timer".
  void Guarded(const char* what, Handle connection, absl::FunctionRef<void()> callback);
  void Threw(const char* what, Handle connection, const std::exception_ptr& error);

  struct SignalCallback {
    std::vector<int> numbers;
    std::function<void(int)> call;
  };
  static constexpr Duration kCutOffLogEvery = std::chrono::seconds(1);

  WatchedSignals watched_signals_;  // before the engine, so that it ends after it
  std::unique_ptr<Engine> engine_;
  SlotArray<Connection> connections_;  // by the engine's slots
  size_t connection_count_ = 0;
  absl::flat_hash_map<Handle, Listener> listeners_;
  SegmentWriter writer_;       // of private messages
  std::vector<Handle> dirty_;  // owe something private
  Duration longest_lag_ = std::chrono::seconds(60);
  std::vector<Handle> lagging_;  // over their soft limit
  std::vector<Handle> settle_;   // may have drained
  SweepQueue appended_to_;       // since the last sweep, and not in large_
  SweepQueue large_;             // with more members than kSweepShare, some of them behind
  std::vector<Handle> batch_;
  TimerQueue timers_;
  DeadlineWheel deadlines_;
  StallWatch stalls_;
  TaskQueue tasks_;
  Refusals refusals_{*this};
  TurnHook* turn_hook_ = nullptr;
  std::deque<SignalCallback> on_signals_;  // in which a callback may call OnSignals
  RefusedLog refused_log_;
  ExceptionHook exception_hook_;
  TimePoint began_;
  TimePoint turn_began_;
  TimePoint cut_off_logged_;       // when the log last heard of a connection that was cut off
  uint64_t cut_off_unlogged_ = 0;  // connections that were, since then
  bool logs_cut_offs_ = true;
  std::atomic<bool> stop_{false};
  std::atomic<uint32_t> work_guards_{0};
  uint64_t owed_when_closed_ = 0;
  bool is_ending_ = false;
};

// While one is held the reactor has work to come (Reactor::HasWork), so that ChannelMap::Loop goes on
// without a channel: for a worker that will post. Any thread. A release touches the reactor to the
// end of the call, which may come after Loop has returned: whoever destroys the reactor joins the
// worker first.
class WorkGuard {
 public:
  explicit WorkGuard(Reactor& reactor) : reactor_(&reactor) { reactor.work_guards_.fetch_add(1); }
  WorkGuard(WorkGuard&& other) noexcept : reactor_(std::exchange(other.reactor_, nullptr)) {}
  WorkGuard& operator=(WorkGuard&& other) noexcept {
    if (this != &other) Release();
    reactor_ = std::exchange(other.reactor_, nullptr);
    return *this;
  }
  ~WorkGuard() { Release(); }

  void Release() {
    if (reactor_ != nullptr) std::exchange(reactor_, nullptr)->ReleaseGuard();
  }

 private:
  Reactor* reactor_;
};

}  // namespace parley

#endif  // REACTOR_LOOP_REACTOR_H_
