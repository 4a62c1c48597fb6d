// Clients that mean harm by how they send rather than by what: slowly, or all at once.

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AttackersTest : public ChatTest {};
PARLEY_WITH_EVERY_SOCKET_SERVER(AttackersTest);

TEST_P(AttackersTest, ALoginThatTricklesInIsEndedByTheSameDeadline) {
  Limits limits = UnhurriedLimits();
  limits.login_deadline = std::chrono::seconds(1);
  limits.max_line_bytes = 0;
  ChatWorld world(server(), limits);
  Person trickler = world.Connect();
  trickler.Hears();
  const auto began = std::chrono::steady_clock::now();
  trickler.Send("login ");
  EXPECT_TRUE(world.RunUntil([&] {
    trickler.Send("x");
    return !trickler.Listen();
  }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  EXPECT_EQ(trickler.LastWords(), "You did not log in within 1s. Goodbye.\r\n");
  trickler.Close();
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(AttackersTest, AFloodFromHundredsDoesNotHoldUpOneWhoTalks) {
  constexpr size_t kFlooders = kSanitized ? 50 : 200;
  constexpr int kLines = 200;
  Limits limits = UnhurriedLimits();
  limits.max_lines_per_second = 20;
  ChatWorld world(server(), limits);
  Person bob = world.Arrive("bob");
  EXPECT_THAT(bob.Says("join quiet"), HasSubstr("You are in quiet"));
  std::vector<Person> flooders = world.ArriveMany("f", kFlooders);
  std::string lines;
  for (int i = 0; i < kLines; ++i) absl::StrAppend(&lines, "say ", i, "\n");
  for (Person& flooder : flooders) flooder.Send(lines);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(bob.Says(absl::StrCat("say ", i)), absl::StrCat("bob: ", i, "\r\n"));
  }
  flooders[0].Listen();
  EXPECT_THAT(flooders[0].heard(), Not(HasSubstr(absl::StrCat("f0: ", kLines - 1, "\r\n"))))
      << "the flood was over already";
  for (Person& flooder : flooders) flooder.Reset();
  bob.Close();
  EXPECT_TRUE(world.BecomesEmpty());
}

}  // namespace
}  // namespace parley::chat
