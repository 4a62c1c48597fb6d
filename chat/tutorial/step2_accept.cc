// Step 2: a server that accepts, and says who has come.
//
//   step2_accept [HOST:PORT]
#include "absl/strings/str_cat.h"
#include "reactor/async_chat/async_chat.h"

using namespace parley;

class ChatServer : public Dispatcher {
 public:
  using Dispatcher::Dispatcher;

  // Called once for each peer. The socket is ours now; nobody keeps it here, so it closes at the end
  // of the call.
  void HandleAccepted(UniqueFd, const SocketAddress& peer) override {
    parley::Log(Severity::kInfo, absl::StrCat("Connection from ", peer.ToString()));
  }
};

int main(int argc, char** argv) {
  ChannelMap& map = ChannelMap::Default();
  auto& server = map.Make<ChatServer>();
  const absl::Status listening = server.Listen(argc > 1 ? argv[1] : "127.0.0.1:5267");
  Log(Severity::kInfo, listening.ok() ? server.Describe() : listening.ToString());
  map.Loop();
  return listening.ok() ? 0 : 1;
}
