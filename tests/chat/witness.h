#ifndef TESTS_CHAT_WITNESS_H_
#define TESTS_CHAT_WITNESS_H_

// Stands between the transport and the chat, passes everything on, and writes down for every client
// what is spoken to it: an announcement is pushed into the model of each member of its audience, a
// reply into its client's. What the clients then hear must be that (stream_model.h).
//
//   Witness witness(ParseReactorsNotice);
//   Shard shard(reactor, 0, limits, admission);
//   ChatServer server(witness, limits);
//   witness.StandBetween(shard, server);
//
// Clients are told apart by the port that they come from. Thread: the main thread.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "chat/transport/gateway.h"
#include "tests/simulated/stream_model.h"

namespace parley::chat {

class Witness final : public Gateway, public Gateway::Events {
 public:
  struct Client {
    StreamModel model;
    ClientId id;
    AudienceId audience = 0;
    bool arrived = false;
    bool hung_up = false;  // nothing that is said to it from now on is sent
    bool gone = false;
    std::string reason;
  };

  // `notices` knows what clients are told who have missed something; null where nothing is skipped.
  explicit Witness(NoticeParser notices) : notices_(std::move(notices)) {}
  void StandBetween(Gateway& transport, Gateway::Events& server) {
    transport_ = &transport;
    server_ = &server;
    transport.SetEvents(*this);
  }

  Client& From(uint16_t port);
  // Asked for every announcement and member of its audience: what the member is to hear instead, if
  // it is another one.
  void OverrideBy(std::function<std::optional<std::string>()> draw) { draw_ = std::move(draw); }
  // Those who are connected, and of these the members of audiences.
  size_t clients() const { return by_id_.size(); }
  size_t members() const;

  // Gateway
  void SetEvents(Gateway::Events& server) override { server_ = &server; }
  absl::Status Start(const std::string& engine) override { return transport_->Start(engine); }
  void Obey(const Order& order) override;
  TimePoint Now() override { return transport_->Now(); }
  absl::StatusOr<SocketAddress> Listen(const SocketAddress& address,
                                       const ListenerOptions& options) override {
    return transport_->Listen(address, options);
  }
  void StopListening() override { transport_->StopListening(); }
  void CloseAll() override { transport_->CloseAll(); }

  // Gateway::Events
  void OnNews(const News& news) override;

 private:
  Client& Named(ClientId client);
  void Announce(const Order& order);
  void Arrived(const News& news);
  void Gone(const News& news);

  const NoticeParser notices_;
  std::function<std::optional<std::string>()> draw_ = [] { return std::nullopt; };
  Gateway* transport_ = nullptr;
  Gateway::Events* server_ = nullptr;
  std::map<uint16_t, Client> by_port_;
  std::map<Handle, Client*> by_id_;
};

}  // namespace parley::chat

#endif  // TESTS_CHAT_WITNESS_H_
