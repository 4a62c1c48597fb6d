// What a client may ask of the server, at and around each limit.

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class LineLengthTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(LineLengthTest);
class AdmissionTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(AdmissionTest);
class IdlePolicyTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(IdlePolicyTest);
class LineRateTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(LineRateTest);
class LagTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(LagTest);

std::string NumberedLines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) absl::StrAppend(&lines, "say ", i, "\n");
  return lines;
}

std::string NumberedSpeech(absl::string_view name, int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) absl::StrAppend(&lines, name, ": ", i, "\r\n");
  return lines;
}

TEST_P(LineLengthTest, ALineOfTheLimitPassesAndOneByteMoreIsDropped) {
  Limits limits = UnhurriedLimits();
  limits.max_line_bytes = 64;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  for (const size_t size : {63, 64}) {
    const std::string text(size - 4, 'x');
    EXPECT_EQ(ann.Says(absl::StrCat("say ", text)), absl::StrCat("ann: ", text, "\r\n"));
  }
  const std::string dropped = "That line is longer than 64 bytes; it was dropped.\r\n";
  EXPECT_EQ(ann.Says(std::string(65, 'x')), dropped);
  EXPECT_EQ(ann.Says(std::string(10'000, 'x')), dropped) << "told once, not once per buffer";
  ann.Send(std::string(64, 'x'));
  world.Connect().Hears();  // the piece arrives by itself
  EXPECT_EQ(ann.Says("x"), dropped);
  EXPECT_EQ(ann.Says("say hi"), "ann: hi\r\n");
}

TEST_P(LineLengthTest, AGigabyteWithoutALineEndCostsNoMemory) {
  constexpr size_t kPiece = size_t{256} * 1024;
  // The sanitizers take ten times as long for each byte, and what they keep hides what the server
  // keeps.
  constexpr size_t kTotal = kSanitized ? size_t{64} << 20 : size_t{1} << 30;
  constexpr size_t kMostGrowth = size_t{4} << 20;
  ChatWorld world(server());
  Person bob = world.Arrive("bob");
  Person eve = world.Arrive("eve");
  bob.Hears();
  const std::string piece(kPiece, 'x');
  for (int i = 0; i < 32; ++i)
    eve.Send(piece);  // buffers that every connection shares are in use now
  const size_t before = ResidentBytes();
  size_t most = before;
  for (size_t sent = kPiece; sent < kTotal; sent += kPiece) {
    eve.Send(piece);
    if (sent % (64 * kPiece) == 0) most = std::max(most, ResidentBytes());
  }
  if (!kSanitized) {
    EXPECT_LE(most, before + kMostGrowth);
  }
  EXPECT_EQ(eve.Says(""), "That line is longer than 4096 bytes; it was dropped.\r\n");
  EXPECT_EQ(bob.Hears(), "");
}

TEST_P(LineLengthTest, WithoutALimitALineStillHasToFitIntoABuffer) {
  Limits limits = UnhurriedLimits();
  limits.max_line_bytes = 0;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  const std::string text(100'000, 'x');
  EXPECT_EQ(ann.Says(text), absl::StrCat("ann: ", text, "\r\n"));
  EXPECT_EQ(ann.Says(std::string(kLongestLineBytes + 1, 'x')),
            "That line is longer than 16777216 bytes; it was dropped.\r\n");
}

TEST_P(AdmissionTest, OneConnectionTooManyIsRefusedWithASentence) {
  Limits limits = UnhurriedLimits();
  limits.max_connections = 2;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  {
    Person bob = world.Arrive("bob");
    EXPECT_EQ(world.Connect().LastWords(),
              "The server is full (2 connections). Please try again later.\r\n");
  }
  EXPECT_TRUE(world.RunUntil([&] { return world.server().sessions() == 1; }));
  Person cat = world.Arrive("cat");
  EXPECT_THAT(world.Connect().LastWords(), HasSubstr("The server is full"));
  EXPECT_EQ(cat.Says("look"), "Room lobby: 2 people: ann, cat\r\n");
}

TEST_P(AdmissionTest, AnAddressHasItsOwnLimit) {
  Limits limits = UnhurriedLimits();
  limits.max_connections_per_address = 2;
  ChatWorld world(server(), limits);
  Person first = world.Connect("127.0.0.2");
  EXPECT_THAT(first.Hears(), HasSubstr("Welcome"));
  {
    Person second = world.Connect("127.0.0.2");
    EXPECT_THAT(second.Hears(), HasSubstr("Welcome"));
    EXPECT_EQ(world.Connect("127.0.0.2").LastWords(),
              "Too many connections from your address (at most 2).\r\n");
    EXPECT_THAT(world.Connect("127.0.0.3").Hears(), HasSubstr("Welcome"));
  }
  EXPECT_TRUE(world.RunUntil([&] { return world.server().sessions() == 1; }));
  EXPECT_THAT(world.Connect("127.0.0.2").Hears(), HasSubstr("Welcome"));
}

TEST_P(IdlePolicyTest, WhoDoesNotLogInInTimeIsDisconnectedAndTold) {
  Limits limits = UnhurriedLimits();
  limits.login_deadline = std::chrono::seconds(1);
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  Person stranger = world.Connect();
  stranger.Says("who");
  EXPECT_EQ(stranger.LastWords(), "You did not log in within 1s. Goodbye.\r\n");
  EXPECT_EQ(ann.Says("hi"), "ann: hi\r\n") << "who has logged in has no such deadline";
}

TEST_P(IdlePolicyTest, TheDeadlineIsSaidExactly) {
  Limits limits = UnhurriedLimits();
  limits.login_deadline = std::chrono::milliseconds(250);
  ChatWorld world(server(), limits);
  EXPECT_THAT(world.Connect().LastWords(),
              EndsWith("You did not log in within 250ms. Goodbye.\r\n"));
}

// With I/O threads, a deadline may pass while the login is on its way to the main thread.
TEST_P(IdlePolicyTest, ALoginDeadlineThatCrossesTheLoginIsVoid) {
  ChatWorld world(server());
  Person ann = world.Arrive("ann");
  world.server().OnNews({.kind = News::Kind::kIdleTooLong,
                         .policy = IdlePolicy::kLogin,
                         .client = world.server().chat().users.Find("ann")->client()});
  EXPECT_EQ(ann.Says("hi"), "ann: hi\r\n");
}

TEST_P(IdlePolicyTest, WhoIsIdleTooLongIsDisconnectedAndToldAndOthersStay) {
  Limits limits = UnhurriedLimits();
  limits.idle_time = std::chrono::seconds(1);
  ChatWorld world(server(), limits);
  Person idle = world.Arrive("idle");
  Person busy = world.Arrive("busy");
  EXPECT_TRUE(world.RunUntil([&] {
    busy.Says("topic");
    return !idle.Listen();
  }));
  EXPECT_EQ(idle.LastWords(), "busy has entered the room.\r\nYou were idle for 1s. Goodbye.\r\n");
  busy.Hears();
  EXPECT_EQ(busy.Says("look"), "Room lobby: 1 person: busy\r\n");
}

TEST_P(IdlePolicyTest, WhoSpokeIsIdleFromTheLastWordOn) {
  Limits limits = UnhurriedLimits();
  limits.idle_time = std::chrono::seconds(1);
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  const TimePoint arrived = world.Now();
  EXPECT_TRUE(world.RunUntil([&] {
    EXPECT_EQ(ann.Says("topic"), "This room has no topic. topic TEXT sets one.\r\n");
    return world.Now() - arrived > limits.idle_time / 2;
  }));
  // The deadline that was set at the login passes first, and ends nobody.
  EXPECT_EQ(ann.LastWords(), "You were idle for 1s. Goodbye.\r\n");
}

TEST_P(LineRateTest, ExcessWaitsAndNothingIsLostOrReordered) {
  Limits limits;
  limits.max_lines_per_second = 100;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  const TimePoint began = world.Now();
  ann.Send(NumberedLines(280));
  EXPECT_EQ(ann.HearsUntil("ann: 279\r\n"), NumberedSpeech("ann", 280));
  // A burst of two seconds passes at once, the other 80 lines at the rate.
  EXPECT_GE(world.Now() - began, std::chrono::milliseconds(700));
}

TEST_P(LineRateTest, AFloodDoesNotHoldUpOthers) {
  Limits limits;
  limits.max_lines_per_second = 20;
  ChatWorld world(server(), limits);
  Person eve = world.Arrive("eve");
  Person bob = world.Arrive("bob");
  eve.Send(NumberedLines(70));
  bob.HearsUntil("eve: 30\r\n");
  EXPECT_THAT(bob.Says("hi"), HasSubstr("bob: hi\r\n"));
  const std::string heard = eve.HearsUntil("bob: hi\r\n");
  EXPECT_EQ(heard.find("eve: 69\r\n"), std::string::npos) << "the flood was over already";
  EXPECT_THAT(eve.HearsUntil("eve: 69\r\n"), HasSubstr("eve: 68\r\n"));
}

TEST_P(LineRateTest, TheEndOfInputWaitsForTheLinesBeforeIt) {
  Limits limits;
  limits.max_lines_per_second = 100;
  ChatWorld world(server(), limits);
  Person script = world.Connect();
  script.Send(absl::StrCat("login s\n", NumberedLines(250), "say the last"));
  script.EndOutput();
  EXPECT_THAT(script.LastWords(),
              EndsWith(absl::StrCat(NumberedSpeech("s", 250), "s: the last\r\n")));
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(LineRateTest, AnInterruptAmongLinesThatWaitDropsOnlyTheHalfTypedOne) {
  Limits limits;
  limits.max_lines_per_second = 100;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  ann.Send(absl::StrCat(NumberedLines(220), "say half\xff\xf4say the last\n"));
  EXPECT_EQ(ann.HearsUntil("ann: the last\r\n"),
            absl::StrCat(NumberedSpeech("ann", 220), "ann: the last\r\n"));
}

TEST_P(LineRateTest, LeavingWhileLinesWaitLeavesNothingBehind) {
  Limits limits;
  limits.max_lines_per_second = 20;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  ann.Send(NumberedLines(500));
  bob.HearsUntil("ann: 3\r\n");
  ann.Reset();
  bob.Close();
  EXPECT_TRUE(world.BecomesEmpty());
}

constexpr int kSmallBuffer = 4096;

// Speaks until `done`, with what is spoken added to `spoken`.
template <typename Done>
void SpeakUntil(Person& speaker, std::string& spoken, Done done) {
  const std::string text(1000, 'x');
  for (int i = 0; i < 4000 && !done(); ++i) {
    spoken += speaker.Says(absl::StrCat("say ", i, " ", text));
  }
}

TEST_P(LagTest, AReaderWhoIsTooSlowIsDisconnectedAndTheOthersHearEverything) {
  Limits limits = UnhurriedLimits();
  limits.max_lag_bytes = 64 * 1024;
  ChatWorld world(server(), limits, LagPolicy::kDisconnect);
  Person ann = world.Arrive("ann");
  Person bob = world.Arrive("bob");
  Person slow = world.Connect("127.0.0.1", kSmallBuffer);
  slow.Send("login slow\n");
  EXPECT_TRUE(world.RunUntil([&] { return world.people() == 3; }));
  ann.Hears();
  bob.Hears();
  std::string spoken;
  std::string heard;
  SpeakUntil(ann, spoken, [&] {
    heard += bob.Hears();
    return world.people() == 2;
  });
  spoken += ann.Hears();
  heard += bob.Hears();
  EXPECT_EQ(world.people(), 2U);
  EXPECT_THAT(heard, HasSubstr("slow has left the room.\r\n"));
  EXPECT_EQ(heard, spoken);
}

TEST_P(LagTest, WithThePolicySkipASlowReaderIsToldHowManyLinesItMissed) {
  Limits limits = UnhurriedLimits();
  limits.soft_lag_bytes = 64 * 1024;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  Person slow = world.Connect("127.0.0.1", kSmallBuffer);
  slow.Send("login slow\n");
  EXPECT_TRUE(world.RunUntil([&] { return world.people() == 2; }));
  ann.Hears();
  std::string spoken;
  SpeakUntil(ann, spoken, [&] { return spoken.size() > size_t{2} << 20; });
  EXPECT_EQ(world.people(), 2U) << "skipping is instead of disconnecting";
  const std::string heard = slow.Hears();
  EXPECT_THAT(heard, HasSubstr("skipped"));
  EXPECT_LT(heard.size(), spoken.size());
  EXPECT_EQ(slow.Says("hi"), "slow: hi\r\n");
}

}  // namespace
}  // namespace parley::chat
