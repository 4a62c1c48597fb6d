#ifndef TESTS_REACTOR_FAR_END_H_
#define TESTS_REACTOR_FAR_END_H_

// The test's end of a stream whose other end is a channel's: a socket of the machine, or an end in
// the simulated network. Nothing here blocks. Destroying it closes the stream, as close(2) does.

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "reactor/base/unique_fd.h"
#include "tests/simulated/simulated_network.h"

namespace parley {

class FarEnd {
 public:
  virtual ~FarEnd() = default;
  // Sends what the stream takes now and returns how much.
  virtual size_t Send(absl::string_view bytes) = 0;
  // Appends what has arrived. Returns whether the stream goes on: false once its end was read. One
  // that is broken has no end.
  virtual bool Receive(std::string& text) = 0;
  virtual void EndOutput() = 0;
  // From now on closing breaks the stream instead of ending it. Unix sockets cannot.
  virtual void WillReset() = 0;
};

// The socket must not block.
std::unique_ptr<FarEnd> FarEndOf(UniqueFd socket);

// The network outlives the end.
std::unique_ptr<FarEnd> FarEndOf(SimulatedPeer& peer);

}  // namespace parley

#endif  // TESTS_REACTOR_FAR_END_H_
