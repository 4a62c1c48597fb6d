// What a line costs on its way to a command or to the room, with nobody to hear it.

#include <benchmark/benchmark.h>

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bench/micro/made_text.h"
#include "bench/micro/silent_gateway.h"
#include "chat/delivery/delivery.h"
#include "chat/delivery/profile.h"
#include "chat/profiles/friendly/friendly.h"
#include "chat/profiles/friendly/friendly_commands.h"
#include "chat/rooms/chat.h"
#include "chat/rooms/chat_session.h"

namespace parley::bench {
namespace {

void SetItems(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

// A chat with one person in the lobby.
class Visit {
 public:
  Visit() : delivery_(gateway_), chat_(delivery_, [] { return TimePoint(); }) {
    delivery_.SetRendering(session_, {.profile = &chat::FriendlyProfile()});
    Say("login ann");
  }
  ~Visit() { session_.Enter(chat_.logout_room); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  void Say(absl::string_view line) {
    const chat::Grammar& grammar = session_.profile().grammar;
    delivery_.Answer(session_,
                     session_.Handle(grammar.Parse(line, !session_.logged_in(), buffer_)));
  }

 private:
  SilentGateway gateway_;
  chat::Delivery delivery_;
  chat::Chat chat_;
  chat::ChatSession session_{chat_, {}, chat::FriendlyProfile()};
  std::string buffer_;
};

void Lines(benchmark::State& state, const std::string& line) {
  Visit visit;
  for (auto _ : state) visit.Say(line);
  SetItems(state);
}

void LineOfSpeech(benchmark::State& state) { Lines(state, MakeText(60)); }
BENCHMARK(LineOfSpeech);
void LineWithFirstCommand(benchmark::State& state) { Lines(state, "say " + MakeText(56)); }
BENCHMARK(LineWithFirstCommand);
void LineToOnePerson(benchmark::State& state) { Lines(state, "tell ann " + MakeText(51)); }
BENCHMARK(LineToOnePerson);
void LineWithUnknownCommand(benchmark::State& state) { Lines(state, "/lok " + MakeText(55)); }
BENCHMARK(LineWithUnknownCommand);

// What no server is spared: a copy of the line with the speaker's name in front.
void StrCatLine(benchmark::State& state) {
  const std::string name = "ann";
  const std::string text = MakeText(60);
  for (auto _ : state) benchmark::DoNotOptimize(absl::StrCat(name, ": ", text, "\r\n"));
  SetItems(state);
}
BENCHMARK(StrCatLine);

// ---- the look-up alone

const char* const kWords[] = {"say", "logout", "the"};  // the first, the last, none

void FindCommand(benchmark::State& state) {
  const absl::string_view word = kWords[state.range(0)];
  for (auto _ : state) benchmark::DoNotOptimize(chat::FindFriendlyCommand(word, false));
  SetItems(state);
}
BENCHMARK(FindCommand)->DenseRange(0, 2);

void FlatHashMapFind(benchmark::State& state) {
  absl::flat_hash_map<std::string, const chat::FriendlyCommand*> commands;
  for (const chat::FriendlyCommand& command : chat::FriendlyCommands(false)) {
    commands[command.name] = &command;
  }
  const absl::string_view word = kWords[state.range(0)];
  for (auto _ : state) benchmark::DoNotOptimize(commands.find(absl::AsciiStrToLower(word)));
  SetItems(state);
}
BENCHMARK(FlatHashMapFind)->DenseRange(0, 2);

}  // namespace
}  // namespace parley::bench
