// People who do anything at all: bytes without meaning, commands without sense, pieces, ends and
// resets. The server stays up, everybody else's stream stays fit for a terminal, and nothing is
// left behind.
//
// PARLEY_FUZZ_SEED and PARLEY_FUZZ_ROUNDS replay a failure or run longer.

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/chat/chat_world.h"
#include "tests/reactor/random.h"

namespace parley::chat {
namespace {

class ChatFuzzTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(ChatFuzzTest);

constexpr const char* kWords[] = {
    "login",   "say",      "look",     "who",          "rooms",    "join",   "leave",
    "topic",   "tell",     "me",       "help",         "?",        "/say",   "/",
    "'",       "ann",      "bob",      "lobby",        "den",      "/lok",   "中文",
    "\x1b[2J", "\xe4\xb8", "\xff\xf4", "\xff\xfd\x06", "\xff\xf6", "\u202E", "x y z"};
constexpr const char* kEnds[] = {"\n", "\r\n", "\r", "\n\r", "\n\n", ""};

std::string RandomLine(Random& random) {
  std::string line;
  if (random.Percent(3)) return random.Percent(50) ? "logout\n" : "quit\r\n";
  for (uint64_t words = random.Between(1, 4); words > 0; --words) {
    absl::StrAppend(&line, kWords[random.Index(std::size(kWords))], " ");
  }
  return absl::StrCat(line, kEnds[random.Index(std::size(kEnds))]);
}

std::string RandomBytes(Random& random) {
  std::string bytes;
  for (uint64_t count = random.Between(1, 300); count > 0; --count) {
    bytes.push_back(static_cast<char>(random.Below(256)));
  }
  return bytes;
}

// Telnet's answers are three bytes each (RFC 855), and what is left is text.
std::string WithoutTelnet(const std::string& heard) {
  std::string text;
  for (size_t i = 0; i < heard.size(); ++i) {
    if (heard[i] == '\xff') {
      i += 2;
    } else {
      text.push_back(heard[i]);
    }
  }
  return text;
}

Limits RandomLimits(Random& random) {
  Limits limits;
  limits.max_line_bytes = random.Percent(50) ? 4096 : 40;
  limits.max_lines_per_second = random.Percent(70) ? 0 : 500;
  limits.max_bytes_per_second = random.Percent(70) ? 0 : 50'000;
  limits.max_bytes_per_second_per_address = random.Percent(70) ? 0 : 100'000;
  limits.max_connections_per_address = random.Percent(80) ? 0 : 6;
  limits.login_deadline = std::chrono::milliseconds(random.Percent(90) ? 60'000 : 200);
  return limits;
}

// Says the end and hears everything that is still to come.
void TakeLeave(ChatWorld& world, Person& person) {
  person.EndOutput();
  EXPECT_TRUE(world.RunUntil([&] { return !person.Listen(); }));
  const std::string heard = WithoutTelnet(person.heard());
  EXPECT_TRUE(IsCleanStream(heard)) << ::testing::PrintToString(heard);
}

// One person does one thing. Who has gone is replaced.
void Act(ChatWorld& world, Random& random, Person& person) {
  const uint64_t choice = random.Below(100);
  if (choice < 70) {
    person.Send(RandomLine(random));
  } else if (choice < 85) {
    person.Send(RandomBytes(random));
  } else if (choice < 90) {
    const std::string line = RandomLine(random);
    for (char byte : line) person.Send(std::string(1, byte));
  } else if (choice < 95) {
    person.Listen();
  } else if (choice < 98) {
    TakeLeave(world, person);
    person = world.Connect();
  } else {
    if (random.Percent(50)) {
      person.Reset();
    } else {
      person.Close();
    }
    person = world.Connect();
  }
  if (choice < 95 && person.ended()) person = world.Connect();
  person.HearsRawBytes();
}

void PlayRound(const ServerKind& kind, uint64_t seed) {
  SCOPED_TRACE(absl::StrCat("PARLEY_FUZZ_SEED=", seed));
  Random random(seed);
  ChatWorld world(kind, RandomLimits(random));
  std::vector<Person> people;
  for (uint64_t i = random.Between(2, 8); i > 0; --i) {
    people.push_back(world.Connect());
    people.back().HearsRawBytes();
    if (random.Percent(70)) people.back().Send(absl::StrCat("login p", i, "\n"));
  }
  for (uint64_t step = random.Between(20, 120); step > 0; --step) {
    Act(world, random, people[random.Index(people.size())]);
  }
  for (Person& person : people) TakeLeave(world, person);
  people.clear();
  EXPECT_TRUE(world.BecomesEmpty());
}

TEST_P(ChatFuzzTest, NothingSentBringsItDownReachesOthersRawOrStays) {
  const uint64_t first = NumberFromEnvironment("PARLEY_FUZZ_SEED", 1);
  const uint64_t rounds = NumberFromEnvironment("PARLEY_FUZZ_ROUNDS", kSanitized ? 40 : 150);
  for (uint64_t seed = first; seed < first + rounds && !HasFailure(); ++seed) {
    PlayRound(server(), seed);
  }
}

}  // namespace
}  // namespace parley::chat
