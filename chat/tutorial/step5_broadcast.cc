// Step 5: every line goes to everybody.
//
//   step5_broadcast [HOST:PORT]
#include <csignal>

#include "reactor/async_chat/async_chat.h"

using namespace parley;

class ChatSession : public AsyncChat {
 public:
  ChatSession(ChannelMap& map, UniqueFd socket, BroadcastGroup& room)
      : AsyncChat(map, std::move(socket)), room_(room) {
    SetTerminator("\r\n");
    Push("Welcome to ChatRoom \r\n");
    // A broadcast is written once, whoever listens; each member has a place in it from which on it
    // is sent. A session leaves by closing.
    room_.Join(handle());
  }

  void FoundTerminator() override {
    const std::string line = TakeCollected() + "\r\n";
    room_.Append(AsBytes(line));
  }

 private:
  BroadcastGroup& room_;
};

int main(int argc, char** argv) {
  ChannelMap& map = ChannelMap::Default();
  BroadcastGroup room(map.reactor());
  const auto server = map.Serve<ChatSession>(argc > 1 ? argv[1] : "127.0.0.1:5267", room);
  Log(Severity::kInfo,
      server.ok() ? (*server)->Describe() : std::string(server.status().message()));
  const int interrupt[] = {SIGINT};
  const absl::Status watching = map.reactor().OnSignals(interrupt, [&map](int) { map.CloseAll(); });
  if (!watching.ok()) Log(Severity::kWarning, watching.ToString());
  map.Loop();
  return server.ok() ? 0 : 1;
}
