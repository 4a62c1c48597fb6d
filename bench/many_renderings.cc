// parley_many_renderings: the chat server with people who all see it in a way of their own group.
// Who connects has the friendly profile in one of --renderings renderings, in turns: as many logs of
// a room, and as many times that a line of it is rendered, with texts that a load generator can
// check. Limits are off, and a reader who is 64 MiB behind is disconnected.

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bench/no_limits.h"
#include "bench/program_help.h"
#include "chat/delivery/chat_server.h"
#include "chat/profiles/friendly/friendly.h"
#include "chat/transport/make_gateway.h"
#include "reactor/base/descriptor_limit.h"

ABSL_FLAG(int32_t, port, 0, "port on 127.0.0.1; 0: any");
ABSL_FLAG(uint32_t, renderings, 20, "how many; at most 32, which is what a room has");

namespace parley::bench {
namespace {

constexpr uint32_t kMaxLagBytes = 64 * 1024 * 1024;

// Gives each who arrives the next of the entrances, and passes everything on.
class InTurns final : public chat::Gateway::Events {
 public:
  InTurns(chat::ChatServer& server, std::vector<chat::EntranceId> entrances)
      : server_(server), entrances_(std::move(entrances)) {}

  void OnNews(const chat::News& news) override {
    if (news.kind != chat::News::Kind::kArrived) return server_.OnNews(news);
    chat::News arrived = news;
    arrived.entrance = entrances_[next_];
    next_ = (next_ + 1) % entrances_.size();
    server_.OnNews(arrived);
  }

 private:
  chat::ChatServer& server_;
  const std::vector<chat::EntranceId> entrances_;
  size_t next_ = 0;
};

absl::Status Serve(int32_t port, uint32_t renderings) {
  absl::StatusOr<SocketAddress> address = SocketAddress::Parse(absl::StrCat("127.0.0.1:", port));
  if (!address.ok()) return address.status();
  absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create("epoll");
  if (!reactor.ok()) return reactor.status();
  chat::Limits limits = NoLimits();
  limits.max_lag_bytes = kMaxLagBytes;
  chat::Admission admission(limits);
  const std::unique_ptr<chat::Gateway> gateway = chat::MakeGateway(**reactor, 1, limits, admission);
  chat::ChatServer server(*gateway, limits);
  // Equal to each other in everything but in being one or the other.
  std::deque<chat::Profile> profiles;
  std::vector<chat::EntranceId> entrances;
  chat::ListenerOptions listener;
  for (uint32_t i = 0; i < renderings; ++i) {
    profiles.push_back(chat::FriendlyProfile());
    listener = server.ListenerFor({.profile = &profiles.back()}, chat::LagPolicy::kDisconnect);
    entrances.push_back(listener.entrance);
  }
  InTurns in_turns(server, std::move(entrances));
  gateway->SetEvents(in_turns);
  if (absl::Status started = gateway->Start("epoll"); !started.ok()) return started;
  absl::StatusOr<SocketAddress> bound = gateway->Listen(*address, listener);
  if (!bound.ok()) return bound.status();
  constexpr int kStopping[] = {SIGINT, SIGTERM};
  absl::Status watching = (*reactor)->OnSignals(kStopping, [&](int) { (*reactor)->Stop(); });
  if (!watching.ok()) return watching;
  std::printf("listening on %s\n", bound->ToString().c_str());
  std::fflush(stdout);
  (*reactor)->Run();
  gateway->CloseAll();
  return absl::OkStatus();
}

}  // namespace
}  // namespace parley::bench

int main(int argc, char** argv) {
  parley::bench::DescribeProgram("The chat server with people of many renderings.", __FILE__);
  absl::ParseCommandLine(argc, argv);
  parley::RaiseDescriptorLimit();
  const uint32_t renderings = absl::GetFlag(FLAGS_renderings);
  if (renderings < 1 || renderings > parley::chat::Delivery::kMaxRenderings) {
    std::fprintf(stderr, "--renderings=%u is not between 1 and %zu\n", renderings,
                 parley::chat::Delivery::kMaxRenderings);
    return 1;
  }
  const absl::Status served = parley::bench::Serve(absl::GetFlag(FLAGS_port), renderings);
  if (served.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(served.message()).c_str());
  return 1;
}
