#include "tests/simulated/simulated_network.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "reactor/base/check.h"

namespace parley {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// On a loopback the answer to a connect is there at once.
constexpr int kMachineAnswersMilliseconds = 1000;

// 0 for what is no open descriptor.
ino_t InodeOf(int fd) {
  struct stat file {};
  return ::fstat(fd, &file) == 0 ? file.st_ino : 0;
}

}  // namespace

// ---- peers ----

void SimulatedPeer::Say(absl::string_view text) {
  if (!left_) unsaid_.append(text.data(), text.size());
}

std::optional<size_t> SimulatedPeer::Offer(absl::string_view text) {
  if (left_ || socket_.in.ended()) return std::nullopt;
  if (!unsaid_.empty()) return 0;
  const absl::string_view taken = text.substr(0, socket_.in.Room());
  Say(taken);
  SayMore();
  return taken.size();
}

void SimulatedPeer::Reset() {
  if (left_) return;
  network_.Note(Fault::kReset);
  BreakOff();
}

void SimulatedPeer::EndOutput() {
  if (left_) return;
  network_.Note(Fault::kHalfClose);
  ends_ = true;
}

void SimulatedPeer::BreakOff() {
  left_ = true;
  unsaid_.clear();
  socket_.out.Drop();
  // What was on its way may be lost with the connection, or be read first.
  if (network_.random().Percent(50)) socket_.in.Drop();
  socket_.reset_arrives = network_.PeersArrival();
}

void SimulatedPeer::Leave() {
  if (left_) return;
  if (socket_.out.Arrived(network_.now()) > 0) return Reset();
  left_ = true;
  unsaid_.clear();
  socket_.in.End(network_.PeersArrival());
}

bool SimulatedPeer::is_connected() const {
  return !left_ && !heard_end_ && !heard_reset_ && !socket_.in.ended() && socket_.is_open;
}

void SimulatedPeer::Work() {
  if (left_) {
    // Nobody is there any more: what arrives is answered with a reset.
    if (socket_.reset_arrives == kNever && socket_.out.Arrived(network_.now()) > 0) {
      socket_.out.Drop();
      socket_.reset_arrives = network_.PeersArrival();
    }
    return;
  }
  if (socket_.peer_reset_arrives <= network_.now()) {
    heard_reset_ = true;
    left_ = true;
    return;
  }
  SayMore();
  if (reading_) HearMore();
}

// What the other's near end is to hear. Nothing is read that it has no room for.
void SimulatedPeer::PassOn() {
  if (joined_ == nullptr) return;
  if (left_) return joined_->Reset();
  joined_->Say(std::exchange(heard_, {}));
  if (heard_end_ && !std::exchange(passed_end_, true)) joined_->EndOutput();
  if (!joined_->left_) joined_->SayMore();
  reading_ = joined_->unsaid_.empty();
}

void SimulatedPeer::SayMore() {
  size_t said = 0;
  while (said < unsaid_.size() && socket_.in.Room() > 0) {
    size_t piece = std::min(unsaid_.size() - said, socket_.in.Room());
    if (network_.Happens(Fault::kSplit))
      piece = network_.random().Between(1, std::min<size_t>(piece, 100));
    socket_.in.Write(absl::string_view(unsaid_).substr(said, piece), network_.PeersArrival());
    said += piece;
  }
  unsaid_.erase(0, said);
  if (ends_ && unsaid_.empty()) {
    ends_ = false;
    socket_.in.End(network_.PeersArrival());
  }
}

void SimulatedPeer::HearMore() {
  const TimePoint now = network_.now();
  const absl::string_view text = socket_.out.Front(now);
  heard_.append(text.data(), text.size());
  socket_.out.Consume(text.size());
  if (socket_.out.EndArrived(now)) heard_end_ = true;
}

// ---- the network ----

SimulatedNetwork::SimulatedNetwork(uint64_t seed, const FaultRates& rates, size_t capacity)
    : random_(seed), rates_(rates), capacity_(capacity) {}

SimulatedSocket& SimulatedNetwork::NewSocket(size_t capacity) {
  sockets_.push_back(std::make_unique<SimulatedSocket>(*this, capacity));
  return *sockets_.back();
}

void SimulatedNetwork::Name(SimulatedSocket& socket, int fd) {
  socket.fd = fd;
  socket.inode = InodeOf(fd);
  by_inode_[socket.inode] = &socket;
}

UniqueFd SimulatedNetwork::DescriptorFor(SimulatedSocket& socket) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  PARLEY_CHECK(fd.get() >= 0, errno);
  Name(socket, fd.get());
  return fd;
}

std::pair<UniqueFd, SimulatedPeer*> SimulatedNetwork::MakePair() {
  SimulatedSocket& socket = NewSocket(capacity_);
  return {DescriptorFor(socket), &socket.peer};
}

std::pair<UniqueFd, SimulatedPeer*> SimulatedNetwork::MakeDialled(SimulatedDial outcome) {
  SimulatedSocket& socket = NewSocket(capacity_);
  socket.dial = outcome;
  if (outcome != SimulatedDial::kSilent) socket.connects = now_ + Latency(Fault::kDelay);
  return {DescriptorFor(socket), &socket.peer};
}

UniqueFd SimulatedNetwork::MakeListener() {
  listener_ = &NewSocket(capacity_);
  listener_->is_listener = true;
  return DescriptorFor(*listener_);
}

bool SimulatedNetwork::TakeListener(int fd) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) {
    return false;
  }
  listener_ = &NewSocket(capacity_);
  listener_->is_listener = true;
  Name(*listener_, fd);
  return true;
}

SimulatedSocket* SimulatedNetwork::FindListener(const SocketAddress& address) {
  for (const auto& socket : sockets_) {
    if (!socket->is_listener || !socket->is_open) continue;
    if (SocketAddress::OfSocket(socket->fd).ToString() == address.ToString()) return socket.get();
  }
  return nullptr;
}

bool SimulatedNetwork::TakeDialled(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return false;
  // The machine's answer tells whether anybody listens there.
  pollfd answer{fd, POLLOUT, 0};
  ::poll(&answer, 1, kMachineAnswersMilliseconds);
  SimulatedSocket* listener = FindListener(SocketAddress::OfPeer(fd));
  SimulatedSocket& socket = NewSocket(capacity_);
  Name(socket, fd);
  socket.dial = listener == nullptr ? SimulatedDial::kRefused : SimulatedDial::kAnswered;
  socket.connects = now_ + Latency(Fault::kDelay);
  if (listener == nullptr) return true;
  SimulatedSocket& caller = NewSocket(capacity_);
  caller.is_adopted = true;  // the listener's, until it is accepted
  socket.peer.joined_ = &caller.peer;
  caller.peer.joined_ = &socket.peer;
  listener->callers.push_back({&caller, SocketAddress::OfSocket(fd), socket.connects});
  return true;
}

SimulatedPeer& SimulatedNetwork::Call() {
  static const SocketAddress somewhere = *SocketAddress::Parse("127.0.0.1:9");
  return Call(somewhere, capacity_);
}

SimulatedPeer& SimulatedNetwork::Call(const SocketAddress& from, size_t capacity) {
  return CallOn(listener_, from, capacity);
}

SimulatedPeer& SimulatedNetwork::CallAt(const SocketAddress& listener, const SocketAddress& from,
                                        size_t capacity) {
  return CallOn(FindListener(listener), from, capacity);
}

SimulatedPeer& SimulatedNetwork::CallOn(SimulatedSocket* listener, const SocketAddress& from,
                                        size_t capacity) {
  SimulatedSocket& socket = NewSocket(capacity);
  socket.is_adopted = true;  // the listener's, until it is accepted
  if (listener == nullptr || !listener->is_open) {
    socket.peer_reset_arrives = now_;
  } else {
    listener->callers.push_back({&socket, from, now_ + Latency(Fault::kDelay)});
  }
  return socket.peer;
}

bool SimulatedNetwork::Happens(Fault fault) {
  const uint8_t percent = rates_.of(fault);
  if (percent == 0 || !random_.Percent(percent)) return false;
  counts_.Add(fault);
  return true;
}

Duration SimulatedNetwork::Latency(Fault fault) {
  return Happens(fault) ? microseconds(random_.Below(20000)) : microseconds(random_.Below(50));
}

SimulatedSocket* SimulatedNetwork::Find(int fd) {
  const auto found = by_inode_.find(InodeOf(fd));
  return found == by_inode_.end() || !found->second->is_open ? nullptr : found->second;
}

void SimulatedNetwork::Close(SimulatedSocket& socket, bool with_reset) {
  if (!socket.is_open) return;
  socket.is_open = false;
  by_inode_.erase(socket.inode);
  for (const SimulatedSocket::Caller& caller : socket.callers) Close(*caller.socket, true);
  socket.callers.clear();
  // As TCP has it: closing with something unread, or with no time to linger, is a reset.
  if (with_reset || socket.in.size() > 0) {
    socket.out.Drop();
    socket.peer_reset_arrives = now_ + Latency(Fault::kDelay);
  } else {
    socket.out.End(now_ + Latency(Fault::kDelay));
  }
}

void SimulatedNetwork::CloseDropped(SimulatedSocket& socket) {
  if (!socket.is_open || socket.is_adopted) return;
  if (InodeOf(socket.fd) != socket.inode) Close(socket, false);
}

void SimulatedNetwork::Work() {
  for (const auto& each : sockets_) {
    SimulatedSocket& socket = *each;
    if (socket.is_listener) continue;
    CloseDropped(socket);
    if (socket.is_open && socket.is_adopted && socket.reset_arrives == kNever) {
      if (!socket.peer.left_ && Happens(Fault::kReset)) socket.peer.BreakOff();
      if (!socket.in.ended() && Happens(Fault::kHalfClose)) socket.peer.ends_ = true;
    }
    socket.peer.Work();
    socket.peer.PassOn();
    // What is said to a closed socket is answered with a reset.
    if (!socket.is_open && socket.peer_reset_arrives == kNever && socket.in.Arrived(now_) > 0) {
      socket.in.Drop();
      socket.out.Drop();
      socket.peer_reset_arrives = now_ + Latency(Fault::kDelay);
    }
  }
}

TimePoint SimulatedNetwork::NextEvent() const {
  TimePoint next = kNever;
  const auto at = [&](TimePoint time) {
    if (time > now_) next = std::min(next, time);
  };
  for (const auto& socket : sockets_) {
    at(socket->in.NextArrival(now_));
    at(socket->out.NextArrival(now_));
    at(socket->reset_arrives);
    at(socket->peer_reset_arrives);
    at(socket->connects);
    for (const SimulatedSocket::Caller& caller : socket->callers) at(caller.arrives);
  }
  return next;
}

void SimulatedNetwork::AdvanceTo(TimePoint time) { now_ = std::max(now_, time); }

}  // namespace parley
