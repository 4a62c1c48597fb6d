#ifndef TESTS_CHAT_CLIENT_END_H_
#define TESTS_CHAT_CLIENT_END_H_

// A client's end of a connection: over the loopback of the machine, or over a simulated network.
// Nothing here blocks. Destroying it closes the connection, as close(2) does.

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "reactor/base/socket_address.h"
#include "tests/simulated/simulated_network.h"

namespace parley::chat {

class ClientEnd {
 public:
  virtual ~ClientEnd() = default;
  // Sends what the connection takes now and returns how much; a broken connection takes everything.
  virtual size_t Send(absl::string_view bytes) = 0;
  // Appends what has arrived. Returns false when nothing more can come.
  virtual bool Receive(std::string& text) = 0;
  virtual void EndOutput() = 0;
  // From now on closing breaks the connection instead of ending it.
  virtual void WillReset() = 0;
};

// Connects to `server` from the address `from`. `receive_buffer_bytes`: of a reader who is to be
// slow; 0 leaves the kernel's.
std::unique_ptr<ClientEnd> ConnectOverLoopback(const SocketAddress& server,
                                               const SocketAddress& from, int receive_buffer_bytes);

// The same end of a simulated connection. The network outlives it.
std::unique_ptr<ClientEnd> EndOf(SimulatedPeer& peer);

}  // namespace parley::chat

#endif  // TESTS_CHAT_CLIENT_END_H_
