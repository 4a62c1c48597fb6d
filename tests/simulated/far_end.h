#ifndef TESTS_SIMULATED_FAR_END_H_
#define TESTS_SIMULATED_FAR_END_H_

// The test's end of a stream whose other end is under test: a socket of the machine, or an end in a
// simulated network. Nothing here blocks. Destroying it closes the stream, as close(2) does.
//
//   std::unique_ptr<FarEnd> client = FarEndOf(std::move(socket));
//   client->Send("hello\r\n");
//   ... turn the reactor ...
//   std::string heard;
//   if (client->Receive(heard) == StreamState::kEnded) ...

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "reactor/base/unique_fd.h"
#include "tests/simulated/simulated_network.h"

namespace parley {

// What is known of a stream's input once everything that has arrived was read.
enum class StreamState {
  kOpen,    // more may come
  kEnded,   // its end was read
  kBroken,  // nothing more comes, and there was no end
};

class FarEnd {
 public:
  virtual ~FarEnd() = default;
  // Sends what the stream takes now and returns how much, 0 when it is full; nullopt where it will
  // never take any more.
  virtual std::optional<size_t> Send(absl::string_view bytes) = 0;
  // Appends what has arrived.
  virtual StreamState Receive(std::string& text) = 0;
  virtual void EndOutput() = 0;
  // From now on closing breaks the stream instead of ending it. Unix sockets cannot.
  virtual void WillReset() = 0;
};

// The socket must not block.
std::unique_ptr<FarEnd> FarEndOf(UniqueFd socket);

// The network outlives the end.
std::unique_ptr<FarEnd> FarEndOf(SimulatedPeer& peer);

// Makes a socket that is not yet connected one of a slow reader: what it holds unread is about this
// many bytes (SO_RCVBUF of socket(7)), and then the other end has to wait. 0 leaves the kernel's.
void SetReceiveBuffer(int fd, int bytes);

}  // namespace parley

#endif  // TESTS_SIMULATED_FAR_END_H_
