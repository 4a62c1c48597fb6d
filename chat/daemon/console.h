#ifndef CHAT_DAEMON_CONSOLE_H_
#define CHAT_DAEMON_CONSOLE_H_

// What the servers of the originals print while they run, in their words, on standard output
// (parleyd --console):
//
//   classic   chat server run at '0.0.0.0:6666'; chat server exit
//   qq        connection attemp from  IP
//   relay     Connection from  IP; each line that is spoken
//   pickle    Chat server: got connection N from ADDRESS; Chat server: N hung up;
//             Shutting down server...
//
// Numbers of pickle people count from 1. What people say is made safe to show. Nobody waits for who
// reads this: lines that find no room are dropped and counted (log_writer.h).
//
// Stands between the gateway and the server, and passes everything on. Ownership: the server
// outlives it. Thread: the main thread.

#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "chat/daemon/listen_spec.h"
#include "chat/delivery/chat_server.h"
#include "chat/transport/gateway.h"

namespace parley::chat {

class Console final : public Gateway::Events {
 public:
  explicit Console(ChatServer& server) : server_(server) {}

  // Listens there, with the address that was bound.
  void Opened(const ListenSpec& listener);
  void Stopping();
  void Stopped();

  void OnNews(const News& news) override;

 private:
  // Somebody of whom there is more to print.
  struct Known {
    const Profile* profile;
    uint64_t number;  // of a pickle person
  };

  void Arrived(const News& news);
  void Gone(ClientId client);

  ChatServer& server_;
  absl::flat_hash_map<ClientId, Known> known_;
  uint64_t pickle_people_ = 0;  // who have come
  bool has_classic_ = false;
  bool has_pickle_ = false;
};

}  // namespace parley::chat

#endif  // CHAT_DAEMON_CONSOLE_H_
