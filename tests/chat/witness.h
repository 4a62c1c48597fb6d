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
#include <map>
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
  // Those who are connected, and of these the members of audiences.
  size_t clients() const { return by_id_.size(); }
  size_t members() const;

  // Gateway
  void SetEvents(Gateway::Events& server) override { server_ = &server; }
  absl::Status Start(const std::string& engine) override { return transport_->Start(engine); }
  AudienceId OpenAudience(const SkipNotice& notice) override {
    return transport_->OpenAudience(notice);
  }
  void CloseAudience(AudienceId audience) override;
  void Join(ClientId client, AudienceId audience) override;
  void Leave(ClientId client, AudienceId audience) override;
  void Announce(AudienceId audience, absl::string_view text, ClientId except) override;
  void Reply(ClientId client, absl::string_view text) override;
  void SetIdlePolicy(ClientId client, IdlePolicy policy) override {
    transport_->SetIdlePolicy(client, policy);
  }
  void HangUp(ClientId client) override;
  TimePoint Now() override { return transport_->Now(); }
  absl::StatusOr<SocketAddress> Listen(const SocketAddress& address,
                                       const ListenerOptions& options) override {
    return transport_->Listen(address, options);
  }
  void StopListening() override { transport_->StopListening(); }
  void CloseAll() override { transport_->CloseAll(); }

  // Gateway::Events
  void ClientArrived(ClientId client, EntranceId entrance, absl::string_view address) override;
  void ClientSpoke(ClientId client, absl::string_view line) override {
    server_->ClientSpoke(client, line);
  }
  void ClientSpokeTooLong(ClientId client) override { server_->ClientSpokeTooLong(client); }
  void ClientLearned(ClientId client, const Capability& capability) override {
    server_->ClientLearned(client, capability);
  }
  void ClientBrokeProtocol(ClientId client, absl::string_view why) override {
    server_->ClientBrokeProtocol(client, why);
  }
  void ClientFinished(ClientId client) override { server_->ClientFinished(client); }
  void ClientIdleTooLong(ClientId client, IdlePolicy policy) override {
    server_->ClientIdleTooLong(client, policy);
  }
  void ClientFellBehind(ClientId client, absl::string_view how) override {
    server_->ClientFellBehind(client, how);
  }
  void ClientGone(ClientId client, absl::string_view reason) override;

 private:
  Client& Named(ClientId client);

  const NoticeParser notices_;
  Gateway* transport_ = nullptr;
  Gateway::Events* server_ = nullptr;
  std::map<uint16_t, Client> by_port_;
  std::map<Handle, Client*> by_id_;
};

}  // namespace parley::chat

#endif  // TESTS_CHAT_WITNESS_H_
