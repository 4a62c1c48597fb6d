#include "reactor/loop/refusals.h"

#include <sys/socket.h>

#include <array>
#include <utility>

#include "reactor/engine/socket_calls.h"
#include "reactor/loop/reactor.h"

namespace parley {
namespace {

// What a peer may have sent before it was accepted, and is read so that closing does not reset.
constexpr size_t kMostReadAway = size_t{64} * 1024;

void CloseAtOnce(const UniqueFd& fd, ByteSpan text) {
  const iovec vector{const_cast<std::byte*>(text.data()), text.size()};
  // Best effort: whether or not the peer hears why, it is closed.
  Send(fd.get(), true, {&vector, 1});
  ::shutdown(fd.get(), SHUT_WR);
  std::array<std::byte, 4096> unwanted;
  for (size_t read = 0; read < kMostReadAway;) {
    const Transfer got = Receive(fd.get(), true, unwanted);
    if (got.bytes <= 0) return;
    read += static_cast<size_t>(got.bytes);
  }
}

}  // namespace

void Refusals::Refuse(UniqueFd fd, ByteSpan text) {
  if (lingering_ >= kMostAtOnce) return CloseAtOnce(fd, text);
  absl::StatusOr<Handle> peer = reactor_.Adopt(std::move(fd), this);
  if (!peer.ok()) return;  // the reactor ends, or the kernel has no room: it is closed
  ++lingering_;
  reactor_.Send(*peer, text);
  reactor_.CloseWhenDone(*peer);
}

}  // namespace parley
