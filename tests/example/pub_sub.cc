// Publish and subscribe: "sub TOPIC" hears a topic, "pub TOPIC TEXT" speaks to everybody who hears it.
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "reactor/base/line_splitter.h"
#include "reactor/loop/reactor.h"

using parley::Handle;

class Hub;

class Client : public parley::ConnectionHandler {
 public:
  explicit Client(Hub& hub) : hub_(hub) {}
  void OnBytes(Handle self, parley::ByteSpan bytes) override;
  void OnClosed(Handle, parley::CloseReason) override { delete this; }

 private:
  Hub& hub_;
  parley::LineSplitter lines_;
};

class Hub : public parley::AcceptHandler {
 public:
  explicit Hub(parley::Reactor& reactor) : reactor_(reactor) {}

  void OnAccepted(Handle, parley::UniqueFd socket, const parley::SocketAddress&) override {
    auto client = std::make_unique<Client>(*this);
    if (reactor_.Adopt(std::move(socket), client.get()).ok()) client.release();
  }

  void Obey(Handle from, const std::string& line) {
    const size_t topic_end = line.find(' ', 4);
    const std::string topic = line.substr(0, topic_end).substr(std::min<size_t>(4, line.size()));
    auto& log = topics_[topic];
    if (log == nullptr) log = std::make_unique<parley::BroadcastGroup>(reactor_);
    if (line.rfind("sub ", 0) == 0) {
      log->Join(from);
    } else if (line.rfind("pub ", 0) == 0 && topic_end != std::string::npos) {
      log->Append({parley::AsBytes(line.substr(4)), parley::AsBytes("\n")});
    } else {
      reactor_.Send(from, parley::AsBytes("say: sub TOPIC, or pub TOPIC TEXT\n"));
    }
  }

 private:
  parley::Reactor& reactor_;
  std::map<std::string, std::unique_ptr<parley::BroadcastGroup>> topics_;
};

void Client::OnBytes(Handle self, parley::ByteSpan bytes) {
  lines_.Feed(bytes, /*max_line_bytes=*/1024, [&](const parley::LineSplitter::Line& line) {
    hub_.Obey(self, std::string(line.text));
    return true;
  });
}

int main(int argc, char** argv) {
  auto reactor = parley::Reactor::Create();
  const auto address = parley::SocketAddress::Parse(argc > 1 ? argv[1] : "127.0.0.1:5270");
  if (!reactor.ok() || !address.ok()) return 1;
  Hub hub(**reactor);
  const auto listener = (*reactor)->Listen(*address, {}, &hub);
  if (!listener.ok())
    return std::fprintf(stderr, "%s\n", std::string(listener.status().message()).c_str()), 1;
  std::printf("listening on %s\n", (*reactor)->AddressOf(*listener).ToString().c_str());
  std::fflush(stdout);
  (*reactor)->Run();
}
