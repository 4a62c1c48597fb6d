// Step 3: Ctrl-C ends the server in order.
//
//   step3_clean_up [HOST:PORT]
#include <csignal>

#include "absl/strings/str_cat.h"
#include "reactor/async_chat/async_chat.h"

using namespace parley;

class ChatServer : public Dispatcher {
 public:
  using Dispatcher::Dispatcher;

  void HandleAccepted(UniqueFd, const SocketAddress& peer) override {
    parley::Log(Severity::kInfo, absl::StrCat("Connection from ", peer.ToString()));
  }
};

int main(int argc, char** argv) {
  ChannelMap& map = ChannelMap::Default();
  auto& server = map.Make<ChatServer>();
  const absl::Status listening = server.Listen(argc > 1 ? argv[1] : "127.0.0.1:5267");
  Log(Severity::kInfo, listening.ok() ? server.Describe() : listening.ToString());
  // A signal arrives in the loop like everything else, so its handler may do whatever it likes.
  // With its last channel closed, the loop ends.
  const int interrupt[] = {SIGINT};
  const absl::Status watching = map.reactor().OnSignals(interrupt, [&map](int) { map.CloseAll(); });
  if (!watching.ok()) Log(Severity::kWarning, watching.ToString());
  map.Loop();
  Log(Severity::kInfo, "the server has ended");
  return listening.ok() ? 0 : 1;
}
