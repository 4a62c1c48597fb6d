#ifndef REACTOR_ENGINE_CLOSE_REASON_H_
#define REACTOR_ENGINE_CLOSE_REASON_H_

// Why a connection is over. Every connection ends with exactly one reason: the first that was given.

#include <cstdint>
#include <string>

namespace parley {

enum class CloseCause : uint8_t {
  kNone,            // not closed
  kAsked,           // this side closed it
  kPeerClosed,      // the peer ended its side, and everything owed was sent
  kReset,           // the peer reset it, or the path broke (ECONNRESET, EPIPE, ETIMEDOUT ...)
  kConnectFailed,   // an outgoing connection was refused or unreachable
  kConnectTimeout,  // an outgoing connection took longer than its deadline
  kDrainTimeout,    // the peer did not take what was owed, or did not close, in time
  kLag,             // the peer fell further behind than its limit
  kUnreadNotice,    // the peer did not read in time how many messages were skipped for it
  kStalled,         // the peer took nothing of what it was owed for longer than its time
  kDeadline,        // a deadline set on the connection passed
  kShutdown,        // the reactor is being destroyed
  kError,           // the kernel refused something else; see `error`
};

struct CloseReason {
  CloseCause cause = CloseCause::kNone;
  int error = 0;  // an errno value, or 0

  // "reset by peer (Connection reset by peer)", for logs.
  std::string ToString() const;
};

const char* CloseCauseName(CloseCause cause);

}  // namespace parley

#endif  // REACTOR_ENGINE_CLOSE_REASON_H_
