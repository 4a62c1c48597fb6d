// Reactor: peers that take too little of what they are owed, and what becomes of them.

#include <string>

#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"
#include "reactor/engine/socket_calls.h"
#include "reactor/loop/reactor.h"

namespace parley {

void Reactor::CutOff(const Connection& connection, CloseCause cause, absl::string_view why) {
  if (connection.state == ConnectionState::kClosed) return;
  const TimePoint now = engine_->Now();
  if (!logs_cut_offs_) {
    // OnClosed says why.
  } else if (now - cut_off_logged_ >= kCutOffLogEvery) {
    cut_off_logged_ = now;
    const SocketAddress peer = PeerOf(connection.self);
    std::string others;
    if (cut_off_unlogged_ > 0) {
      others = absl::StrCat(" (and ", cut_off_unlogged_, " others since the last such line)");
    }
    cut_off_unlogged_ = 0;
    Log(Severity::kWarning,
        absl::StrCat("closing ", peer.size() == 0 ? "a peer" : peer.ToString(), ": ", why, others));
  } else {
    ++cut_off_unlogged_;
  }
  Close(connection.self, {cause, 0}, CloseHow::kReset);
}

void Reactor::CutOffIfOverLimit(Connection& connection) {
  const uint64_t lag = connection.lag_bytes();
  const uint64_t own = connection.private_bytes();
  if (connection.max_lag_bytes != 0 && lag > connection.max_lag_bytes) {
    CutOff(connection, CloseCause::kLag,
           absl::StrCat("it is ", lag, " bytes behind its broadcast, more than the ",
                        connection.max_lag_bytes, " of max_lag_bytes"));
  } else if (connection.max_private_bytes != 0 && own > connection.max_private_bytes) {
    LimitHeldBack(connection.self, own);
  }
}

void Reactor::LimitHeldBack(Handle handle, uint64_t bytes) {
  const Connection* connection = FindSendable(handle);
  if (connection == nullptr || connection->max_private_bytes == 0) return;
  if (bytes <= connection->max_private_bytes) return;
  CutOff(*connection, CloseCause::kLag,
         absl::StrCat(bytes, " bytes wait for it, more than the ", connection->max_private_bytes,
                      " of max_private_bytes"));
}

void Reactor::AwaitDrain(Connection& connection) {
  connection.took_some = false;
  connection.drain_held = UnacknowledgedBytes(engine_->DescriptorOf(connection.self));
  deadlines_.Set(connection.self.slot,
                 Later(engine_->Now(), std::chrono::milliseconds(connection.drain_ms)));
}

// A slow reader empties the kernel's share for a long time before the kernel takes more.
bool Reactor::HasDrainedSome(const Connection& connection) {
  return connection.took_some ||
         UnacknowledgedBytes(engine_->DescriptorOf(connection.self)) < connection.drain_held;
}

void Reactor::SetStallTime(Duration longest) {
  stalls_.SetStallTime(longest, engine_->Now());
  ForEachConnection([this, longest](Handle handle) {
    Connection& connection = *Find(handle);
    if (longest <= Duration::zero()) connection.watched = false;
    if (connection.blocked()) Watch(connection);
  });
}

void Reactor::Watch(Connection& connection) {
  const bool is_endless = stalls_.stall_time() == Duration::zero() || connection.is_file;
  if (connection.watched || is_endless || !MaySend(connection)) return;
  connection.watched = true;
  connection.took_some = false;
  stalls_.Add(connection.self, engine_->Now());
}

void Reactor::LookForStalled() {
  if (stalls_.Next() > turn_began_) return;
  using Finding = StallWatch::Finding;
  const auto look = [this](Handle handle, int& held) {
    Connection* connection = Find(handle);
    if (connection == nullptr) return Finding::kNothingOwed;
    if (connection->state == ConnectionState::kConnecting) return Finding::kTookSome;
    if (connection->empty() || !MaySend(*connection)) {
      connection->watched = false;
      return Finding::kNothingOwed;
    }
    // As in HasDrainedSome.
    const int before = held;
    held = UnacknowledgedBytes(engine_->DescriptorOf(handle));
    const bool took_some = connection->took_some || held < before;
    connection->took_some = false;
    return took_some ? Finding::kTookSome : Finding::kTookNothing;
  };
  for (Handle handle : stalls_.Look(turn_began_, look)) {
    Connection& connection = *Find(handle);
    connection.watched = false;
    CutOff(connection, CloseCause::kStalled,
           absl::StrCat("it has taken nothing for ",
                        std::chrono::duration<double>(stalls_.stall_time()).count(), " s of the ",
                        connection.pending_bytes(), " bytes that it is owed"));
  }
}

}  // namespace parley
