#ifndef TESTS_SIMULATED_SIMULATED_NETWORK_H_
#define TESTS_SIMULATED_SIMULATED_NETWORK_H_

// A network in memory, for one process and one thread: sockets, the peers at their far ends, a
// clock that moves on by itself when there is nothing to do, and the faults that a seed decides.
// The same seed and the same calls give the same run, to the byte and the nanosecond.
//
//   SimulatedNetwork network(seed, rates, capacity);
//   Reactor reactor(std::make_unique<SimulatedEngine>(network));
//   auto [fd, peer] = network.MakePair();
//   reactor.Adopt(std::move(fd), &handler);
//   peer->Say("hello\r\n");
//   while (...) reactor.RunOnce(std::chrono::seconds(1));
//
// The seam hands descriptors about, so a simulated socket has one: an unconnected unix socket, by
// whose inode number the network knows it again. Whoever closes it closes the simulated socket.
//
// A server that listens on a socket of the machine may do so: TakeListener. Who connects to it from
// the same network, by a socket of the machine, is heard as well: TakeDialled.
//
// Ownership: the network owns sockets and peers and outlives the reactor on it. Thread: one.

#include <sys/types.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "reactor/base/clock.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"
#include "tests/reactor/random.h"
#include "tests/simulated/simulated_faults.h"
#include "tests/simulated/simulated_pipe.h"

namespace parley {

class SimulatedNetwork;
struct SimulatedSocket;

// A scripted far end.
class SimulatedPeer {
 public:
  SimulatedPeer(SimulatedNetwork& network, SimulatedSocket& socket)
      : network_(network), socket_(socket) {}

  // Says `text`, as fast as the connection takes it.
  void Say(absl::string_view text);
  // Says what the connection takes of `text` now and returns how much; nothing where nobody hears
  // it any more.
  std::optional<size_t> Offer(absl::string_view text);
  // Ends its side once everything is said.
  void EndOutput();
  // Resets the connection, now.
  void Reset();
  // Closes as close(2) does: what was not said is never said, and what comes later is answered with
  // a reset.
  void Leave();
  // A peer reads unless it is told not to.
  void Read(bool reading) { reading_ = reading; }
  // Reads what has arrived, once: for a peer that was told not to.
  void Hear() {
    if (!left_) HearMore();
  }

  const std::string& heard() const { return heard_; }
  // Forgets what was heard, for peers that hear a lot.
  void ClearHeard() { heard_.clear(); }
  bool heard_end() const { return heard_end_; }
  bool heard_reset() const { return heard_reset_; }
  // Neither side has ended it.
  bool is_connected() const;

 private:
  friend class SimulatedNetwork;
  void Work();
  void PassOn();
  void BreakOff();
  void SayMore();
  void HearMore();

  SimulatedNetwork& network_;
  SimulatedSocket& socket_;
  std::string heard_;
  std::string unsaid_;
  bool reading_ = true;
  bool ends_ = false;
  bool left_ = false;
  bool heard_end_ = false;
  bool heard_reset_ = false;
  // Where the far end is the near end of another socket: that one's peer, which says what is heard
  // here.
  SimulatedPeer* joined_ = nullptr;
  bool passed_end_ = false;
};

// How an outgoing connection fares.
enum class SimulatedDial { kAnswered, kRefused, kSilent };

// The near end, which an engine works on.
struct SimulatedSocket {
  SimulatedSocket(SimulatedNetwork& network, size_t capacity)
      : in(capacity), out(capacity), peer(network, *this) {}

  int fd = -1;
  ino_t inode = 0;
  bool is_open = true;      // the descriptor is
  bool is_adopted = false;  // an engine closes it; until then whoever closes the descriptor does
  SimulatedPipe in;         // what the peer says
  SimulatedPipe out;        // what the peer will hear
  SimulatedPeer peer;
  TimePoint reset_arrives = kNever;       // the peer's reset
  TimePoint peer_reset_arrives = kNever;  // the reset that the peer hears
  SimulatedDial dial = SimulatedDial::kAnswered;
  TimePoint connects = kNever;  // when an outgoing connection's fate is known

  // A listener's callers, in order.
  bool is_listener = false;
  struct Caller {
    SimulatedSocket* socket;
    SocketAddress from;
    TimePoint arrives;
  };
  std::deque<Caller> callers;
};

class SimulatedNetwork {
 public:
  // `capacity`: bytes that one direction of a connection holds.
  SimulatedNetwork(uint64_t seed, const FaultRates& rates, size_t capacity);

  // A connected socket and its far end.
  std::pair<UniqueFd, SimulatedPeer*> MakePair();
  // A socket on which connecting is in progress, and its far end.
  std::pair<UniqueFd, SimulatedPeer*> MakeDialled(SimulatedDial outcome);
  UniqueFd MakeListener();
  // A peer that connects to the listener made last, from somewhere.
  SimulatedPeer& Call();
  // The same from this address, over a path of this capacity.
  SimulatedPeer& Call(const SocketAddress& from, size_t capacity);
  // The same to the listener at this address.
  SimulatedPeer& CallAt(const SocketAddress& listener, const SocketAddress& from, size_t capacity);
  // What peers say or do from now on takes so much longer to arrive.
  void set_peers_delay(Duration delay) { peers_delay_ = delay; }
  void Raise(int signal_number) { signals_.push_back(signal_number); }
  // No descriptor is left for what is accepted.
  void set_descriptors_exhausted(bool exhausted) { descriptors_exhausted_ = exhausted; }

  TimePoint now() const { return now_; }
  size_t capacity() const { return capacity_; }
  Random& random() { return random_; }
  FaultRates& rates() { return rates_; }
  const FaultCounts& counts() const { return counts_; }

  // ---- for the engine ----

  // Whether the fault is to happen here; counts it when it is.
  bool Happens(Fault fault);
  // A fault that happened in another way.
  void Note(Fault fault) { counts_.Add(fault); }
  // How long something takes: next to nothing, or longer when the fault is to happen.
  Duration Latency(Fault fault);
  // When what a peer says or does now arrives.
  TimePoint PeersArrival() { return now_ + peers_delay_ + Latency(Fault::kDelay); }

  // Lets peers and paths do what can be done now.
  void Work();
  // When, after now, something happens by itself.
  TimePoint NextEvent() const;
  void AdvanceTo(TimePoint time);

  // Makes a listening socket of the machine's the listener: whoever calls in the network calls
  // there, and whoever connects to it in the machine is not heard. False for what does not listen.
  bool TakeListener(int fd);
  // Makes a socket of the machine's that is connecting one that is connecting in the network, to
  // the listener whose address it dialled. False for what is no such socket.
  bool TakeDialled(int fd);
  // The open socket behind a descriptor, or null.
  SimulatedSocket* Find(int fd);
  UniqueFd DescriptorFor(SimulatedSocket& socket);
  void Close(SimulatedSocket& socket, bool with_reset);
  bool descriptors_exhausted() const { return descriptors_exhausted_; }
  std::vector<int> TakeSignals() { return std::exchange(signals_, {}); }
  bool has_signals() const { return !signals_.empty(); }

 private:
  SimulatedSocket& NewSocket(size_t capacity);
  void Name(SimulatedSocket& socket, int fd);
  void CloseDropped(SimulatedSocket& socket);
  SimulatedSocket* FindListener(const SocketAddress& address);
  SimulatedPeer& CallOn(SimulatedSocket* listener, const SocketAddress& from, size_t capacity);

  Random random_;
  FaultRates rates_;
  const size_t capacity_;
  FaultCounts counts_;
  TimePoint now_{std::chrono::hours(1)};
  Duration peers_delay_{};
  std::vector<std::unique_ptr<SimulatedSocket>> sockets_;
  absl::flat_hash_map<ino_t, SimulatedSocket*> by_inode_;
  SimulatedSocket* listener_ = nullptr;
  std::vector<int> signals_;
  bool descriptors_exhausted_ = false;
};

}  // namespace parley

#endif  // TESTS_SIMULATED_SIMULATED_NETWORK_H_
