#ifndef TESTS_REACTOR_CONTRACT_WORLD_H_
#define TESTS_REACTOR_CONTRACT_WORLD_H_

// A World is a reactor on some engine, and the peers at the far ends of its connections: real
// sockets on the loopback interface, or the simulated network. A contract case is written once,
// against this, and runs in every world.
//
//   PARLEY_CONTRACT(EchoesWhatIsSaid, kEverywhere) {
//     Recorder& recorder = world.NewRecorder();
//     Peer& peer = world.Pair(recorder);
//     recorder.on_bytes = [&](ByteSpan bytes) { world.reactor().Send(recorder.handle(), bytes); };
//     peer.Say("hello");
//     world.Until([&] { return peer.heard() == "hello"; }, "the echo");
//   }
//
// Ownership: a world owns its reactor, its peers, recorders and acceptors. Hooks may refer to
// variables of the case: they are forgotten when the case returns, before the reactor is destroyed.
// Thread: one.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "reactor/loop/reactor.h"
#include "tests/simulated/simulated_faults.h"

namespace parley {

// The far end of one connection.
class Peer {
 public:
  virtual ~Peer() = default;

  // Says `text`, as fast as the connection takes it.
  virtual void Say(absl::string_view text) = 0;
  // Ends its sending side once everything is said.
  virtual void EndOutput() = 0;
  // Resets the connection, now.
  virtual void Reset() = 0;
  // Closes as close(2) does, now.
  virtual void Leave() = 0;
  // A peer reads unless it is told not to.
  virtual void Read(bool reading) = 0;

  const std::string& heard() const { return heard_; }
  bool heard_end() const { return heard_end_; }
  bool heard_reset() const { return heard_reset_; }
  // The connection is over, in whatever way.
  bool gone() const { return heard_end_ || heard_reset_; }

 protected:
  std::string heard_;
  bool heard_end_ = false;
  bool heard_reset_ = false;
};

class World;

// Records what happens to one connection; the hooks run after the record is made.
class Recorder : public ConnectionHandler {
 public:
  void set_handle(Handle handle) { handle_ = handle; }
  Handle handle() const { return handle_; }

  // Letters in order: c connected, b bytes (a run of them is one), e end of input, d drained,
  // t deadline, x closed.
  std::string events;
  std::string heard;
  CloseReason reason;
  bool closed() const { return closed_count == 1; }
  int closed_count = 0;

  std::function<void()> on_connected, on_end, on_drained, on_closed;
  std::function<void(ByteSpan)> on_bytes, on_urgent;
  std::function<bool()> on_deadline;

  void OnConnected(Handle) override;
  void OnBytes(Handle connection, ByteSpan bytes) override;
  void OnUrgent(Handle connection, ByteSpan bytes) override;
  void OnEndOfInput(Handle connection) override;
  void OnDrained(Handle connection) override;
  bool OnDeadline(Handle connection) override;
  void OnClosed(Handle connection, CloseReason reason) override;

 private:
  void Note(char event) {
    if (event != 'b' || events.empty() || events.back() != 'b') events.push_back(event);
  }

  Handle handle_;
};

// Accepts by adopting each socket with a Recorder of its own, unless on_accepted takes it.
class RecordingAcceptor : public AcceptHandler {
 public:
  explicit RecordingAcceptor(World& world) : world_(world) {}

  std::vector<Recorder*> accepted;
  ConnectionOptions options;
  int starved = 0;
  int shed = 0;
  int listener_closed = 0;
  // Returns whether it took the socket.
  std::function<bool(Handle listener, UniqueFd& fd)> on_accepted;

  void OnAccepted(Handle listener, UniqueFd fd, const SocketAddress& peer) override;
  void OnAcceptStarved(Handle listener, int error, int shed) override;
  void OnListenerClosed(Handle listener, CloseReason reason) override;

 private:
  World& world_;
};

// How an outgoing connection fares.
enum class Dial { kAnswered, kRefused, kSilent };

class World {
 public:
  virtual ~World() = default;

  virtual Reactor& reactor() = 0;
  virtual bool is_simulated() const = 0;
  // So many bytes, or, in the simulated world, whose pipes are small and whose runs are many,
  // fewer.
  size_t Scaled(size_t bytes) const { return is_simulated() ? bytes / 10 : bytes; }

  Recorder& NewRecorder();
  RecordingAcceptor& NewAcceptor();
  // The hooks of every recorder and acceptor do nothing from now on.
  void ForgetHooks();

  // A connection that `recorder` handles; returns its far end.
  Peer& Pair(Recorder& recorder, const ConnectionOptions& options = {});
  // An outgoing connection in progress; returns the far end when it will answer, else null.
  Peer* DialOut(Recorder& recorder, Dial outcome, Duration timeout,
                const ConnectionOptions& options = {});
  // A listening socket, and a peer that connects to it.
  virtual UniqueFd MakeListener() = 0;
  virtual Peer& Call() = 0;
  // Makes what `count` Calls need now, so that they can be made without a descriptor.
  virtual void PrepareCalls(int count) = 0;
  // A connected socket and its far end.
  virtual std::pair<UniqueFd, Peer*> MakePair() = 0;
  virtual std::pair<UniqueFd, Peer*> MakeDialled(Dial outcome) = 0;
  // Delivers a signal that the reactor watches.
  virtual void Raise(int signal_number) = 0;
  // From now on the process has no descriptor for a new connection; and has again.
  virtual void ExhaustDescriptors() = 0;
  virtual void ReleaseDescriptors() = 0;

  // One turn of the reactor, and of its peers.
  virtual void Turn(Duration longest_wait) = 0;
  // One turn of the reactor, which would wait for an hour; what `act` has peers say or do reaches it
  // after `quiet`.
  virtual void TurnAfter(Duration quiet, const std::function<void()>& act) = 0;
  // A while that is long for the case: hours, or what a test may cost of real time.
  Duration LongWhile() const {
    return is_simulated() ? Duration(std::chrono::minutes(40)) : std::chrono::milliseconds(300);
  }
  // Lets time pass in a callback that takes long.
  virtual void Spend(Duration time) = 0;
  // Turns until `done`, and fails, naming `what`, when that takes too long.
  virtual bool Until(const std::function<bool()>& done, absl::string_view what) = 0;
  // Turns for as long as something that must not happen would take to happen.
  void Quiet();

 private:
  std::vector<std::unique_ptr<Recorder>> recorders_;
  std::vector<std::unique_ptr<RecordingAcceptor>> acceptors_;
};

// Who waits for the kernel: the reactor, or the loop of a program around it, with poll(2).
enum class WaitsIn { kReactor, kForeignLoop };

// Two kernels: the machine's, on a named engine, and the simulated one, with what a seed makes of
// it.
std::unique_ptr<World> MakeSocketWorld(absl::string_view engine, WaitsIn waits_in);
// What happened is added to `counts` when the world ends.
std::unique_ptr<World> MakeSimulatedWorld(uint64_t seed, FaultCounts& counts);

inline constexpr ConnectionOptions kNoLagLimit{.max_lag_bytes = 0};

// Text in which every place can be told from every other.
std::string Numbered(size_t bytes);

// ---- cases ----

// kFewSeeds: everywhere, but on the simulated engine with few seeds, because a run is long or
// because hardly anything in it is the seed's to decide.
enum class Where { kEverywhere, kFewSeeds, kSocketsOnly };
inline constexpr Where kEverywhere = Where::kEverywhere;
inline constexpr Where kFewSeeds = Where::kFewSeeds;
inline constexpr Where kSocketsOnly = Where::kSocketsOnly;

struct ContractCase {
  const char* name;
  Where where;
  const char* file;
  int line;
  void (*run)(World& world);
};
std::vector<ContractCase>& ContractCases();
bool AddContractCase(const ContractCase& contract_case);

}  // namespace parley

// NOLINTBEGIN(bugprone-macro-parentheses): the name of a function takes none
#define PARLEY_CONTRACT(name, where)                                          \
  static void name(::parley::World& world);                                   \
  [[maybe_unused]] static const bool k##name##IsAdded =                       \
      ::parley::AddContractCase({#name, (where), __FILE__, __LINE__, &name}); \
  static void name([[maybe_unused]] ::parley::World& world)
// NOLINTEND(bugprone-macro-parentheses)

#endif  // TESTS_REACTOR_CONTRACT_WORLD_H_
