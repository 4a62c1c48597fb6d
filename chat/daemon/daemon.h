#ifndef CHAT_DAEMON_DAEMON_H_
#define CHAT_DAEMON_DAEMON_H_

// The running service: a reactor, the transport on it, the chat behind it, from the first listener
// to the last goodbye.
//
//   absl::StatusOr<std::unique_ptr<Daemon>> daemon = Daemon::Start(options);  // serves from here
//   (*daemon)->Run();                                                         // until told to stop
//
// SIGINT and SIGTERM stop it: it accepts no more, says goodbye, sends what is owed and returns from
// Run, after kGoodbye at the latest. A second signal makes it return at once.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "chat/daemon/console.h"
#include "chat/daemon/listen_spec.h"
#include "chat/delivery/chat_server.h"
#include "chat/transport/admission.h"
#include "chat/transport/gateway.h"
#include "chat/transport/limits.h"
#include "reactor/loop/reactor.h"

namespace parley::chat {

struct DaemonOptions {
  std::vector<ListenSpec> listen;
  // 1: one thread does everything. More: so many I/O threads, and the main thread for the rooms.
  uint32_t threads = 1;
  std::string engine = "auto";
  Limits limits;
  LagPolicy lag_policy = LagPolicy::kSkip;  // of listeners that do not say
  bool console = false;                     // prints what the originals print (console.h)
};

class Daemon {
 public:
  static constexpr Duration kGoodbye = std::chrono::seconds(5);
  static constexpr Duration kAddressRetryTime = std::chrono::seconds(2);

  // Binds everything before anything is served; an error names the address or limit that is wrong.
  // An address in use is tried again for kAddressRetryTime: a server that was killed on io_uring
  // goes on listening until the kernel has taken its ring apart.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(DaemonOptions options);

  ~Daemon();

  void Run();
  // As the first signal does it. Thread: any, while the daemon lives.
  void Stop();

  // Where it listens, with the ports that were chosen: "friendly@127.0.0.1:5267".
  const std::vector<std::string>& addresses() const { return addresses_; }
  absl::string_view engine_name() const { return reactor_->engine_name(); }
  size_t sessions() const { return server_.sessions(); }
  Reactor& reactor() { return *reactor_; }

 private:
  Daemon(DaemonOptions options, std::unique_ptr<Reactor> reactor);
  absl::Status Open();
  absl::StatusOr<SocketAddress> Listen(const ListenSpec& spec);
  void BeginStopping();
  void StopWhenEmpty(TimePoint deadline);

  const DaemonOptions options_;
  std::unique_ptr<Reactor> reactor_;
  Admission admission_;
  std::unique_ptr<Gateway> gateway_;
  ChatServer server_;
  std::unique_ptr<Console> console_;  // null: none
  std::vector<std::string> addresses_;
  bool stopping_ = false;
};

}  // namespace parley::chat

#endif  // CHAT_DAEMON_DAEMON_H_
