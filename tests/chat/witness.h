#ifndef TESTS_CHAT_WITNESS_H_
#define TESTS_CHAT_WITNESS_H_

// What everybody in the chat must hear, by the most naive of models: it stands on both sides of what
// is between the rooms and the sockets, passes everything on, and pushes each message into the model
// of each client that is to hear it (stream_model.h).
//
//   Witness witness(tally, ParseNotice);
//   Shard shard(reactor, 0, limits, admission);
//   ChatServer server(witness, limits, [&](EventSink& delivery) -> EventSink& {
//     return witness.Before(delivery);
//   });
//   witness.StandBetween(shard, server);
//
// What the delivery makes of an event is not believed: no audience, no announcement. What is to be
// heard comes from what people send and from the rooms:
//   speech, actions, topics   what is said is what the profile's grammar makes of a client's own
//                             message, and is said once, by this client, in the room where it is
//   comings and goings        one for each time that somebody joins or leaves a room
//   who hears it              everybody who is in the room, each by themselves in their rendering,
//                             which is known from the listener that they came by and from what they
//                             sent; but for whom there is an override
//   what is read aloud        the people in the room, to all of its profile
//   told by another person    the outcome, in the rendering of who is told
//   skipped                   a notice in a rendering that this client has had
// A reply to a client's own operation is taken as it comes to the transport, and goes to nobody else.
//
// Clients are told apart by the port that they come from. Thread: the main thread.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chat/delivery/chat_server.h"
#include "chat/delivery/rendering.h"
#include "chat/rooms/event_sink.h"
#include "chat/transport/gateway.h"
#include "tests/simulated/stream_model.h"
#include "tests/simulated/tally.h"

namespace parley::chat {

class Witness final : public Gateway, public Gateway::Events, public EventSink {
 public:
  struct Client {
    StreamModel model;
    ClientId id;
    AudienceId audience = 0;
    // Those in which it has heard a room; it sees things in the last.
    std::vector<Rendering> renderings;
    const ChatSession* session = nullptr;  // once it has logged in
    RoomId room = 0;
    uint64_t rooms_joined = 0;
    bool arrived = false;
    bool hung_up = false;    // nothing that is said to it from now on is sent
    bool is_behind = false;  // it was owed something when the last turn was over
    // Messages skipped for it until it last changed so while it was behind.
    std::optional<uint64_t> skipped_before_rendering;
    std::optional<uint64_t> skipped_before_room;
    bool gone = false;
    std::string reason;
  };

  // `notices` knows what clients are told who have missed something; null where nothing is skipped.
  Witness(Tally& tally, NoticeParser notices) : tally_(tally), notices_(std::move(notices)) {}
  EventSink& Before(EventSink& delivery) {
    delivery_ = &delivery;
    return *this;
  }
  void StandBetween(Gateway& transport, ChatServer& server) {
    transport_ = &transport;
    server_ = &server;
    transport.SetEvents(*this);
  }

  Client& From(uint16_t port);
  // Asked for every event and everybody who has logged in, wherever they are: what a person there is
  // told instead, or nothing (""), if it is another one.
  void OverrideBy(std::function<std::optional<std::string>()> draw) { draw_ = std::move(draw); }
  // Those who are connected, and of these the members of audiences.
  size_t clients() const { return by_id_.size(); }
  size_t members() const;

  // Gateway
  void SetEvents(Gateway::Events&) override {}
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

  // EventSink
  void RoomOpened(RoomId room) override { delivery_->RoomOpened(room); }
  void RoomClosed(RoomId room) override { delivery_->RoomClosed(room); }
  void Joined(RoomId room, ChatSession& session) override;
  void Left(RoomId room, ChatSession& session) override;
  void Happened(const RoomEvent& event, const ChatSession& actor,
                std::span<const EventOverride> overrides) override;
  void Tell(ChatSession& session, const Outcome& outcome) override;
  void LoggedIn(ChatSession& session) override;

 private:
  // An event that must come of what a client did.
  struct Due {
    RoomEvent::Kind kind;
    RoomId room;
    const ChatSession* actor;
    std::string text;

    friend bool operator==(const Due&, const Due&) = default;
  };
  // What some are told in place of one event.
  struct Drawn {
    std::deque<std::string> texts;
    std::deque<Outcome> outcomes;
    std::vector<EventOverride> overrides;
  };

  Client& Named(ClientId client);
  void Arrived(const News& news);
  void Spoke(Client& client, absl::string_view message);
  void Gone(const News& news);
  void SetRendering(Client& client, const Rendering& rendering);
  void LookAloud(const Client& client);
  void DrawOverrides(const RoomEvent& event, Drawn& drawn);
  void CountProfiles(RoomId room);
  std::optional<HeardNotice> NoticeTo(const Client& client, absl::string_view heard) const;

  Tally& tally_;
  const NoticeParser notices_;
  std::function<std::optional<std::string>()> draw_ = [] { return std::nullopt; };
  Gateway* transport_ = nullptr;
  ChatServer* server_ = nullptr;
  EventSink* delivery_ = nullptr;
  std::map<uint16_t, Client> by_port_;
  std::map<Handle, Client*> by_id_;
  std::map<RoomId, std::vector<Client*>> rooms_;  // in the order in which they came
  std::deque<Due> due_;
  std::optional<ClientId> asked_;  // whose news the server is told
  bool is_telling_ = false;        // another person, of which the model knows already
};

}  // namespace parley::chat

#endif  // TESTS_CHAT_WITNESS_H_
