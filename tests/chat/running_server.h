#ifndef TESTS_CHAT_RUNNING_SERVER_H_
#define TESTS_CHAT_RUNNING_SERVER_H_

// The whole server as parleyd runs it, on threads of its own, and people with sockets that wait:
// for tests in which the server must go on whatever the test's threads do.
//
//   RunningServer server(kind, limits,
//   "friendly+skip@127.0.0.1:0,friendly+disconnect@127.0.0.1:0"); Terminal ann(server.address(1));
//   ann.Say("login ann");
//   ann.Line();
//
// Thread: any may ask the server; a Terminal belongs to one.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "chat/delivery/chat_server.h"
#include "chat/transport/admission.h"
#include "chat/transport/gateway.h"
#include "chat/transport/limits.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"
#include "reactor/loop/reactor.h"
#include "tests/chat/chat_world.h"
#include "tests/chat/server_kind.h"
#include "tests/simulated/engine_under_test.h"

namespace parley::chat {

class RunningServer final : private Gateway::Events {
 public:
  // `listen` as --listen takes it.
  RunningServer(const ServerKind& kind, const Limits& limits, absl::string_view listen);
  ~RunningServer();

  // Of the listener at this place in `listen`, from 0.
  const SocketAddress& address(size_t listener) const { return addresses_[listener]; }
  size_t sessions();
  // Why those who are gone were disconnected, in order.
  std::vector<std::string> reasons();

 private:
  void OnNews(const News& news) override;

  const Limits limits_;
  EngineUnderTest engine_;
  std::unique_ptr<Reactor> reactor_;
  Admission admission_;
  std::unique_ptr<Gateway> gateway_;
  ChatServer server_;
  std::vector<SocketAddress> addresses_;
  std::mutex mutex_;
  std::vector<std::string> reasons_;
  std::thread thread_;
};

// Somebody's socket. Every call waits; one that waits too long fails the test.
class Terminal {
 public:
  // `receive_buffer_bytes`: of a reader who is to be slow; 0 leaves the kernel's.
  explicit Terminal(const SocketAddress& server, int receive_buffer_bytes = 0);

  // A broken connection takes everything.
  void Send(absl::string_view bytes);
  void Say(absl::string_view line);
  // The next line, without its end; nothing when the connection is over.
  std::optional<std::string> Line();
  // Every line up to the first that contains `part`, which is the last of them.
  std::vector<std::string> LinesUntil(absl::string_view part);

  void EndOutput();
  // Breaks the connection instead of ending it. After that only destruction is allowed.
  void Reset();

 private:
  UniqueFd fd_;
  std::string heard_;
  size_t taken_ = 0;  // of heard_
};

// Somebody who has logged in and read the welcome.
Terminal ArriveAt(const SocketAddress& server, absl::string_view name,
                  int receive_buffer_bytes = 0);

}  // namespace parley::chat

#endif  // TESTS_CHAT_RUNNING_SERVER_H_
