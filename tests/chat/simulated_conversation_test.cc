// The whole server in conversation on a simulated network at its worst: people who log in, talk,
// tell, change rooms, fall silent, stop reading and go in every way, while connections are delayed,
// cut into pieces, reset and half-closed, and descriptors run out.
//
// What must hold whatever the seed: everybody hears exactly what was spoken to them, in the order
// in which it was spoken, and whoever stays to the end hears all of it; sessions, names, rooms and
// audiences agree with each other after every turn; and when all have gone nothing is left.
//
// PARLEY_SEED and PARLEY_SEEDS: see tests/simulated/seeds.h.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chat/delivery/chat_server.h"
#include "chat/profiles/all.h"
#include "chat/wire/admission.h"
#include "chat/wire/wire.h"
#include "reactor/base/log.h"
#include "tests/chat/witness.h"
#include "tests/reactor/random.h"
#include "tests/simulated/seeds.h"
#include "tests/simulated/simulated_engine.h"
#include "tests/simulated/simulated_network.h"
#include "tests/simulated/tally.h"

namespace parley::chat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kMostPeople = 12;
constexpr int kSteps = 80;
constexpr uint16_t kFirstPort = 10000;

struct Weather {
  Limits limits;
  LagPolicy lag_policy = LagPolicy::kDisconnect;
  FaultRates rates;
  size_t capacity = 0;
};

Weather WeatherOf(Random& random) {
  Weather weather;
  Limits& limits = weather.limits;
  limits.max_lines_per_second = random.Percent(70) ? 0 : 20;
  limits.max_bytes_per_second = random.Percent(70) ? 0 : 1000;
  limits.max_bytes_per_second_per_address = random.Percent(70) ? 0 : 2000;
  limits.max_line_bytes = random.Percent(80) ? 4096 : 40;
  limits.max_lag_bytes = static_cast<uint32_t>(random.Between(800, 4000));
  limits.soft_lag_bytes = limits.max_lag_bytes / 4;
  limits.longest_lag = milliseconds(random.Between(100, 5000));
  limits.login_deadline = milliseconds(random.Percent(80) ? 60'000 : 300);
  limits.idle_time = milliseconds(random.Percent(80) ? 0 : 700);
  if (random.Percent(40)) weather.lag_policy = LagPolicy::kSkip;
  weather.rates = FaultRates::Drawn(random);
  if (random.Percent(70)) weather.rates.AddHostile(random);
  weather.capacity = random.Between(100, 3000);
  return weather;
}

class Conversation {
 public:
  Conversation(uint64_t seed, Tally& tally)
      : random_(seed),
        tally_(tally),
        weather_(WeatherOf(random_)),
        network_(random_.Next(), weather_.rates, weather_.capacity),
        reactor_(std::make_unique<SimulatedEngine>(network_)),
        admission_(weather_.limits),
        witness_(weather_.lag_policy == LagPolicy::kSkip),
        wire_(reactor_, 0, weather_.limits, admission_, witness_),
        server_(Between(), weather_.limits, AllProfiles()) {
    witness_.StandBetween(wire_, server_);
    EXPECT_TRUE(wire_.Listen(*SocketAddress::Parse("127.0.0.1:0"), {weather_.lag_policy}).ok());
  }
  ~Conversation() { wire_.CloseAll(); }

  void Run() {
    for (int step = 0; step < kSteps; ++step) {
      for (uint64_t things = random_.Below(4); things > 0; --things) Step();
      Turn(milliseconds(random_.Below(30)));
      if (testing::Test::HasFatalFailure()) return;
    }
    // The weather clears: whoever is still there hears everything.
    network_.rates() = FaultRates();
    for (SimulatedPeer* person : people_) person->Read(true);
    if (random_.Percent(30)) {
      wire_.StopListening();
      server_.SayGoodbye();
      ++tally_["goodbyes of the server"];
    }
    Rest();
    if (testing::Test::HasFatalFailure()) return;
    for (size_t i = 0; i < people_.size(); ++i) CheckEnd(i);
    for (SimulatedPeer* person : people_) person->Leave();
    Rest();
    EXPECT_EQ(server_.sessions(), 0u);
    EXPECT_EQ(server_.chat().users.size(), 0u);
    EXPECT_EQ(server_.chat().rooms.size(), 1u) << "but the lobby";
  }

  const FaultCounts& faults() const { return network_.counts(); }
  // Everything that everybody heard, and when.
  const std::string& trace() const { return trace_; }

 private:
  // The gateway has to be asked for the first audience while the server is being made.
  Gateway& Between() {
    witness_.StandBetween(wire_, server_);
    return witness_;
  }

  Witness::Client& Record(size_t person) {
    return witness_.From(static_cast<uint16_t>(kFirstPort + person));
  }

  std::string Line() {
    const uint64_t what = random_.Below(100);
    const std::string name = absl::StrCat("p", random_.Index(kMostPeople));
    const std::string room = absl::StrCat("room", random_.Index(3));
    std::string text = absl::StrCat(
        ++lines_, " ", random_.Text(random_.Below(random_.Percent(10) ? 900 : 40), "ab"));
    if (what < 25) return absl::StrCat("login ", name, "\n");
    if (what < 55) return absl::StrCat("say ", text, "\r\n");
    if (what < 65) return absl::StrCat("tell ", name, " ", text, "\n");
    if (what < 70) return absl::StrCat("me ", text, "\n");
    if (what < 80) return absl::StrCat("join ", room, "\n");
    if (what < 83) return "leave\n";
    if (what < 85) return absl::StrCat("topic ", text, "\n");
    if (what < 88) return absl::StrCat("look ", room, "\n");
    if (what < 91) return random_.Percent(50) ? "who\n" : "rooms\n";
    if (what < 93) return "help\r\n";
    if (what < 95) return "logout\nsay too late\n";
    if (what < 97) return absl::StrCat("/", text, "\r");
    return text;
  }

  void Come() {
    if (people_.size() == kMostPeople) return;
    const uint64_t port = kFirstPort + people_.size();
    people_.push_back(
        &network_.Call(*SocketAddress::Parse(absl::StrCat("127.0.0.1:", port)), weather_.capacity));
    people_.back()->Say(absl::StrCat("login p", people_.size() - 1, "\n"));
  }

  void Step() {
    if (people_.empty() || random_.Percent(12)) return Come();
    SimulatedPeer& person = *people_[random_.Index(people_.size())];
    const uint64_t what = random_.Below(100);
    if (what < 75) {
      std::string lines;
      for (uint64_t count = random_.Between(1, 3); count > 0; --count) lines += Line();
      person.Say(lines);
    } else if (what < 95) {
      person.Read(random_.Percent(60));
    } else if (what < 97) {
      person.Reset();
    } else if (what < 98) {
      person.Leave();
    } else {
      person.EndOutput();
    }
  }

  void Turn(Duration longest_wait) {
    reactor_.RunOnce(longest_wait);
    for (size_t i = 0; i < people_.size(); ++i) {
      const std::string& heard = people_[i]->heard();
      if (heard.empty()) continue;
      ASSERT_EQ(Record(i).model.Hear(heard), "") << "p" << i;
      absl::StrAppend(&trace_, (reactor_.Now() - TimePoint()).count(), " ", i, " ", heard);
      people_[i]->ClearHeard();
    }
    CheckRooms();
  }

  void Rest() {
    for (const TimePoint calm = network_.now() + seconds(12); network_.now() < calm;) {
      Turn(seconds(1));
      if (testing::Test::HasFatalFailure()) return;
    }
  }

  void CheckRooms() {
    const Chat& chat = server_.chat();
    ASSERT_EQ(server_.sessions(), witness_.clients());
    ASSERT_EQ(reactor_.connections(), server_.sessions());
    ASSERT_EQ(chat.users.size(), witness_.members());
    size_t people = 0;
    for (const ChatRoom* room : chat.rooms.Sorted()) {
      people += room->people();
      if (room->name() != "lobby") {
        ASSERT_GT(room->people(), 0U) << room->name();
      }
    }
    ASSERT_EQ(people, chat.users.size());
  }

  void CheckEnd(size_t person) {
    const Witness::Client& client = Record(person);
    tally_["lines skipped"] += client.model.skipped_lines();
    if (client.gone) ++tally_[absl::StrCat("gone: ", client.reason)];
    if (!client.arrived) ++tally_["never arrived"];
    const bool stays = people_[person]->is_connected() && client.arrived && !client.gone;
    // Hung up on, by the server or after its own end, and told everything before.
    const bool hung_up = client.hung_up && people_[person]->heard_end() &&
                         (!client.gone || absl::StrContains(client.reason, "closed"));
    if (!stays && !hung_up) return;
    ASSERT_EQ(client.model.Missing(), "") << "p" << person;
    ++tally_[stays ? "heard everything" : "heard everything to the end"];
  }

  Random random_;
  Tally& tally_;
  const Weather weather_;
  SimulatedNetwork network_;
  Reactor reactor_;
  Admission admission_;
  Witness witness_;
  Wire wire_;
  ChatServer server_;
  std::vector<SimulatedPeer*> people_;
  std::string trace_;
  uint64_t lines_ = 0;
};

class SimulatedConversation : public testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Share, SimulatedConversation, testing::Range(uint64_t{0}, ShareCount()));

TEST_P(SimulatedConversation, EverybodyHearsWhatWasSpokenToThemInOrder) {
  SetLogSink([](Severity, absl::string_view) {});
  FaultCounts faults;
  Tally tally;
  const SeedShare share{.first = GetParam(), .shares = ShareCount()};
  const bool all_ran = ForEachSeed(share, [&](uint64_t seed) {
    Conversation conversation(seed, tally);
    conversation.Run();
    faults.Add(conversation.faults());
  });
  SetLogSink(nullptr);
  if (!all_ran) return;
  ExpectEveryFault(faults);
  ExpectAll(tally, {"heard everything", "heard everything to the end", "lines skipped",
                    "goodbyes of the server", "gone: fell too far behind"});
}

TEST(SimulatedConversationReplay, TheSameSeedGivesTheSameConversationToTheNanosecond) {
  SetLogSink([](Severity, absl::string_view) {});
  Tally tally;
  std::string other;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Conversation first(seed, tally);
    first.Run();
    Conversation second(seed, tally);
    second.Run();
    ASSERT_EQ(first.trace(), second.trace());
    ASSERT_EQ(first.faults().ToString(), second.faults().ToString());
    ASSERT_NE(first.trace(), other) << "two seeds, one conversation";
    other = first.trace();
  }
  SetLogSink(nullptr);
}

}  // namespace
}  // namespace parley::chat
