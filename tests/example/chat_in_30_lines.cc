#include "reactor/async_chat/async_chat.h"
using namespace parley;
struct Session : AsyncChat {
  Session(ChannelMap& map, UniqueFd socket, BroadcastGroup& room)
      : AsyncChat(map, std::move(socket)), room_(room) {
    SetTerminator("\n");
    Push("What is your name?\n");
  }
  void FoundTerminator() override {
    std::string line = TakeCollected();
    std::erase(line, '\r');
    if (line == "leave") return CloseWhenDone();
    if (!name_.empty()) return Say(": " + line);
    if (!(name_ = line).empty()) room_.Join(handle()), Say(" comes in");
  }
  void HandleClose(CloseReason) override {
    if (!name_.empty()) Say(" leaves");
  }
  void Say(const std::string& what) { room_.Append(AsBytes(name_ + what + "\n")); }
  BroadcastGroup& room_;
  std::string name_;
};

int main(int argc, char** argv) {
  ChannelMap& map = ChannelMap::Default();
  BroadcastGroup room(map.reactor());
  const auto door = map.Serve<Session>(argc > 1 ? argv[1] : "127.0.0.1:5267", room);
  Log(Severity::kInfo, door.ok() ? (*door)->Describe() : std::string(door.status().message()));
  map.Loop();
}
