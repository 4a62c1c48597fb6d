#ifndef REACTOR_LOOP_REFUSALS_H_
#define REACTOR_LOOP_REFUSALS_H_

// Peers that were accepted but are not wanted: each is told why, and closed.
//
// A close with input that nobody has read, or that comes afterwards, resets the connection, and the
// reset may overtake the sentence (RFC 1122, 4.2.2.13). So a refused peer stays a connection of the
// reactor until it has ended its side, or for the time that any closing connection lingers. That
// costs a descriptor, which a server that is full may not have: of kMostAtOnce the next is sent the
// sentence, has its input read as far as it has come, and is closed at once.
//
// Thread: the reactor's.

#include <cstddef>

#include "reactor/base/bytes.h"
#include "reactor/base/unique_fd.h"
#include "reactor/loop/connection.h"

namespace parley {

class Reactor;

class Refusals final : private ConnectionHandler {
 public:
  // Descriptors that a reactor may need for them.
  static constexpr size_t kMostAtOnce = 64;

  explicit Refusals(Reactor& reactor) : reactor_(reactor) {}

  void Refuse(UniqueFd fd, ByteSpan text);

 private:
  void OnBytes(Handle, ByteSpan) override {}
  void OnClosed(Handle, CloseReason) override { --lingering_; }

  Reactor& reactor_;
  size_t lingering_ = 0;
};

}  // namespace parley

#endif  // REACTOR_LOOP_REFUSALS_H_
