// Step 1: a server that listens and does nothing.
//
//   step1_empty_server [HOST:PORT]      and in another terminal: telnet 127.0.0.1 5267
#include "reactor/async_chat/async_chat.h"

using namespace parley;

class ChatServer : public Dispatcher {
 public:
  using Dispatcher::Dispatcher;
};

int main(int argc, char** argv) {
  // The map is asyncore's socket map: every channel belongs to one. Loop turns until the last
  // channel is closed, which this server never is; Ctrl-C ends the process.
  ChannelMap& map = ChannelMap::Default();
  auto& server = map.Make<ChatServer>();
  const absl::Status listening = server.Listen(argc > 1 ? argv[1] : "127.0.0.1:5267");
  Log(Severity::kInfo, listening.ok() ? server.Describe() : listening.ToString());
  map.Loop();
  return listening.ok() ? 0 : 1;
}
