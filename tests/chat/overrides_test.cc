// What is another announcement for some, from the gateway to their sockets, on whichever I/O thread
// they are.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

class OverridesTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(OverridesTest);

TEST_P(OverridesTest, EachHearsWhatIsForThem) {
  constexpr size_t kPeople = 12;
  constexpr AudienceId kLobby = 1;  // the first that is opened
  ChatWorld world(server());
  std::vector<Person> people = world.ArriveMany("p", kPeople);
  people[0].Says("join nook");
  for (Person& person : people) person.Hears();

  std::vector<Override> overrides;
  std::vector<std::string> expected(kPeople, "for all\r\n");
  const auto instead = [&](size_t person, const std::string& text) {
    const ChatSession* const session = world.server().chat().users.Find(absl::StrCat("p", person));
    ASSERT_NE(session, nullptr);
    overrides.push_back({session->client(), text});
    expected[person] = text;
  };
  instead(0, "for somebody elsewhere\r\n");
  expected[0] = "";
  for (size_t person = 1; person < kPeople; person += 3) {
    instead(person, "");
    instead(person + 1, absl::StrCat("for p", person + 1, "\r\n"));
  }
  for (int time = 0; time < 3; ++time) {
    world.gateway().Announce(kLobby, "for all\r\n", overrides);
    for (size_t person = 0; person < kPeople; ++person) {
      EXPECT_EQ(people[person].Hears(), expected[person]) << "p" << person;
    }
  }
}

}  // namespace
}  // namespace parley::chat
