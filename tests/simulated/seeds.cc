#include "tests/simulated/seeds.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/reactor/random.h"

// The sanitizers' own; there is none in a build without them.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace parley {
namespace {

constexpr uint64_t kSeedsOfAShare = 2500;

uint64_t SeedCount() { return NumberFromEnvironment("PARLEY_SEEDS", PARLEY_DEFAULT_SEEDS); }

// What to print when the process ends here.
std::array<char, 80> last_words;

void PrintLastWords() {
  size_t size = 0;
  while (size < last_words.size() && last_words[size] != '\0') ++size;
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, last_words.data(), size);
}

void DieBy(int signal_number) {
  PrintLastWords();
  ::signal(signal_number, SIG_DFL);
  ::raise(signal_number);
}

void HearOfTheEnd() {
  if (__sanitizer_set_death_callback != nullptr) {
    return __sanitizer_set_death_callback(&PrintLastWords);
  }
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE}) ::signal(number, &DieBy);
}

// A number that the same name always has (FNV-1a).
uint64_t SeedOf(absl::string_view name) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

void SetSeed(uint64_t seed) {
  [[maybe_unused]] static const bool once = (HearOfTheEnd(), true);
  std::snprintf(last_words.data(), last_words.size(), "%s\n", ReplayHint(seed).c_str());
}

}  // namespace

std::string ReplayHint(uint64_t seed) {
  return absl::StrCat("PARLEY_SEED=", seed, " replays this");
}

uint64_t ShareCount() { return std::max<uint64_t>(PARLEY_DEFAULT_SEEDS / kSeedsOfAShare, 1); }

bool ForEachSeed(const SeedShare& share, absl::FunctionRef<void(uint64_t seed)> run) {
  const auto run_one = [&](uint64_t seed) {
    SetSeed(seed);
    SCOPED_TRACE(ReplayHint(seed));
    run(seed);
    last_words[0] = '\0';
  };
  if (std::getenv("PARLEY_SEED") != nullptr) {
    run_one(NumberFromEnvironment("PARLEY_SEED", 0));
    return false;
  }
  for (uint64_t seed = share.first; seed < SeedCount(); seed += share.shares) {
    run_one(seed);
    if (testing::Test::HasFailure()) return false;
  }
  return true;
}

uint64_t SeedOr(uint64_t otherwise) {
  const uint64_t seed = NumberFromEnvironment("PARLEY_SEED", otherwise);
  SetSeed(seed);
  return seed;
}

uint64_t SeedOfThisTest() {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  return SeedOr(SeedOf(absl::StrCat(test->test_suite_name(), ".", test->name())));
}

}  // namespace parley
