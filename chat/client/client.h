#ifndef CHAT_CLIENT_CLIENT_H_
#define CHAT_CLIENT_CLIENT_H_

// A chat client for a terminal or a script: lines from standard input go to the server, what the
// server says goes to standard output. When the input ends, this side of the connection is ended
// and what the server still has to say is printed.
//
// Thread: Run uses the calling thread for the network and one more to read standard input, because
// a terminal, a pipe and a file block in different ways.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "reactor/base/socket_address.h"
#include "reactor/loop/reactor.h"

namespace parley::chat {

class Client final : private ConnectionHandler {
 public:
  static absl::StatusOr<std::unique_ptr<Client>> Make();

  // Talks to the server until one side ends. `first_line` is sent first, unless it is empty.
  // Returns the process's exit code: 0, or 1 when the server could not be reached, the connection
  // broke, or what the server said could not be written.
  int Run(const SocketAddress& server, const std::string& first_line);

 private:
  explicit Client(std::unique_ptr<Reactor> reactor) : reactor_(std::move(reactor)) {}

  void OnConnected(Handle connection) override;
  void OnBytes(Handle connection, ByteSpan bytes) override;
  void OnClosed(Handle connection, CloseReason reason) override;
  void ReadInput();

  std::unique_ptr<Reactor> reactor_;
  Handle connection_;
  CloseReason reason_;
  int output_error_ = 0;  // an errno: standard output could not be written
};

}  // namespace parley::chat

#endif  // CHAT_CLIENT_CLIENT_H_
