// The whole server in conversation on a simulated network at its worst: people of every profile who
// log in, talk, tell, change rooms, fall silent, stop reading and go in every way, while connections
// are delayed, cut into pieces, reset and half-closed, and descriptors run out.
//
// What must hold whatever the seed: everybody hears exactly what happened in their rooms, rendered
// for them, and what they were told, in that order; whoever stays to the end hears all of it, but for
// the messages of a room that a notice in the person's own rendering says were skipped, or what some
// were told instead. What that is comes from what people send and what the rooms publish, not from
// what is announced (witness.h). Sessions, names, rooms and audiences agree with each other after
// every turn, and when all have gone nothing is left.
//
// Meanwhile people of several profiles are in one room, change their rendering and their room while
// they are behind, and are left out of events or told something else: overrides, given between the
// rooms and the delivery. No operation of the rooms gives any yet.
//
// There is one I/O thread: the simulated network is of one thread, which is how a seed gives the same
// run. threads_stress_test.cc has several.
//
// PARLEY_SEED and PARLEY_SEEDS: see tests/simulated/seeds.h.

#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chat/delivery/chat_server.h"
#include "chat/profiles/all.h"
#include "chat/profiles/classic/classic.h"
#include "chat/transport/admission.h"
#include "chat/transport/shard.h"
#include "reactor/base/log.h"
#include "tests/chat/frames.h"
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
constexpr Duration kCalm = seconds(40);  // in which also what waits for the slowest rates is heard
constexpr uint16_t kFirstPort = 10000;
constexpr size_t kRooms = 3;  // beside the lobby

// Lines that end with LF: no profile of ours has this framing, so here is one.
const Profile& LfProfile() {
  static const Profile profile{.name = "lf",
                               .grammar = ClassicProfile().grammar,
                               .renderer = ClassicProfile().renderer,
                               .framing = FramingKind::kLf};
  return profile;
}

// The friendly one is first.
std::vector<const Profile*> ProfilesHere() {
  std::vector<const Profile*> profiles = AllProfiles();
  profiles.push_back(&LfProfile());
  return profiles;
}

absl::string_view NameOf(FramingKind framing) {
  switch (framing) {
    case FramingKind::kAnyLineEnd:
      return "any line end";
    case FramingKind::kLf:
      return "LF";
    case FramingKind::kCrLf:
      return "CR LF";
    case FramingKind::kLengthPrefix:
      return "length prefix";
  }
  return "";
}

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

// What people of any profile are told who have missed something.
std::optional<HeardNotice> ParseChatNotice(absl::string_view heard) {
  std::optional<HeardNotice> found;
  const auto look = [&](size_t prefix, absl::string_view head, absl::string_view tail) {
    std::optional<HeardNotice> notice = ParseNotice(heard.substr(prefix), head, tail);
    if (!notice || (found && found->size > 0)) return;
    if (notice->size > 0) notice->size += prefix;
    found = notice;
  };
  if (!heard.empty() && heard[0] == '\0') {
    constexpr size_t kLongestPrefix = 8;
    if (heard.size() < kLongestPrefix) return HeardNotice{};
    for (const LengthPrefix kind : kLengthPrefixes) {
      const size_t prefix = PrefixOf(kind, 0).size();
      look(prefix, "S'\\n(", " messages skipped)'\np1\n.");
      look(prefix, "V\\u000a(", " messages skipped)\np1\n.");
      if (!found || found->size == 0) continue;
      if (PrefixOf(kind, found->size - prefix) == heard.substr(0, prefix)) return found;
      found.reset();
    }
    return found;
  }
  look(0, "[", " lines skipped]\r\n");
  look(0, "[", " lines skipped]\n");
  return found;
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
        witness_(tally, weather_.lag_policy == LagPolicy::kSkip ? ParseChatNotice : nullptr),
        shard_(reactor_, 0, weather_.limits, admission_),
        server_(witness_, weather_.limits,
                [this](EventSink& delivery) -> EventSink& { return witness_.Before(delivery); }) {
    witness_.StandBetween(shard_, server_);
    if (random_.Percent(50)) witness_.OverrideBy([this] { return DrawOverride(); });
    for (const Profile* profile : ProfilesHere()) {
      const Entrance entrance{.profile = profile, .room = random_.Percent(80) ? "" : AnyRoom()};
      const ListenerOptions options = server_.ListenerFor(entrance, weather_.lag_policy);
      const auto bound = shard_.Listen(*SocketAddress::Parse("127.0.0.1:0"), options);
      EXPECT_TRUE(bound.ok());
      listeners_.push_back(*bound);
    }
  }
  ~Conversation() { shard_.CloseAll(); }

  void Run() {
    for (int step = 0; step < kSteps; ++step) {
      for (uint64_t things = random_.Below(4); things > 0; --things) Step();
      Turn(milliseconds(random_.Below(30)));
      if (testing::Test::HasFatalFailure()) return;
    }
    // The weather clears: whoever is still there hears everything.
    network_.rates() = FaultRates();
    for (const Person& person : people_) person.peer->Read(true);
    if (random_.Percent(30)) {
      shard_.StopListening();
      server_.SayGoodbye();
      ++tally_["goodbyes of the server"];
    }
    Rest();
    if (testing::Test::HasFatalFailure()) return;
    for (size_t i = 0; i < people_.size(); ++i) CheckEnd(i);
    for (const Person& person : people_) person.peer->Leave();
    Rest();
    EXPECT_EQ(server_.sessions(), 0u);
    EXPECT_EQ(server_.chat().users.size(), 0u);
    EXPECT_EQ(server_.chat().rooms.size(), 1u) << "but the lobby";
  }

  const FaultCounts& faults() const { return network_.counts(); }
  // Everything that everybody heard, and when.
  const std::string& trace() const { return trace_; }

 private:
  struct Person {
    SimulatedPeer* peer;
    const Profile* profile;
    LengthPrefix prefix;  // of a pickle person
  };

  Witness::Client& Record(size_t person) {
    return witness_.From(static_cast<uint16_t>(kFirstPort + person));
  }

  std::string NewText() {
    return absl::StrCat(++texts_, " ",
                        random_.Text(random_.Below(random_.Percent(10) ? 900 : 40), "ab"));
  }
  // What somebody is told in place of an event.
  std::optional<std::string> DrawOverride() {
    if (!random_.Percent(5)) return std::nullopt;
    return random_.Percent(60) ? NewText() : std::string();
  }
  std::string AnyName() { return absl::StrCat("p", random_.Index(kMostPeople)); }
  std::string AnyRoom() { return absl::StrCat("room", random_.Index(kRooms)); }

  std::string Message(const Person& person) {
    if (person.profile->name == "friendly") return FriendlyLine();
    if (person.profile->name == "pickle") return FrameOf(Pickle(), person.prefix);
    if (person.profile->name == "relay") return RelayLine();
    return WordsLine();
  }

  std::string Pickle() {
    const uint64_t what = random_.Below(100);
    const std::string text = NewText();
    if (what < 3) return "S''\n.";  // hangs up
    if (what < 8) return "I42\n.";
    if (what < 20) return absl::StrCat("S'", text, "\\n", text, "'\np1\n.");
    if (what < 40) return absl::StrCat("V", text, "\np1\n.");  // and hears V from now on
    return absl::StrCat("S'", text, "'\np1\n.");
  }

  std::string RelayLine() {
    const std::string text = NewText();
    return absl::StrCat(text, random_.Percent(20) ? absl::StrCat("\n", text) : "", "\r\n");
  }

  // Of classic, qq and lf.
  std::string WordsLine() {
    const uint64_t what = random_.Below(100);
    if (what < 15) return absl::StrCat("login ", AnyName(), "\n");
    if (what < 75) return absl::StrCat("say ", NewText(), "\n");
    if (what < 90) return "look\r\n";
    if (what < 95) return "logout\nsay too late\n";
    return absl::StrCat(NewText(), "\n");
  }

  std::string FriendlyLine() {
    const uint64_t what = random_.Below(100);
    const std::string name = AnyName();
    const std::string room = AnyRoom();
    std::string text = NewText();
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
    const size_t place = random_.Percent(40) ? 0 : random_.Index(listeners_.size());
    const SocketAddress from = *SocketAddress::Parse(absl::StrCat("127.0.0.1:", port));
    SimulatedPeer& peer = network_.CallAt(listeners_[place], from, weather_.capacity);
    const Profile& profile = *ProfilesHere()[place];
    const std::string name = absl::StrCat("p", people_.size());
    const LengthPrefix prefix = kLengthPrefixes[random_.Index(std::size(kLengthPrefixes))];
    people_.push_back({&peer, &profile, prefix});
    if (profile.name == "pickle") {
      peer.Say(FrameOf(absl::StrCat("S'NAME: ", name, "'\np1\n."), prefix));
    } else {
      peer.Say(absl::StrCat("login ", name, "\r\n"));  // which a relay takes for speech
    }
  }

  void Step() {
    if (people_.empty() || random_.Percent(12)) return Come();
    const Person& who = people_[random_.Index(people_.size())];
    SimulatedPeer& person = *who.peer;
    const uint64_t what = random_.Below(100);
    if (what < 75) {
      std::string messages;
      for (uint64_t count = random_.Between(1, 3); count > 0; --count) {
        messages += Message(who);
      }
      person.Say(messages);
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
      Witness::Client& client = Record(i);
      client.is_behind =
          client.arrived && !client.gone && reactor_.PendingBytes(client.id.connection) > 0;
      const std::string& heard = people_[i].peer->heard();
      if (heard.empty()) continue;
      ASSERT_EQ(client.model.Hear(heard), "") << "p" << i;
      absl::StrAppend(&trace_, (reactor_.Now() - TimePoint()).count(), " ", i, " ", heard);
      people_[i].peer->ClearHeard();
    }
    CheckRooms();
  }

  void Rest() {
    for (const TimePoint calm = network_.now() + kCalm; network_.now() < calm;) {
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
    const absl::string_view profile = people_[person].profile->name;
    CountSkipped(person);
    if (client.gone) ++tally_[absl::StrCat("gone: ", client.reason)];
    if (!client.arrived) ++tally_["never arrived"];
    const bool stays = people_[person].peer->is_connected() && client.arrived && !client.gone;
    // Hung up on, by the server or after its own end, and told everything before.
    const bool hung_up = client.hung_up && people_[person].peer->heard_end() &&
                         (!client.gone || absl::StrContains(client.reason, "closed"));
    if (!stays && !hung_up) return;
    ASSERT_EQ(client.model.Missing(), "") << "p" << person;
    ++tally_[absl::StrCat(profile, stays ? ": heard everything" : ": heard all to the end")];
  }

  void CountSkipped(size_t person) {
    const Witness::Client& client = Record(person);
    const uint64_t skipped = client.model.skipped_messages();
    const Profile& profile = *people_[person].profile;
    tally_[absl::StrCat(profile.name, ": messages skipped")] += skipped;
    tally_[absl::StrCat("messages skipped in the framing ", NameOf(profile.framing))] += skipped;
    if (skipped > client.skipped_before_rendering.value_or(skipped)) {
      ++tally_["changed rendering while behind, then skipped"];
    }
    if (skipped > client.skipped_before_room.value_or(skipped)) {
      ++tally_["changed room while behind, then skipped"];
    }
  }

  Random random_;
  Tally& tally_;
  const Weather weather_;
  SimulatedNetwork network_;
  Reactor reactor_;
  Admission admission_;
  Witness witness_;
  Shard shard_;
  ChatServer server_;
  std::vector<SocketAddress> listeners_;  // by profile
  std::vector<Person> people_;
  std::string trace_;
  uint64_t texts_ = 0;
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
  std::vector<std::string> expected = {"goodbyes of the server",
                                       "gone: fell too far behind",
                                       "events in a room of several profiles",
                                       "changed rendering while behind",
                                       "changed rendering while behind, then skipped",
                                       "changed room while behind",
                                       "changed room while behind, then skipped",
                                       "left out",
                                       "heard something else",
                                       "events that are something else for several"};
  for (const FramingKind framing : {FramingKind::kAnyLineEnd, FramingKind::kLf, FramingKind::kCrLf,
                                    FramingKind::kLengthPrefix}) {
    expected.push_back(absl::StrCat("messages skipped in the framing ", NameOf(framing)));
  }
  for (const Profile* profile : ProfilesHere()) {
    for (const char* what : {"heard everything", "heard all to the end", "messages skipped"}) {
      expected.push_back(absl::StrCat(profile->name, ": ", what));
    }
  }
  ExpectAll(tally, expected);
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
