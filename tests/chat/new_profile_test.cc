// A profile of one's own, as chat/README.md says: a grammar, a renderer, and the Profile that names
// them. This one is for people who shout: every line is speech, and what is said is read in capitals.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chat/text/sanitise.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

class ShoutGrammar final : public Grammar {
 public:
  Operation Parse(absl::string_view message, bool, std::string& buffer) const override {
    buffer = Sanitise(message);
    return {.kind = OperationKind::kSpeak, .text = buffer};
  }
};

class ShoutRenderer final : public Renderer {
 public:
  void Render(const RoomEvent& event, const Rendering&, std::string& out) const override {
    if (event.kind != RoomEvent::Kind::kSaid) return;
    absl::StrAppend(&out, event.actor.name, ": ", absl::AsciiStrToUpper(event.text), "!\r\n");
  }
  void Render(const Outcome& outcome, const Rendering&, std::string& out) const override {
    if (outcome.code == Outcome::Code::kGreeting) absl::StrAppend(&out, "SPEAK UP\r\n");
  }
  void Skipped(uint64_t messages, const Rendering&, std::string& out) const override {
    absl::StrAppend(&out, messages, " SHOUTS MISSED\r\n");
  }
  bool ActorHears(RoomEvent::Kind) const override { return true; }
};

const ShoutGrammar kGrammar;
const ShoutRenderer kRenderer;
const Profile kShout{
    .name = "shout", .grammar = kGrammar, .renderer = kRenderer, .admits_guests = true};

class NewProfileTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(NewProfileTest);

TEST_P(NewProfileTest, ItsPeopleAndThoseOfOthersHearEachOther) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  Person guest = world.ConnectTo(kShout);
  guest.Send("hello\n");
  EXPECT_EQ(guest.HearsUntil("HELLO!\r\n"), "SPEAK UP\r\nguest1: HELLO!\r\n");
  EXPECT_EQ(ann.Hears(), "guest1 has entered the room.\r\nguest1: hello\r\n");
  ann.Send("say welcome\n");
  EXPECT_EQ(guest.HearsUntil("!\r\n"), "ann: WELCOME!\r\n");
}

}  // namespace
}  // namespace parley::chat
