// The fixed script whose instructions counts.py counts: people who log in, speak, join rooms and
// leave, always the same ones in the same order. It prints what the build was made with and one
// line for each phase, when it is over:
//
//   made with GNU 12.2.0, RelWithDebInfo, x86_64, glibc 2.36
//   phase broadcast, 20000 deliveries
//
// A phase in which not exactly the expected lines were heard ends the program.

#include <gnu/libc-version.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "bench/counts/counted.h"
#include "bench/counts/counted_chat.h"
#include "bench/counts/counted_echo.h"
#include "chat/profiles/classic/classic.h"
#include "chat/profiles/friendly/friendly.h"
#include "chat/profiles/pickle/pickle.h"
#include "chat/profiles/qq/qq.h"
#include "chat/profiles/relay/relay.h"
#include "reactor/base/check.h"

namespace parley::bench {
namespace {

constexpr size_t kPeople = 200;
constexpr size_t kRooms = kPeople / 2;

// With a name in front of it ("p100: ") and its line end, 64 bytes.
constexpr char kText[] = "the quick brown fox jumps over the lazy dog 12345 678901";

std::string Name(size_t person) { return absl::StrCat("p", 100 + person); }
std::string Line(absl::string_view text = kText) { return absl::StrCat(text, "\n"); }

void Finish(const char* phase, uint64_t count, const char* unit) {
  std::printf("phase %s, %llu %s\n", phase, static_cast<unsigned long long>(count), unit);
  EndPhase();
}

void ExpectHeard(CountedChat& chat, uint64_t expected) {
  const uint64_t heard = chat.TakeLinesHeard();
  PARLEY_CHECK(heard == expected, heard, expected);
}

// Everybody comes in, one after the other, and everybody who is there is told.
void LogIn(CountedChat& chat) {
  for (size_t person = 0; person < kPeople; ++person) {
    chat.Connect();
    chat.Serve();
    chat.Send(person, Line(absl::StrCat("login ", Name(person))));
    chat.Serve();
  }
  // Who comes hears a greeting, a hello and a line about the room; who is there, one line.
  ExpectHeard(chat, kPeople * 3 + kPeople * (kPeople - 1) / 2);
  Finish("login", kPeople, "logins");
}

// One line at a time to everybody.
void Broadcast(CountedChat& chat) {
  constexpr size_t kLines = 100;
  for (size_t line = 0; line < kLines; ++line) {
    chat.Send(line % kPeople, Line());
    chat.Serve();
  }
  ExpectHeard(chat, kLines * kPeople);
  Finish("broadcast", kLines * kPeople, "deliveries");
}

// Many lines come at once, and each hearer is sent all of them at once.
void Burst(CountedChat& chat) {
  constexpr size_t kBursts = 20;
  constexpr size_t kLines = 50;
  std::string lines;
  for (size_t line = 0; line < kLines; ++line) lines += Line();
  for (size_t burst = 0; burst < kBursts; ++burst) {
    chat.Send(burst % kPeople, lines);
    chat.Serve();
  }
  ExpectHeard(chat, kBursts * kLines * kPeople);
  Finish("burst", kBursts * kLines * kPeople, "deliveries");
}

// Everybody goes into a room of two.
void JoinRooms(CountedChat& chat) {
  for (size_t person = 0; person < kPeople; ++person) {
    chat.Send(person, Line(absl::StrCat("join room", person % kRooms)));
    chat.Serve();
  }
  chat.TakeLinesHeard();
  Finish("join", kPeople, "joins");
}

// Everybody speaks in one turn, each to a room of two.
void SpeakInRooms(CountedChat& chat) {
  constexpr size_t kRounds = 10;
  for (size_t round = 0; round < kRounds; ++round) {
    for (size_t person = 0; person < kPeople; ++person) chat.Send(person, Line());
    chat.Serve();
  }
  ExpectHeard(chat, kRounds * kPeople * 2);
  Finish("rooms", kRounds * kPeople, "lines");
}

// One person speaks to one other, a line in a turn.
void Speak(CountedChat& chat) {
  constexpr size_t kLines = 1000;
  for (size_t line = 0; line < kLines; ++line) {
    chat.Send(0, Line());
    chat.Serve();
  }
  ExpectHeard(chat, kLines * 2);
  Finish("line", kLines, "lines");
}

// The same, but the line comes one byte at a time.
void Trickle(CountedChat& chat) {
  constexpr size_t kLines = 20;
  const std::string line = Line();
  for (size_t i = 0; i < kLines; ++i) {
    for (const char& byte : line) {
      chat.Send(0, absl::string_view(&byte, 1));
      chat.Serve();
    }
  }
  ExpectHeard(chat, kLines * 2);
  Finish("trickle", kLines, "lines");
}

// A word to one person elsewhere; both are told.
void Tell(CountedChat& chat) {
  constexpr size_t kLines = 500;
  const std::string line = Line(absl::StrCat("tell ", Name(1), " ", kText));
  for (size_t i = 0; i < kLines; ++i) {
    chat.Send(0, line);
    chat.Serve();
  }
  ExpectHeard(chat, kLines * 2);
  Finish("tell", kLines, "lines");
}

// Everybody hangs up without a word.
void Leave(CountedChat& chat) {
  for (size_t person = 0; person < kPeople; ++person) {
    chat.HangUp(person);
    chat.Serve([&] { return chat.sessions() == kPeople - person - 1; });
  }
  chat.TakeLinesHeard();
  Finish("leave", kPeople, "leaves");
}

// What a client of this profile sends first.
std::string Introduction(const chat::Profile& profile, size_t person) {
  if (&profile != &chat::PickleProfile()) return Line(absl::StrCat("login ", Name(person)));
  const std::string pickle = absl::StrCat("S'NAME: ", Name(person), "'\np1\n.");
  std::string length(8, '\0');  // the fourth byte of eight, as an x86-64 machine writes it
  length[3] = static_cast<char>(pickle.size());
  return length + pickle;
}

// One line at a time to everybody in a room with several profiles in equal shares.
void BroadcastToProfiles(const std::vector<const chat::Profile*>& profiles, const char* login,
                         const char* broadcast) {
  constexpr size_t kLines = 100;
  CountedChat chat;
  uint64_t line_ends = 0;
  for (size_t person = 0; person < kPeople; ++person) {
    const chat::Profile& profile = *profiles[person % profiles.size()];
    chat.Connect(profile);
    chat.Serve();
    chat.Send(person, Introduction(profile, person));
    chat.Serve();
    line_ends += &profile == &chat::PickleProfile() ? 2 : 1;  // a pickle has two, not at its end
  }
  chat.TakeLinesHeard();
  Finish(login, kPeople, "logins");
  for (size_t line = 0; line < kLines; ++line) {
    chat.Send(0, Line());
    chat.Serve();
  }
  ExpectHeard(chat, kLines * line_ends);
  Finish(broadcast, kLines * kPeople, "deliveries");
}

// The reactor library alone: an AsyncChat that sends each line back.
void EchoLines() {
  constexpr size_t kLines = 1000;
  CountedEcho echo;
  for (size_t line = 0; line < kLines; ++line) echo.SayAndHear(Line());
  Finish("echo", kLines, "lines");
}

void Run() {
  std::printf("made with %s, glibc %s\n", PARLEY_MADE_WITH, ::gnu_get_libc_version());
  CountedChat chat;
  LogIn(chat);
  Broadcast(chat);
  Burst(chat);
  JoinRooms(chat);
  SpeakInRooms(chat);
  Speak(chat);
  Trickle(chat);
  Tell(chat);
  Leave(chat);
  BroadcastToProfiles({&chat::FriendlyProfile(), &chat::ClassicProfile()}, "login_2_profiles",
                      "broadcast_2_profiles");
  BroadcastToProfiles({&chat::FriendlyProfile(), &chat::ClassicProfile(), &chat::QqProfile(),
                       &chat::RelayProfile(), &chat::PickleProfile()},
                      "login_5_profiles", "broadcast_5_profiles");
  EchoLines();
}

}  // namespace
}  // namespace parley::bench

int main() { parley::bench::Run(); }
