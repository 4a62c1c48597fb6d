// One person in several rooms at once. No profile offers it yet, so sessions are driven with
// operations.

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/chat/delivery_test_support.h"

namespace parley::chat {
namespace {

using Code = Outcome::Code;
using Kind = OperationKind;

// Comings and goings are heard too, with the number of people in the room then.
class EventRenderer final : public Renderer {
 public:
  void Render(const RoomEvent& event, const Rendering& rendering, std::string& out) const override {
    const char* verb = event.kind == RoomEvent::Kind::kEntered ? "enters"
                       : event.kind == RoomEvent::Kind::kLeft  ? "leaves"
                                                               : "says";
    absl::StrAppend(&out, rendering.width_class == 0 ? "" : "wide ", event.room, " ",
                    event.actor.name, " ", verb, " ", event.text, event.people, "\n");
  }
  void Render(const Outcome& outcome, const Rendering&, std::string& out) const override {
    absl::StrAppend(&out, outcome.count, " in ", outcome.room, "\n");
  }
  void Skipped(uint64_t, const Rendering&, std::string&) const override {}
  bool ActorHears(RoomEvent::Kind) const override { return false; }
};

class SeveralRoomsTest : public DeliveryTest {
 protected:
  SeveralRoomsTest() : ann_(Come()), bob_(Come()), cat_(Come()) { Forget(); }

  ChatSession& Come() { return Arrive({.profile = &event_profile_}); }
  Outcome::Code Join(ChatSession& session, absl::string_view room, bool further) {
    return session.Handle({.kind = Kind::kJoin, .further = further, .name = room}).code;
  }
  Outcome::Code Leave(ChatSession& session, absl::string_view room = "") {
    return session.Handle({.kind = Kind::kLeave, .room = room}).code;
  }
  Outcome::Code SayIn(ChatSession& session, absl::string_view room, absl::string_view text) {
    return session.Handle({.kind = Kind::kSpeak, .room = room, .text = text}).code;
  }
  absl::string_view RoomOf(const ChatSession& session) { return session.room().name(); }
  RoomId IdOf(absl::string_view name) { return chat_.rooms.Find(name)->id(); }
  void Forget() {
    for (const auto& session : sessions_) Heard(*session);
  }

  EventRenderer event_renderer_;
  const Profile event_profile_{"events", grammar_, event_renderer_};
  ChatSession& ann_;
  ChatSession& bob_;
  ChatSession& cat_;
};

TEST_F(SeveralRoomsTest, WhoEntersAFurtherRoomHearsBothAndLeavesNone) {
  EXPECT_EQ(Join(ann_, "garden", true), Code::kJoined);
  EXPECT_EQ(RoomOf(ann_), "garden");
  EXPECT_EQ(ann_.rooms(), 2U);
  EXPECT_EQ(Heard(bob_), "") << "nobody has left";
  EXPECT_EQ(Join(bob_, "garden", false), Code::kJoined);
  Forget();
  EXPECT_EQ(SayIn(bob_, "", "roses"), Code::kNone);
  EXPECT_EQ(SayIn(cat_, "", "tea"), Code::kNone);
  EXPECT_EQ(Heard(ann_),
            absl::StrCat(IdOf("garden"), " p1 says roses2\n", IdOf("lobby"), " p2 says tea2\n"));
  EXPECT_EQ(Heard(cat_), "");
}

TEST_F(SeveralRoomsTest, WhatNamesARoomGoesThereAndTheRestWhereOneTurnedLast) {
  Join(bob_, "garden", false);
  Join(ann_, "garden", true);
  Forget();
  SayIn(ann_, "LOBBY", "to the lobby");
  EXPECT_EQ(Heard(cat_), absl::StrCat(IdOf("lobby"), " p0 says to the lobby2\n"));
  SayIn(ann_, "", "to the garden");
  EXPECT_EQ(Heard(bob_), absl::StrCat(IdOf("garden"), " p0 says to the garden2\n"));
  EXPECT_EQ(Join(ann_, "lobby", true), Code::kInRoomAlready);
  EXPECT_EQ(RoomOf(ann_), "lobby");
  SayIn(ann_, "", "back");
  EXPECT_EQ(Heard(cat_), absl::StrCat(IdOf("lobby"), " p0 says back2\n"));
  EXPECT_EQ(Heard(bob_), "");
  EXPECT_EQ(Heard(ann_), "") << "who spoke, in either room";
}

TEST_F(SeveralRoomsTest, WhereOneIsNotNothingCanBeDone) {
  Join(bob_, "garden", false);
  Forget();
  const Outcome outcome = ann_.Handle({.kind = Kind::kSpeak, .room = "garden", .text = "hi"});
  EXPECT_EQ(outcome.code, Code::kNotInRoom);
  EXPECT_EQ(outcome.name, "garden");
  EXPECT_EQ(SayIn(ann_, "nowhere", "hi"), Code::kNotInRoom);
  EXPECT_EQ(Leave(ann_, "garden"), Code::kNotInRoom);
  EXPECT_EQ(Heard(bob_), "");
  ChatSession& stranger = Arrive({.profile = &event_profile_}, /*logs_in=*/false);
  EXPECT_EQ(SayIn(stranger, "garden", "hi"), Code::kLogInFirst);
  EXPECT_EQ(stranger.rooms(), 0U);
  ann_.Handle({.kind = Kind::kLogout});
  EXPECT_EQ(SayIn(ann_, "lobby", "too late"), Code::kNone) << "nothing is answered behind logout";
}

TEST_F(SeveralRoomsTest, OneRoomIsLeftAndTheOthersStay) {
  Join(ann_, "garden", true);
  Join(ann_, "pond", true);
  Join(bob_, "garden", false);
  Forget();
  EXPECT_EQ(Leave(ann_, "garden"), Code::kLeftRoom);
  EXPECT_EQ(Heard(bob_), absl::StrCat(IdOf("garden"), " p0 leaves 1\n"));
  EXPECT_EQ(RoomOf(ann_), "pond");
  SayIn(bob_, "", "alone");
  EXPECT_EQ(Heard(ann_), "");
  // The one to which its operations go: back to the one before it, and an empty room is gone.
  const Outcome outcome = ann_.Handle({.kind = Kind::kLeave});
  EXPECT_EQ(outcome.code, Code::kLeftRoom);
  EXPECT_EQ(outcome.room, "pond");
  EXPECT_EQ(RoomOf(ann_), "lobby");
  EXPECT_EQ(chat_.rooms.Find("pond"), nullptr);
  EXPECT_EQ(Leave(ann_), Code::kInLobbyAlready);
}

TEST_F(SeveralRoomsTest, ToLeaveTurnsToTheRoomThatOneTurnedFromLast) {
  Join(ann_, "garden", true);
  Join(ann_, "pond", true);
  Join(ann_, "garden", true);
  EXPECT_EQ(Leave(ann_), Code::kLeftRoom);
  EXPECT_EQ(RoomOf(ann_), "pond");
  EXPECT_EQ(Leave(ann_), Code::kLeftRoom);
  EXPECT_EQ(RoomOf(ann_), "lobby");
}

TEST_F(SeveralRoomsTest, WhoJoinsWithoutKeepingLeavesAllAndSoDoesWhoGoes) {
  Join(ann_, "garden", true);
  Join(bob_, "garden", false);
  Forget();
  EXPECT_EQ(Join(ann_, "pond", false), Code::kJoined);
  EXPECT_EQ(ann_.rooms(), 1U);
  EXPECT_EQ(Heard(bob_), absl::StrCat(IdOf("garden"), " p0 leaves 1\n"));
  EXPECT_EQ(Heard(cat_), absl::StrCat(IdOf("lobby"), " p0 leaves 1\n"));
  Join(ann_, "garden", true);
  EXPECT_EQ(Join(ann_, "pond", false), Code::kInRoomAlready) << "also for a room where one is";
  EXPECT_EQ(ann_.rooms(), 1U);
  EXPECT_EQ(RoomOf(ann_), "pond");
  Join(ann_, "garden", true);
  Forget();
  EXPECT_EQ(ann_.Handle({.kind = Kind::kLogout}).code, Code::kGoodbye);
  EXPECT_EQ(Heard(bob_), absl::StrCat(IdOf("garden"), " p0 leaves 1\n"));
  EXPECT_EQ(ann_.rooms(), 0U);
  EXPECT_EQ(chat_.rooms.size(), 2U);
  EXPECT_EQ(chat_.users.size(), 2U);
}

TEST_F(SeveralRoomsTest, BeyondTheMostRoomsNoneIsMade) {
  for (size_t i = 1; i < kMaxRoomsOfOne; ++i) {
    ASSERT_EQ(Join(ann_, absl::StrCat("room", i), true), Code::kJoined);
  }
  const Outcome outcome = ann_.Handle({.kind = Kind::kJoin, .further = true, .name = "one-more"});
  EXPECT_EQ(outcome.code, Code::kTooManyRooms);
  EXPECT_EQ(outcome.limit, kMaxRoomsOfOne);
  EXPECT_EQ(chat_.rooms.size(), kMaxRoomsOfOne);
  EXPECT_EQ(Join(ann_, "room7", true), Code::kInRoomAlready);
  EXPECT_EQ(Join(ann_, "one-more", false), Code::kJoined) << "which leaves the others";
  EXPECT_EQ(chat_.rooms.size(), 2U);
}

TEST_F(SeveralRoomsTest, AnotherRenderingIsForEveryRoom) {
  Join(bob_, "garden", false);
  Join(ann_, "garden", true);
  Forget();
  delivery_.SetRendering(ann_, {.profile = &event_profile_, .width_class = 1});
  SayIn(bob_, "", "roses");
  SayIn(cat_, "", "tea");
  EXPECT_EQ(Heard(ann_), absl::StrCat("wide ", IdOf("garden"), " p1 says roses2\nwide ",
                                      IdOf("lobby"), " p2 says tea2\n"));
  EXPECT_EQ(Leave(ann_), Code::kLeftRoom);
  EXPECT_EQ(Leave(ann_), Code::kInLobbyAlready);
}

TEST_F(SeveralRoomsTest, WhatIsSaidAloudIsSaidInTheRoomThatItIsFor) {
  Join(bob_, "garden", false);
  Join(ann_, "garden", true);
  Forget();
  delivery_.Answer(ann_, ann_.Handle({.kind = Kind::kLookAloud, .room = "lobby"}));
  EXPECT_EQ(Heard(cat_), "2 in lobby\n");
  EXPECT_EQ(Heard(ann_), "2 in lobby\n");
  EXPECT_EQ(Heard(bob_), "");
}

TEST_F(SeveralRoomsTest, PlacesInARoomMoveForThoseToWhomItIsAFurtherOne) {
  Join(ann_, "garden", true);
  std::vector<ChatSession*> crowd;
  for (int i = 0; i < 100; ++i) crowd.push_back(&Come());
  for (int i = 0; i < 3; ++i) Join(*crowd[99], absl::StrCat("room", i), true);
  for (int i = 0; i < 99; ++i) crowd[static_cast<size_t>(i)]->Enter(chat_.logout_room);
  EXPECT_EQ(Leave(*crowd[99], "lobby"), Code::kLeftRoom);
  EXPECT_EQ(Leave(ann_, "lobby"), Code::kLeftRoom);
  EXPECT_EQ(chat_.rooms.lobby().people(), 2U);
}

}  // namespace
}  // namespace parley::chat
