// How many bytes of lines may be sent, by one connection and by all of one address (F4): what is
// over it waits, is heard in order and completely, and holds up nobody else.

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class ByteRateTest : public ChatTest {};
PARLEY_WITH_EVERY_SERVER(ByteRateTest);

// Lines of `bytes` bytes each, without their end.
std::string Lines(int count, size_t bytes) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    std::string line = absl::StrCat("say ", i, " ");
    line.resize(bytes, 'x');
    absl::StrAppend(&lines, line, "\n");
  }
  return lines;
}

// What is heard of them.
std::string Speech(absl::string_view name, int count, size_t bytes) {
  std::string speech;
  for (const absl::string_view line :
       absl::StrSplit(Lines(count, bytes), '\n', absl::SkipEmpty())) {
    absl::StrAppend(&speech, name, ": ", line.substr(4), "\r\n");
  }
  return speech;
}

// What `count` lines cost, in seconds at this rate.
Duration CostOfLines(int count, size_t bytes, uint32_t rate) {
  const auto price = static_cast<int64_t>(bytes + kLineOverheadBytes);
  return Duration(seconds(1)) * price * count / rate;
}

constexpr Duration kBurstTime = seconds(2);
// A throttled connection is looked at this often, and a turn takes its time.
constexpr Duration kCoarse = milliseconds(150);

TEST_P(ByteRateTest, ExcessOfOneConnectionWaitsAndNothingIsLostOrReordered) {
  constexpr int kCount = 120;
  constexpr size_t kBytes = 400;
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second = 20'000;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  const TimePoint began = world.Now();
  ann.Send(Lines(kCount, kBytes));
  EXPECT_EQ(ann.HearsUntil("ann: 119 " + std::string(kBytes - 8, 'x') + "\r\n"),
            Speech("ann", kCount, kBytes));
  const Duration least = CostOfLines(kCount - 1, kBytes, 20'000) - kBurstTime;
  EXPECT_GE(world.Now() - began, least - kCoarse);  // less what arriving took before
  EXPECT_GT(least, milliseconds(500));
}

TEST_P(ByteRateTest, ALineLongerThanABurstPassesAtItsPrice) {
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second = 1500;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  const TimePoint began = world.Now();
  const std::string text(4000, 'x');
  ann.Send(absl::StrCat("'", text, "\nsay next\n"));
  EXPECT_EQ(ann.HearsUntil(text + "\r\n"), absl::StrCat("ann: ", text, "\r\n"));
  EXPECT_EQ(ann.HearsUntil("next\r\n"), "ann: next\r\n");
  EXPECT_GE(world.Now() - began, CostOfLines(1, 4001, 1500) - kBurstTime);
}

TEST_P(ByteRateTest, ALastLineWithoutAnEndIsChargedToo) {
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second = 1500;
  ChatWorld world(server(), limits);
  Person script = world.Connect();
  const TimePoint began = world.Now();
  script.Send(absl::StrCat("login s\n'", std::string(4000, 'x'), "\nsay the last"));
  script.EndOutput();
  EXPECT_THAT(script.LastWords(), EndsWith("x\r\ns: the last\r\n"));
  EXPECT_GE(world.Now() - began, CostOfLines(1, 4001, 1500) - kBurstTime);
  EXPECT_TRUE(world.BecomesEmpty());
}

constexpr int kLookers = 30;

// kLookers people whose `look` is told to all of them: qq0 to qq29.
std::vector<Person> ArriveAtQq(ChatWorld& world) {
  std::vector<Person> people;
  for (int i = 0; i < kLookers; ++i) {
    people.push_back(world.ConnectTo("qq"));
    people.back().HearsRawBytes();
    people.back().Send(absl::StrCat("login qq", i, "\n"));
    people.back().HearsUntil("has enter in the room \n");
  }
  return people;
}

// How long at least somebody has to wait behind a `look` that told everybody `list`.
Duration WaitBehind(absl::string_view list, int rate) {
  const size_t said = list.size() - list.find("the following");
  return Duration(seconds(1)) * static_cast<int64_t>(kLookers * said) / rate - kBurstTime;
}

// Five bytes that have everybody sent a list are charged as the lists are.
TEST_P(ByteRateTest, WhatALineHasOthersToldIsChargedToItsSender) {
  constexpr int kRate = 1500;
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second = kRate;
  ChatWorld world(server(), limits);
  std::vector<Person> people = ArriveAtQq(world);
  Person& ann = people.front();
  const TimePoint began = world.Now();
  ann.Send("look\n");
  const std::string list = ann.HearsUntil("qq29\n");
  ann.Send("say next\n");
  EXPECT_EQ(ann.HearsUntil("next\n"), "qq0:next\n");
  const Duration least = WaitBehind(list, kRate);
  EXPECT_GE(world.Now() - began, least - kCoarse);
  EXPECT_GT(least, milliseconds(200));
  const TimePoint asked = world.Now();
  people.back().Send("say mine\n");
  people.back().HearsUntil("qq29:mine\n");
  EXPECT_LT(world.Now() - asked, milliseconds(500)) << "others do not pay for it";
}

// Somebody with many connections must not be the cheaper for it.
TEST_P(ByteRateTest, WhatALineHasOthersToldIsChargedToItsAddressToo) {
  constexpr int kRate = 2000;
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second_per_address = kRate;
  ChatWorld world(server(), limits);
  std::vector<Person> people = ArriveAtQq(world);
  const TimePoint began = world.Now();
  people.front().Send("look\n");
  const std::string list = people.front().HearsUntil("qq29\n");
  people.back().Send("say mine\n");
  people.back().HearsUntil("qq29:mine\n");
  const Duration least = WaitBehind(list, kRate);
  EXPECT_GE(world.Now() - began, least - kCoarse);
  EXPECT_GT(least, milliseconds(200));
}

TEST_P(ByteRateTest, ZeroIsNoLimit) {
  Limits limits = UnhurriedLimits();
  limits.soft_lag_bytes = limits.max_lag_bytes = 0;
  ChatWorld world(server(), limits);
  Person ann = world.Arrive("ann");
  const TimePoint began = world.Now();
  ann.Send(Lines(100, 4000));
  EXPECT_EQ(ann.HearsUntil("ann: 99 " + std::string(3993, 'x') + "\r\n"), Speech("ann", 100, 4000));
  // With the default limits it takes 23 seconds.
  EXPECT_LT(world.Now() - began, seconds(10));
}

TEST_P(ByteRateTest, ConnectionsOfAnAddressShareItsRateAndOthersDoNotWait) {
  constexpr int kCount = 15;
  constexpr size_t kBytes = 1000;
  constexpr uint32_t kRate = 20'000;
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second_per_address = kRate;
  ChatWorld world(server(), limits);
  std::vector<Person> crowd = world.ArriveMany("c", 4);
  Person bob = world.Connect("127.0.0.2");
  bob.Says("login bob");
  const TimePoint began = world.Now();
  for (Person& each : crowd) each.Send(Lines(kCount, kBytes));
  const TimePoint asked = world.Now();
  EXPECT_THAT(bob.Says("say hi"), HasSubstr("bob: hi\r\n"));
  EXPECT_LT(world.Now() - asked, seconds(1));
  for (Person& each : crowd) each.Hears();
  const Duration least = CostOfLines(4 * kCount - 4, kBytes, kRate) - kBurstTime;
  EXPECT_GE(world.Now() - began, least);
  EXPECT_GT(least, milliseconds(900));
}

// F4: what an address owes does not vanish by reconnecting.
TEST_P(ByteRateTest, ComingAgainClearsNothing) {
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second_per_address = 1500;
  ChatWorld world(server(), limits);
  Person first = world.Connect("127.0.0.2");
  const TimePoint began = world.Now();
  first.Send(absl::StrCat("login first\n'", std::string(4000, 'x'), "\n"));
  first.HearsUntil("x\r\n");
  first.Reset();
  EXPECT_TRUE(world.RunUntil([&] { return world.server().sessions() == 0; }));
  Person again = world.Connect("127.0.0.2");
  again.Send("login again\n");
  again.HearsUntil("spoken to the room.\r\n");
  EXPECT_GE(world.Now() - began, CostOfLines(1, 4001, 1500) - kBurstTime);
}

class LongByteRateTest : public ChatTest {};
PARLEY_WITH_SERVERS(LongByteRateTest, std::vector<ServerKind>({{kSimulated, 1}}));

// A line of one who is thrown out before it was due costs the address nothing.
TEST_P(LongByteRateTest, WhoGoesBeforeItsLineWasDueLeavesNothingToPay) {
  constexpr uint32_t kRate = 400;
  constexpr size_t kBytes = 4001;  // 10 seconds of it
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second_per_address = kRate;
  limits.login_deadline = seconds(1);  // and ten more for who has a line that waits
  ChatWorld world(server(), limits);
  const TimePoint began = world.Now();
  {
    std::vector<Person> visitors;
    for (int i = 0; i < 10; ++i) {
      visitors.push_back(world.Connect("127.0.0.2"));
      visitors.back().Send(absl::StrCat("'", std::string(kBytes - 1, 'x'), "\n"));
    }
    EXPECT_TRUE(world.RunUntil([&] { return world.server().sessions() == visitors.size(); }));
    EXPECT_TRUE(world.RunUntil([&] { return world.server().sessions() == 0; }));
  }
  const Duration waited = world.Now() - began;
  EXPECT_LT(waited, CostOfLines(2, kBytes, kRate) - kBurstTime) << "no third line has passed";
  Person ann = world.Connect("127.0.0.2");
  ann.Send("login ann\n");
  ann.HearsUntil("spoken to the room.\r\n");
  EXPECT_LT(world.Now() - began, CostOfLines(3, kBytes, kRate)) << "ten lines take 100 seconds";
}

// Somebody who sends as fast as the connection takes it, and reads.
class Flooder {
 public:
  Flooder(Person person, std::string lines) : person_(std::move(person)), lines_(std::move(lines)) {
    person_.HearsRawBytes();
  }
  void GoOn() {
    lines_.erase(0, person_.Offer(lines_));
    person_.Listen();
  }
  void Reset() { person_.Reset(); }

 private:
  Person person_;
  std::string lines_;
};

void GoOn(std::vector<Flooder>& flooders) {
  for (Flooder& flooder : flooders) flooder.GoOn();
}

TEST_P(ByteRateTest, NobodyOfAnAddressIsPassedOver) {
  constexpr size_t kFlooders = 6;
  constexpr size_t kBytes = 2000;
  Limits limits = UnhurriedLimits();
  limits.max_bytes_per_second_per_address = 64 * 1024;
  ChatWorld world(server(), limits);
  std::vector<Flooder> flooders;
  for (Person& person : world.ArriveMany("f", kFlooders)) {
    flooders.emplace_back(std::move(person), Lines(40, kBytes));  // 8 seconds of them in all
  }
  Person quiet = world.Arrive("quiet");
  quiet.HearsRawBytes();
  const auto hears_until = [&](const std::function<bool()>& done) {
    return world.RunUntil([&] {
      GoOn(flooders);
      quiet.Listen();
      return done();
    });
  };
  // All of the burst has been heard, and what comes now has waited.
  ASSERT_TRUE(hears_until([&] { return quiet.heard().size() > 140'000; }));
  for (int i = 0; i < 5; ++i) {
    quiet.TakeHeard();
    quiet.Send(absl::StrCat("say ", i, "\n"));
    const std::string own = absl::StrCat("quiet: ", i, "\r\n");
    ASSERT_TRUE(hears_until([&] { return absl::StrContains(quiet.heard(), own); }));
    // Those that wait have one line each before it; a few were on their way to it already.
    EXPECT_LT(quiet.heard().find(own), 4 * kFlooders * kBytes) << i;
  }
  for (Flooder& flooder : flooders) flooder.Reset();
}

// Somebody who reads at a rate: what has arrived is taken in every `period`, of a path that holds
// kPath bytes.
constexpr int kPath = 16 * 1024;
struct Reader {
  Person person;
  Duration period;
  TimePoint next;
  bool has_all = false;
};

Reader ArriveReading(ChatWorld& world, absl::string_view name, size_t bytes_per_second) {
  Person person = world.Connect("127.0.0.1", kPath);
  person.Says(absl::StrCat("login ", name));
  person.HearsRawBytes();  // the last line may not be over when there is enough
  return {std::move(person), Duration(seconds(1)) * kPath / static_cast<int64_t>(bytes_per_second),
          world.Now()};
}

struct Heard {
  int lines = 0;    // of the flood
  int skipped = 0;  // of which it was told
};

Heard CountHeard(absl::string_view heard) {
  Heard count;
  for (absl::string_view line : absl::StrSplit(heard, "\r\n", absl::SkipEmpty())) {
    int skipped = 0;
    if (absl::StartsWith(line, "f") && absl::EndsWith(line, "x")) ++count.lines;
    if (absl::ConsumePrefix(&line, "[") && absl::ConsumeSuffix(&line, " lines skipped]") &&
        absl::SimpleAtoi(line, &skipped)) {
      count.skipped += skipped;
    }
  }
  return count;
}

// F4: eight connections of one address, each 39 lines of 4,080 bytes at once.
TEST_P(ByteRateTest, EightFloodersOfOneAddressTakeNoLineFromWhoReadsAHundredKilobytesASecond) {
  constexpr int kFlooders = 8;
  const bool simulated = server().engine == kSimulated;
  const int lines = simulated ? 39 : 12;  // of real time, four seconds are enough
  ChatWorld world(server(), Limits());
  std::vector<Reader> readers;
  for (int i = 0; i < 3; ++i) {
    readers.push_back(ArriveReading(world, absl::StrCat("reader", i), 100'000));
  }
  readers.push_back(ArriveReading(world, "slow", simulated ? 20'000 : 40'000));
  std::vector<Flooder> flooders;
  for (int i = 0; i < kFlooders; ++i) {
    flooders.emplace_back(world.Connect("127.0.0.66"),
                          absl::StrCat("login f", i, "\n", Lines(lines, 4080)));
  }
  const int all = kFlooders * lines;
  const auto heard_all = [&](const Reader& reader) {
    const Heard heard = CountHeard(reader.person.heard());
    return heard.lines + heard.skipped >= all;
  };
  const TimePoint began = world.Now();
  EXPECT_TRUE(world.RunUntil([&] {
    const TimePoint now = world.Now();
    GoOn(flooders);
    bool done = true;
    for (Reader& reader : readers) {
      if (now >= reader.next) {
        reader.next = now + reader.period;
        EXPECT_TRUE(reader.person.Listen()) << "thrown out";
        reader.has_all = heard_all(reader);
      }
      done = done && reader.has_all;
    }
    return done || HasFailure() || now - began > seconds(120);
  }));
  EXPECT_EQ(world.people(), readers.size() + kFlooders) << "nobody was thrown out";
  for (size_t i = 0; i < readers.size(); ++i) {
    const Heard heard = CountHeard(readers[i].person.TakeHeard());
    if (i < 3) {
      EXPECT_EQ(heard.lines, all) << "a line is missing";
      EXPECT_EQ(heard.skipped, 0);
    } else {
      EXPECT_GE(heard.lines + heard.skipped, all) << "a line is missing, and nothing was said";
    }
  }
}

}  // namespace
}  // namespace parley::chat
