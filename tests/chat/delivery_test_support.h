#ifndef TESTS_CHAT_DELIVERY_TEST_SUPPORT_H_
#define TESTS_CHAT_DELIVERY_TEST_SUPPORT_H_

// Sessions, rooms and a delivery on a gateway without sockets.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chat/delivery/delivery.h"
#include "chat/delivery/profile.h"
#include "chat/rooms/chat.h"

namespace parley::chat {

// Writes down what every client hears, each of any number of audiences.
class RecordingGateway final : public Gateway {
 public:
  void SetEvents(Events&) override {}
  absl::Status Start(const std::string&) override { return absl::OkStatus(); }
  void Obey(const Order& order) override {
    const uint32_t slot = order.client.connection.slot;
    switch (order.kind) {
      case Order::Kind::kJoin:
        members_.emplace(slot, order.audience);
        audiences_.insert(order.audience);
        return;
      case Order::Kind::kLeave:
        EXPECT_EQ(members_.erase({slot, order.audience}), 1U);
        return;
      case Order::Kind::kCloseAudience:
        audiences_.erase(order.audience);
        return;
      case Order::Kind::kAnnounce:
        return Announce(order);
      case Order::Kind::kReply:
        absl::StrAppend(&heard_[slot], order.text);
        return;
      case Order::Kind::kCharge:
        charged_[slot] += order.bytes;
        return;
      case Order::Kind::kSetIdlePolicy:
      case Order::Kind::kHangUp:
        return;
    }
  }
  TimePoint Now() override { return TimePoint(); }
  absl::StatusOr<SocketAddress> Listen(const SocketAddress& address,
                                       const ListenerOptions&) override {
    return address;
  }
  void StopListening() override {}
  void CloseAll() override {}

  std::string Heard(uint32_t slot) { return std::exchange(heard_[slot], {}); }
  uint64_t Charged(uint32_t slot) { return std::exchange(charged_[slot], 0); }
  size_t open() const { return audiences_.size(); }

 private:
  void Announce(const Order& order) {
    for (const auto& [slot, hears] : members_) {
      if (hears != order.audience) continue;
      const auto override = std::find_if(
          order.overrides.begin(), order.overrides.end(),
          [slot = slot](const Override& each) { return each.client.connection.slot == slot; });
      absl::StrAppend(&heard_[slot],
                      override == order.overrides.end() ? order.text : override->instead);
    }
  }

  std::set<std::pair<uint32_t, AudienceId>> members_;
  std::map<uint32_t, std::string> heard_;
  std::map<uint32_t, uint64_t> charged_;
  std::set<AudienceId> audiences_;
};

class NoGrammar final : public Grammar {
 public:
  Operation Parse(absl::string_view, bool, std::string&) const override { return {}; }
};

// Says in whose eyes it is, and counts how often it is asked.
class PlainRenderer final : public Renderer {
 public:
  void Render(const RoomEvent& event, const Rendering& rendering, std::string& out) const override {
    if (event.kind != RoomEvent::Kind::kSaid) return;
    ++rendered_;
    absl::StrAppend(&out, "[", rendering.width_class, "] ", event.actor.name, ": ", event.text,
                    "\n");
  }
  void Render(const Outcome& outcome, const Rendering& rendering, std::string& out) const override {
    absl::StrAppend(&out, "[", rendering.width_class, "] ", outcome.count, " here\n");
  }
  void Skipped(uint64_t messages, const Rendering&, std::string& out) const override {
    absl::StrAppend(&out, messages, " missed|");
  }
  bool ActorHears(RoomEvent::Kind) const override { return actor_hears_; }

  void let_actor_hear(bool hears) { actor_hears_ = hears; }
  int rendered() const { return rendered_; }

 private:
  mutable int rendered_ = 0;
  bool actor_hears_ = true;
};

class DeliveryTest : public ::testing::Test {
 protected:
  // Somebody in the lobby, or still at the door.
  ChatSession& Arrive(const Rendering& rendering, bool logs_in = true) {
    const auto number = static_cast<uint32_t>(sessions_.size());
    sessions_.push_back(
        std::make_unique<ChatSession>(chat_, ClientId{{number, 1}, 0}, *rendering.profile));
    ChatSession& session = *sessions_.back();
    delivery_.SetRendering(session, rendering);
    const std::string name = absl::StrCat("p", number);
    if (logs_in) session.Handle({.kind = OperationKind::kLogin, .name = name});
    return session;
  }
  ChatSession& ArriveWithWidth(uint8_t width_class) {
    return Arrive({.profile = &profile_, .width_class = width_class});
  }
  void Say(ChatSession& session, absl::string_view text) {
    session.Handle({.kind = OperationKind::kSpeak, .text = text});
  }
  // "hello", which is something else for some.
  void PublishInLobby(RoomEvent::Kind kind, const ChatSession& actor,
                      std::span<const EventOverride> overrides) {
    chat_.rooms.lobby().Publish(chat_, kind, TimePoint(), actor, "hello", overrides);
  }
  std::string Heard(const ChatSession& session) {
    return gateway_.Heard(session.client().connection.slot);
  }
  void TearDown() override {
    for (const auto& session : sessions_) session->Enter(chat_.logout_room);
    EXPECT_EQ(gateway_.open(), 0U) << "audiences of rooms that are empty";
  }

  NoGrammar grammar_;
  PlainRenderer renderer_;
  PlainRenderer other_renderer_;
  const Profile profile_{"plain", grammar_, renderer_};
  const Profile other_profile_{"other", grammar_, other_renderer_};
  RecordingGateway gateway_;
  Delivery delivery_{gateway_};
  Chat chat_{delivery_, [] { return TimePoint(); }};
  std::vector<std::unique_ptr<ChatSession>> sessions_;
};

}  // namespace parley::chat

#endif  // TESTS_CHAT_DELIVERY_TEST_SUPPORT_H_
