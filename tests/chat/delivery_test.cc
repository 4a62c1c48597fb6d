// Events become bytes once for each rendering that is present, and reach those who are there.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/chat/delivery_test_support.h"

namespace parley::chat {
namespace {

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
  Outcome instead;
  instead.count = 7;
  const EventOverride overrides[] = {
      {&ann, &instead}, {&bob, &instead}, {&cat, nullptr}, {&eve, &instead}};
  PublishInLobby(RoomEvent::Kind::kSaid, dan, overrides);
  EXPECT_EQ(Heard(ann), "[1] 7 here\n");
  EXPECT_EQ(Heard(bob), "[2] 7 here\n") << "in the rendering of each";
  EXPECT_EQ(Heard(cat), "");
  EXPECT_EQ(Heard(dan), "[0] p3: hello\n");
  EXPECT_EQ(Heard(eve), "") << "who is not in the room";
  // Where their rendering shows nothing of an event, they are told all the same.
  PublishInLobby(RoomEvent::Kind::kActed, dan, overrides);
  EXPECT_EQ(Heard(ann), "[1] 7 here\n");
  EXPECT_EQ(Heard(dan), "");
  // What the room keeps is what happened.
  std::vector<std::string> kept;
  chat_.history.ForEachSince(
      chat_.rooms.lobby().id(), chat_.rooms.lobby().epoch(), 4,
      [&](const RoomEvent& event) { kept.push_back(absl::StrCat(event.seq, " ", event.text)); });
  EXPECT_EQ(kept, (std::vector<std::string>{"5 hello", "6 hello"})) << "four have entered before";
}

TEST_F(DeliveryTest, AnOverrideOfTheActorCountsMoreThanTheProfile) {
  ChatSession& ann = ArriveWithWidth(1);
  ChatSession& bob = ArriveWithWidth(1);
  renderer_.let_actor_hear(false);
  Outcome instead;
  instead.count = 7;
  const EventOverride override{&ann, &instead};
  PublishInLobby(RoomEvent::Kind::kSaid, ann, {&override, 1});
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

// What happened in a room is kept under the numbers with which it was told.
TEST_F(DeliveryTest, WhatHappensIsNumberedAndInTheHistory) {
  ChatSession& ann = ArriveWithWidth(0);
  const auto kept = [&](const ChatRoom& room) {
    std::vector<std::string> events;
    chat_.history.ForEachSince(room.id(), room.epoch(), 0, [&](const RoomEvent& event) {
      events.push_back(absl::StrCat(event.seq, " ", event.actor.name, " ", event.text));
    });
    return events;
  };
  const ChatRoom& lobby = chat_.rooms.lobby();
  Say(ann, "one");
  Say(ann, "two");
  EXPECT_EQ(kept(lobby), (std::vector<std::string>{"1 p0 ", "2 p0 one", "3 p0 two"}));
  EXPECT_EQ(lobby.last_seq(), 3U);
  // A room that is made again under its name begins anew, and has nothing of the one before.
  ann.Handle({.kind = OperationKind::kJoin, .name = "garden"});
  const uint32_t epoch = chat_.rooms.Find("garden")->epoch();
  Say(ann, "roses");
  EXPECT_EQ(kept(*chat_.rooms.Find("garden")), (std::vector<std::string>{"1 p0 ", "2 p0 roses"}));
  ann.Handle({.kind = OperationKind::kLeave});
  ann.Handle({.kind = OperationKind::kJoin, .name = "garden"});
  EXPECT_NE(chat_.rooms.Find("garden")->epoch(), epoch);
  EXPECT_EQ(kept(*chat_.rooms.Find("garden")), (std::vector<std::string>{"1 p0 "}));
}

TEST_F(DeliveryTest, ManyWhoLeaveAtOnceCostNoMoreThanTheyHaveTo) {
  // Erasing each from a list of all would take 200 million steps, moving half of the list each
  // time.
  std::vector<ChatSession*> people;
  for (int i = 0; i < 20'000; ++i) people.push_back(&ArriveWithWidth(0));
  for (ChatSession* person : people) {
    ASSERT_EQ(&person->room(), &chat_.rooms.lobby());
    person->Enter(chat_.logout_room);
  }
  EXPECT_EQ(chat_.rooms.lobby().people(), 0U);
  EXPECT_EQ(chat_.users.size(), 0U);
}

}  // namespace
}  // namespace parley::chat
