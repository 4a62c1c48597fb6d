#include "reactor/loop/refusals.h"

#include <utility>

#include "reactor/engine/socket_calls.h"
#include "reactor/loop/reactor.h"

namespace parley {
namespace {

void CloseAtOnce(const UniqueFd& fd, ByteSpan text) {
  const iovec vector{const_cast<std::byte*>(text.data()), text.size()};
  // Best effort: whether or not the peer hears why, it is closed.
  Send(fd.get(), true, {&vector, 1});
  EndWithoutReset(fd.get());
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
