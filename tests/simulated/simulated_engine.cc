#include "tests/simulated/simulated_engine.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "reactor/base/check.h"
#include "reactor/engine/socket_calls.h"

namespace parley {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Of what is owed, no more than the path has room for and a little is worth offering.
constexpr size_t kOfferedBeyondRoom = 1000;
constexpr auto kTurn = microseconds(1);

}  // namespace

SimulatedEngine::SimulatedEngine(SimulatedNetwork& network) : network_(network) {}

SimulatedEngine::~SimulatedEngine() {
  slots_.ForEach([](const Slot& slot) { return slot.socket != nullptr; },
                 [this](Handle, Slot& slot) {
                   network_.Close(*slot.socket, false);
                   UniqueFd(slot.fd).Reset();
                 });
}

// ---- what the reactor asks ----

absl::StatusOr<Handle> SimulatedEngine::Register(UniqueFd fd, bool is_listener, bool is_connecting,
                                                 bool read_enabled) {
  SimulatedSocket* socket = network_.Find(fd.get());
  if (socket == nullptr || socket->is_listener != is_listener) {
    return absl::InvalidArgumentError("not a descriptor of the simulated network");
  }
  const Handle handle = slots_.Allocate();
  Slot& slot = *slots_.Find(handle);
  slot.socket = socket;
  slot.fd = fd.Release();
  slot.is_connecting = slot.blocked = is_connecting;
  slot.read_enabled = read_enabled;
  socket->is_adopted = true;
  return handle;
}

absl::StatusOr<Handle> SimulatedEngine::Listen(UniqueFd fd) {
  if (network_.Find(fd.get()) == nullptr) network_.TakeListener(fd.get());
  return Register(std::move(fd), /*is_listener=*/true, false, false);
}

absl::StatusOr<Handle> SimulatedEngine::Adopt(UniqueFd fd, FdKind kind, bool read_enabled) {
  const bool is_connecting = kind == FdKind::kConnecting;
  if (is_connecting && network_.Find(fd.get()) == nullptr) network_.TakeDialled(fd.get());
  return Register(std::move(fd), /*is_listener=*/false, is_connecting, read_enabled);
}

int SimulatedEngine::DescriptorOf(Handle handle) {
  const Slot* slot = slots_.Find(handle);
  return slot == nullptr ? -1 : slot->fd;
}

void SimulatedEngine::Flush(std::span<const Handle> connections) {
  for (Handle handle : connections) {
    Slot* slot = slots_.Find(handle);
    if (slot == nullptr || slot->closing || slot->blocked) continue;
    if (slot->sending == nullptr) {
      FlushOne(handle, *slot);
    } else if (slot->sending->turn != turn_) {
      SetBlocked(handle, *slot, true);
    }
  }
}

size_t SimulatedEngine::InFlight(Handle connection) {
  const Slot* slot = slots_.Find(connection);
  return slot == nullptr || slot->sending == nullptr ? 0 : slot->sending->bytes.size();
}

void SimulatedEngine::ReadEnabled(Handle connection, bool enabled) {
  if (Slot* slot = slots_.Find(connection)) slot->read_enabled = enabled;
}

bool SimulatedEngine::HasUnread(Handle connection) {
  const Slot* slot = slots_.Find(connection);
  return slot != nullptr && !slot->closing && !slot->is_connecting && !slot->ended &&
         slot->socket->in.Arrived(network_.now()) > 0;
}

void SimulatedEngine::ShutdownWrite(Handle connection) {
  Slot* slot = slots_.Find(connection);
  if (slot == nullptr || slot->closing) return;
  slot->socket->out.End(network_.now() + network_.Latency(Fault::kDelay));
}

void SimulatedEngine::Close(Handle handle, CloseHow how, CloseReason reason) {
  Slot* slot = slots_.Find(handle);
  if (slot == nullptr || slot->closing) return;
  slot->how = how;
  Fail(handle, *slot, reason);
}

absl::Status SimulatedEngine::WatchSignals(std::span<const int> signal_numbers) {
  watched_.assign(signal_numbers.begin(), signal_numbers.end());
  return absl::OkStatus();
}

void SimulatedEngine::Fail(Handle handle, Slot& slot, CloseReason reason) {
  slot.closing = true;
  slot.reason = reason;
  slot.retry = network_.now();
  if (network_.Happens(Fault::kLateClose))
    slot.retry += microseconds(network_.random().Below(5000));
  if (slot.sending != nullptr) slot.retry = std::max(slot.retry, slot.sending->completes);
  closing_.push_back(handle);
}

// ---- one turn ----

bool SimulatedEngine::ResetArrived(const Slot& slot) const {
  return slot.socket->reset_arrives <= network_.now();
}

bool SimulatedEngine::CanRead(const Slot& slot) {
  const TimePoint now = network_.now();
  if (slot.ended) return ResetArrived(slot);
  return slot.read_enabled && (slot.socket->in.Arrived(now) > 0 ||
                               slot.socket->in.EndArrived(now) || ResetArrived(slot));
}

bool SimulatedEngine::HasEvent(const Slot& slot) {
  const TimePoint now = network_.now();
  if (slot.closing || slot.hidden_until > now) return false;
  if (slot.socket->is_listener) {
    return slot.retry <= now && !slot.socket->callers.empty() &&
           slot.socket->callers.front().arrives <= now;
  }
  if (slot.is_connecting) return slot.socket->connects <= now;
  if (slot.sending != nullptr && slot.sending->completes <= now) return true;
  if (slot.sending == nullptr && slot.blocked && slot.retry <= now &&
      (slot.socket->out.Room() > 0 || ResetArrived(slot))) {
    return true;
  }
  return CanRead(slot);
}

// The connections and listeners with something to tell, in the order in which it will be told.
std::vector<Handle> SimulatedEngine::HarvestEvents() {
  std::vector<Handle> events;
  slots_.ForEach([](const Slot& slot) { return slot.socket != nullptr; },
                 [&](Handle handle, Slot& slot) {
                   if (!HasEvent(slot)) return;
                   if (network_.Happens(Fault::kLostWake)) {
                     slot.hidden_until = WhenFound();
                     return;
                   }
                   events.push_back(handle);
                 });
  if (events.size() > 1 && network_.Happens(Fault::kReorder)) {
    for (size_t i = events.size() - 1; i > 0; --i) {
      std::swap(events[i], events[network_.random().Index(i + 1)]);
    }
  }
  return events;
}

// When what nobody was woken for is found after all.
TimePoint SimulatedEngine::WhenFound() {
  return network_.now() + microseconds(network_.random().Between(1, 10000));
}

bool SimulatedEngine::HearsWake() {
  if (!woken_.load(std::memory_order_acquire) || wake_hidden_until_ > network_.now()) return false;
  // A wake-up that was lost once is not lost again.
  if (wake_hidden_until_ == TimePoint() && network_.Happens(Fault::kLostWake)) {
    wake_hidden_until_ = WhenFound();
    return false;
  }
  return true;
}

TimePoint SimulatedEngine::NextOwnEvent(TimePoint deadline) {
  TimePoint next = deadline;
  const auto at = [&](TimePoint time) {
    if (time > network_.now()) next = std::min(next, time);
  };
  at(wake_hidden_until_);
  slots_.ForEach([](const Slot& slot) { return slot.socket != nullptr; },
                 [&](Handle, Slot& slot) {
                   at(slot.hidden_until);
                   at(slot.retry);
                   if (slot.sending != nullptr) at(slot.sending->completes);
                 });
  return next;
}

void SimulatedEngine::Wait(TimePoint deadline) {
  ++turn_;
  // A turn takes time, so that who always has something to do cannot stop the clock for the others.
  network_.AdvanceTo(network_.now() + kTurn);
  network_.Work();
  std::vector<Handle> events = HarvestEvents();
  const bool can_close = std::any_of(closing_.begin(), closing_.end(), [&](Handle handle) {
    return slots_.Find(handle)->retry <= network_.now();
  });
  bool woken = HearsWake();
  if (events.empty() && !can_close && !network_.has_signals() && !woken) {
    const TimePoint next = std::min(network_.NextEvent(), NextOwnEvent(deadline));
    PARLEY_CHECK(next != kNever, "nothing will ever happen");
    network_.AdvanceTo(next);
    network_.Work();
    events = HarvestEvents();
    woken = HearsWake();
  }
  sink_->WaitEnded(Now());
  if (woken) {
    woken_.store(false, std::memory_order_release);
    wake_hidden_until_ = TimePoint();
    sink_->Woken();
  }
  if (network_.Happens(Fault::kSpuriousWake)) WakeForNothing();
  for (int number : network_.TakeSignals()) {
    if (std::find(watched_.begin(), watched_.end(), number) != watched_.end()) {
      sink_->Signalled(number);
    }
  }
  for (Handle handle : events) Deliver(handle);
  DeliverClosed();
}

// A wake-up nobody asked for, and a writable event for some connection.
void SimulatedEngine::WakeForNothing() {
  sink_->Woken();
  std::vector<Handle> open;
  slots_.ForEach(
      [](const Slot& slot) {
        return slot.socket != nullptr && !slot.closing && !slot.is_connecting &&
               !slot.socket->is_listener && slot.sending == nullptr;
      },
      [&](Handle handle, Slot&) { open.push_back(handle); });
  if (open.empty()) return;
  const Handle handle = open[network_.random().Index(open.size())];
  Slot& slot = *slots_.Find(handle);
  if (slot.blocked) SetBlocked(handle, slot, false);
  FlushOne(handle, slot);
}

void SimulatedEngine::Deliver(Handle handle) {
  Slot* slot = slots_.Find(handle);
  if (slot == nullptr || slot->closing) return;
  if (slot->socket->is_listener) return AcceptSome(handle, *slot);
  if (slot->is_connecting) return FinishConnect(handle, *slot);
  const bool reads_first = network_.random().Percent(50);
  if (reads_first) ReadSome(handle, *slot);
  if (!slot->closing && slot->sending != nullptr && slot->sending->completes <= network_.now()) {
    CompleteSend(handle, *slot);
  }
  if (!slot->closing && slot->sending == nullptr && slot->blocked &&
      slot->retry <= network_.now()) {
    SetBlocked(handle, *slot, false);
    FlushOne(handle, *slot);
  }
  if (!reads_first && !slot->closing) ReadSome(handle, *slot);
}

// Some kernels give out a connection that was reset before it is accepted, and some do not.
bool SimulatedEngine::IsAborted(SimulatedSocket& caller) {
  if (network_.Happens(Fault::kPeerAborted)) {
    caller.peer.Reset();
    return true;
  }
  if (caller.reset_arrives > network_.now() || network_.random().Percent(50)) return false;
  network_.Note(Fault::kPeerAborted);
  return true;
}

void SimulatedEngine::AcceptSome(Handle handle, Slot& slot) {
  SimulatedSocket& listener = *slot.socket;
  const TimePoint now = network_.now();
  const auto waits = [&] {
    return !listener.callers.empty() && listener.callers.front().arrives <= now;
  };
  for (size_t accepted = 0; accepted < kAcceptBatch && !slot.closing && waits(); ++accepted) {
    if (network_.descriptors_exhausted()) network_.Note(Fault::kNoDescriptor);
    if (network_.descriptors_exhausted() || network_.Happens(Fault::kNoDescriptor)) {
      int shed = 0;
      for (; waits() && shed < static_cast<int>(kAcceptBatch); ++shed) {
        network_.Close(*listener.callers.front().socket, true);
        listener.callers.pop_front();
      }
      slot.retry = now + kStarvedRetry;
      return sink_->AcceptStarved(handle, EMFILE, shed);
    }
    SimulatedSocket& caller = *listener.callers.front().socket;
    const SocketAddress peer = listener.callers.front().from;
    listener.callers.pop_front();
    if (IsAborted(caller)) {
      network_.Close(caller, true);
      continue;
    }
    UniqueFd fd = network_.DescriptorFor(caller);
    caller.is_adopted = false;
    sink_->Accepted(handle, std::move(fd), peer);
  }
}

void SimulatedEngine::FinishConnect(Handle handle, Slot& slot) {
  if (slot.socket->dial == SimulatedDial::kRefused) {
    return Fail(handle, slot, {CloseCause::kConnectFailed, ECONNREFUSED});
  }
  slot.is_connecting = false;
  SetBlocked(handle, slot, false);
  sink_->Connected(handle);
  if (!slot.closing) FlushOne(handle, slot);
}

void SimulatedEngine::ReadSome(Handle handle, Slot& slot) {
  size_t budget = kReadBudgetBytes;
  while (!slot.closing && CanRead(slot) && budget > 0) {
    SimulatedPipe& in = slot.socket->in;
    const absl::string_view arrived = in.Front(network_.now()).substr(0, budget);
    if (!arrived.empty() && !slot.ended) {
      size_t size = arrived.size();
      if (network_.Happens(Fault::kShortRead)) size = network_.random().Between(1, size);
      scratch_.assign(arrived.data(), size);
      in.Consume(size);
      budget -= size;
      sink_->Bytes(handle, AsBytes(scratch_));
      if (network_.random().Percent(10)) return;  // the rest in a later turn
    } else if (ResetArrived(slot)) {
      return Fail(handle, slot, ReasonOf(ECONNRESET));
    } else {
      slot.ended = true;
      sink_->EndOfInput(handle);
    }
  }
}

void SimulatedEngine::SetBlocked(Handle handle, Slot& slot, bool blocked) {
  slot.blocked = blocked;
  sink_->Blocked(handle, blocked);
}

void SimulatedEngine::FlushOne(Handle handle, Slot& slot) {
  while (!slot.closing && slot.sending == nullptr) {
    std::array<iovec, kSendVectors> vectors;
    const size_t count = sink_->Gather(handle, vectors);
    if (count == 0) return;
    if (ResetArrived(slot)) return Fail(handle, slot, ReasonOf(EPIPE));
    SimulatedPipe& out = slot.socket->out;
    PARLEY_CHECK(!out.ended(), "sent after ShutdownWrite");
    const bool refused =
        network_.Happens(Fault::kNoSendMemory) || network_.Happens(Fault::kSendWouldBlock);
    if (refused || out.Room() == 0) {
      slot.retry = network_.now() + (refused ? network_.Latency(Fault::kDelay) : Duration::zero());
      return SetBlocked(handle, slot, true);
    }
    auto sending = std::make_unique<Sending>();
    for (size_t i = 0; i < count && sending->bytes.size() < out.Room() + kOfferedBeyondRoom; ++i) {
      iovec vector = vectors[i];
      vector.iov_len = std::min(vector.iov_len, out.Room() + kOfferedBeyondRoom);
      sending->bytes.append(static_cast<const char*>(vector.iov_base), vector.iov_len);
      sending->vectors.push_back(vector);
      if (vector.iov_len < vectors[i].iov_len) break;
    }
    sending->turn = turn_;
    sending->completes = network_.now();
    slot.sending = std::move(sending);
    if (network_.Happens(Fault::kSendInFlight)) {
      slot.sending->completes += microseconds(network_.random().Between(1, 5000));
      return;
    }
    CompleteSend(handle, slot);
    if (slot.blocked) return;
  }
}

// The kernel takes what it takes of a send that was offered before.
void SimulatedEngine::CompleteSend(Handle handle, Slot& slot) {
  const std::unique_ptr<Sending> sending = std::move(slot.sending);
  std::string now_there;
  for (const iovec& each : sending->vectors) {
    now_there.append(static_cast<const char*>(each.iov_base), each.iov_len);
  }
  PARLEY_CHECK(now_there == sending->bytes, "memory of a send in flight has changed");
  if (ResetArrived(slot)) return Fail(handle, slot, ReasonOf(EPIPE));
  SimulatedPipe& out = slot.socket->out;
  size_t taken = std::min(out.Room(), sending->bytes.size());
  if (taken > 1 && network_.Happens(Fault::kShortWrite))
    taken = network_.random().Between(1, taken);
  if (taken > 0) {
    out.Write(absl::string_view(sending->bytes).substr(0, taken),
              network_.now() + network_.Latency(Fault::kDelay));
    sink_->Sent(handle, taken);
  }
  const bool was_late = sending->turn != turn_;
  if (taken < sending->bytes.size() && out.Room() == 0) {
    if (!slot.blocked) SetBlocked(handle, slot, true);
  } else if (was_late) {
    if (slot.blocked) SetBlocked(handle, slot, false);
    FlushOne(handle, slot);
  }
}

void SimulatedEngine::DeliverClosed() {
  std::vector<Handle> closing;
  closing.swap(closing_);
  for (Handle handle : closing) {
    Slot* slot = slots_.Find(handle);
    if (slot->retry > network_.now()) {
      closing_.push_back(handle);
      continue;
    }
    slot->sending.reset();
    sink_->Closed(handle, slot->reason);
    network_.Close(*slot->socket, slot->how == CloseHow::kReset);
    UniqueFd(slot->fd).Reset();
    slots_.Free(handle);
  }
}

}  // namespace parley
