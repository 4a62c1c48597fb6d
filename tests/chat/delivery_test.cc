// Events become bytes once for each rendering that is present, and reach those who are there.

#include "chat/delivery/delivery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chat/delivery/profile.h"
#include "chat/rooms/chat.h"

namespace parley::chat {
namespace {

// Writes down what every client hears.
class RecordingGateway final : public Gateway {
 public:
  void SetEvents(Events&) override {}
  absl::Status Start(const std::string&) override { return absl::OkStatus(); }
  void Obey(const Order& order) override {
    const uint32_t slot = order.client.connection.slot;
    switch (order.kind) {
      case Order::Kind::kJoin:
        members_[slot] = order.audience;
        audiences_.insert(order.audience);
        return;
      case Order::Kind::kLeave:
        members_.erase(slot);
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
  int announcements() const { return announcements_; }
  size_t open() const { return audiences_.size(); }

 private:
  void Announce(const Order& order) {
    ++announcements_;
    for (const auto& [slot, hears] : members_) {
      if (hears != order.audience) continue;
      const auto override = std::find_if(
          order.overrides.begin(), order.overrides.end(),
          [slot = slot](const Override& each) { return each.client.connection.slot == slot; });
      absl::StrAppend(&heard_[slot],
                      override == order.overrides.end() ? order.text : override->instead);
    }
  }

  std::map<uint32_t, AudienceId> members_;
  std::map<uint32_t, std::string> heard_;
  std::map<uint32_t, uint64_t> charged_;
  std::set<AudienceId> audiences_;
  int announcements_ = 0;
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

TEST_F(DeliveryTest, AnEventIsRenderedOnceForEachRenderingThatIsPresent) {
  std::vector<ChatSession*> people;
  for (int i = 0; i < 60; ++i) people.push_back(&ArriveWithWidth(static_cast<uint8_t>(i % 20)));
  const int before = renderer_.rendered();
  Say(*people[7], "hello");
  EXPECT_EQ(renderer_.rendered() - before, 20);
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(Heard(*people[static_cast<size_t>(i)]), absl::StrCat("[", i % 20, "] p7: hello\n"));
  }
}

TEST_F(DeliveryTest, WhoDidItHearsItWhereTheirProfileSaysSo) {
  ChatSession& ann = ArriveWithWidth(0);
  ChatSession& bob = ArriveWithWidth(0);
  ChatSession& cat = Arrive({.profile = &other_profile_});
  renderer_.let_actor_hear(false);
  Say(ann, "one");
  EXPECT_EQ(Heard(ann), "");
  EXPECT_EQ(Heard(bob), "[0] p0: one\n");
  EXPECT_EQ(Heard(cat), "[0] p0: one\n");
  Say(cat, "two");
  EXPECT_EQ(Heard(cat), "[0] p2: two\n");
  EXPECT_EQ(Heard(ann), "[0] p2: two\n");
}

TEST_F(DeliveryTest, AnEventMayBeSomethingElseForSome) {
  ChatSession& ann = ArriveWithWidth(1);
  ChatSession& bob = ArriveWithWidth(2);
  ChatSession& cat = ArriveWithWidth(2);
  ChatSession& dan = Arrive({.profile = &other_profile_});
  ChatSession& eve = Arrive({.profile = &profile_}, /*logs_in=*/false);
  const RoomId lobby = chat_.rooms.lobby().id();
  Outcome instead;
  instead.count = 7;
  const EventOverride overrides[] = {
      {&ann, &instead}, {&bob, &instead}, {&cat, nullptr}, {&eve, &instead}};
  delivery_.Happened({.room = lobby, .actor = dan.AsActor(), .text = "hello"}, dan, overrides);
  EXPECT_EQ(Heard(ann), "[1] 7 here\n");
  EXPECT_EQ(Heard(bob), "[2] 7 here\n") << "in the rendering of each";
  EXPECT_EQ(Heard(cat), "");
  EXPECT_EQ(Heard(dan), "[0] p3: hello\n");
  EXPECT_EQ(Heard(eve), "") << "who is not in the room";
  // Where their rendering shows nothing of an event, they are told all the same.
  delivery_.Happened({.kind = RoomEvent::Kind::kLeft, .room = lobby, .actor = dan.AsActor()}, dan,
                     overrides);
  EXPECT_EQ(Heard(ann), "[1] 7 here\n");
  EXPECT_EQ(Heard(dan), "");
}

TEST_F(DeliveryTest, AnOverrideOfTheActorCountsMoreThanTheProfile) {
  ChatSession& ann = ArriveWithWidth(1);
  ChatSession& bob = ArriveWithWidth(1);
  renderer_.let_actor_hear(false);
  Outcome instead;
  instead.count = 7;
  const EventOverride override{&ann, &instead};
  delivery_.Happened({.room = chat_.rooms.lobby().id(), .actor = ann.AsActor(), .text = "hello"},
                     ann, {&override, 1});
  EXPECT_EQ(Heard(ann), "[1] 7 here\n");
  EXPECT_EQ(Heard(bob), "[1] p0: hello\n");
}

TEST_F(DeliveryTest, ARenderingMayChangeAtAnyTime) {
  ChatSession& ann = ArriveWithWidth(1);
  ChatSession& bob = ArriveWithWidth(1);
  Say(bob, "one");
  delivery_.SetRendering(ann, {.profile = &profile_, .width_class = 2});
  Say(bob, "two");
  delivery_.SetRendering(ann, {.profile = &profile_, .width_class = 1});
  Say(bob, "three");
  EXPECT_EQ(Heard(ann), "[1] p1: one\n[2] p1: two\n[1] p1: three\n");
  EXPECT_EQ(Heard(bob), "[1] p1: one\n[1] p1: two\n[1] p1: three\n");
}

TEST_F(DeliveryTest, BeyondTheMostRenderingsOfARoomTheBaseOfTheProfileIsHeard) {
  std::vector<ChatSession*> people;
  constexpr size_t kMost = Delivery::kMaxRenderings;
  for (size_t i = 0; i < kMost + 5; ++i) {
    people.push_back(&ArriveWithWidth(static_cast<uint8_t>(i + 1)));
  }
  Say(*people[0], "hello");
  for (size_t i = 0; i < people.size(); ++i) {
    EXPECT_EQ(Heard(*people[i]), absl::StrCat("[", i < kMost ? i + 1 : 0, "] p0: hello\n"));
  }
  // When there is room again, one of those who hear the base may have a rendering of its own.
  people[0]->Enter(chat_.logout_room);
  people[2]->Enter(chat_.logout_room);
  delivery_.SetRendering(*people.back(), {.profile = &profile_, .width_class = 99});
  Say(*people[1], "again");
  EXPECT_EQ(Heard(*people.back()), "[99] p1: again\n");
}

TEST_F(DeliveryTest, TheBaseOfARenderingKeepsWhatItsClientCanRead) {
  const Rendering wide{.profile = &profile_,
                       .width_class = 7,
                       .capabilities = 5,
                       .length_prefix = LengthPrefix::kBigEndian4};
  RenderingTable table;
  EXPECT_EQ(
      table.At(table.BaseOf(table.Intern(wide))),
      (Rendering{
          .profile = &profile_, .capabilities = 5, .length_prefix = LengthPrefix::kBigEndian4}));
}

TEST_F(DeliveryTest, AnOutcomeThatIsSaidAloudReachesThoseOfTheSameProfileInTheRoom) {
  ChatSession& ann = ArriveWithWidth(1);
  ChatSession& bob = ArriveWithWidth(2);
  ChatSession& cat = Arrive({.profile = &other_profile_});
  ChatSession& dan = Arrive({.profile = &profile_}, /*logs_in=*/false);
  delivery_.Answer(ann, ann.Handle({.kind = OperationKind::kLookAloud}));
  EXPECT_EQ(Heard(ann), "[1] 3 here\n");
  EXPECT_EQ(Heard(bob), "[2] 3 here\n");
  EXPECT_EQ(Heard(cat), "");
  EXPECT_EQ(Heard(dan), "");
  EXPECT_EQ(gateway_.Charged(ann.client().connection.slot), 2 * 11U) << "to who asked, for all";
}

TEST_F(DeliveryTest, ManyWhoLeaveAtOnceCostNoMoreThanTheyHaveTo) {
  // Erasing each from a list of all would take 200 million steps, moving half of the list each
  // time.
  std::vector<ChatSession*> people;
  for (int i = 0; i < 20'000; ++i) people.push_back(&ArriveWithWidth(0));
  for (ChatSession* person : people) {
    ASSERT_EQ(person->room().AsChatRoom(), &chat_.rooms.lobby());
    person->Enter(chat_.logout_room);
  }
  EXPECT_EQ(chat_.rooms.lobby().people(), 0U);
  EXPECT_EQ(chat_.users.size(), 0U);
}

}  // namespace
}  // namespace parley::chat
