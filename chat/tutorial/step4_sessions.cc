// Step 4: a session for each peer, which collects bytes until a line is complete.
//
//   step4_sessions [HOST:PORT]
#include <csignal>
#include <set>

#include "absl/strings/str_cat.h"
#include "reactor/async_chat/async_chat.h"

using namespace parley;

class ChatSession;
using Sessions = std::set<ChatSession*>;

class ChatSession : public AsyncChat {
 public:
  ChatSession(ChannelMap& map, UniqueFd socket, Sessions& sessions)
      : AsyncChat(map, std::move(socket)), sessions_(sessions) {
    // However the bytes are cut into packets, FoundTerminator is called once a line.
    SetTerminator("\r\n");
    sessions_.insert(this);
  }

  void FoundTerminator() override { parley::Log(Severity::kInfo, TakeCollected()); }

  // The last call, whoever has closed.
  void HandleClose(CloseReason) override {
    sessions_.erase(this);
    parley::Log(Severity::kInfo, absl::StrCat("now there are ", sessions_.size()));
  }

 private:
  Sessions& sessions_;
};

int main(int argc, char** argv) {
  ChannelMap& map = ChannelMap::Default();
  Sessions sessions;
  // Serve is steps 1 to 3's server: it makes a ChatSession(map, socket, sessions) for each peer.
  const auto server = map.Serve<ChatSession>(argc > 1 ? argv[1] : "127.0.0.1:5267", sessions);
  Log(Severity::kInfo,
      server.ok() ? (*server)->Describe() : std::string(server.status().message()));
  const int interrupt[] = {SIGINT};
  const absl::Status watching = map.reactor().OnSignals(interrupt, [&map](int) { map.CloseAll(); });
  if (!watching.ok()) Log(Severity::kWarning, watching.ToString());
  map.Loop();
  return server.ok() ? 0 : 1;
}
