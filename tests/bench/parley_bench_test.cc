// The programs as they are run: parley-bench against a floor that delivers rightly, and against one
// that has been told to do wrong.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "reactor/base/unique_fd.h"

namespace parley::bench {
namespace {

// A program that runs until this goes, with its output in a pipe.
class Child {
 public:
  Child(const std::string& program, const std::vector<std::string>& flags) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (const std::string& flag : flags) argv.push_back(const_cast<char*>(flag.c_str()));
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ::fdopen(ends[0], "r");
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::fclose(output_);
  }

  std::string ReadLine() {
    std::string line;
    for (int c = ::fgetc(output_); c != EOF && c != '\n'; c = ::fgetc(output_)) {
      line.push_back(static_cast<char>(c));
    }
    return line;
  }

  // Reads to the end and returns the exit code.
  int Wait(std::string* output) {
    for (int c = ::fgetc(output_); c != EOF; c = ::fgetc(output_)) {
      output->push_back(static_cast<char>(c));
    }
    int how = 0;
    ::waitpid(std::exchange(pid_, -1), &how, 0);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
  }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
};

std::string ContentsOf(const std::string& path) {
  std::ifstream file(path);
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

struct Measured {
  int exit_code = -1;
  std::string output;
};

// Waits until a floor listens, and returns its address.
std::string AddressOf(Child* floor) {
  const std::string listening = floor->ReadLine();
  const size_t at = listening.find("127.0.0.1:");
  EXPECT_NE(at, std::string::npos) << "instead of listening it says: " << listening;
  return at == std::string::npos ? "" : listening.substr(at);
}

// Loads what listens at `target` and returns what parley-bench had to say. The generator's core may
// be as busy as it likes unless a flag says otherwise: tests run beside others.
Measured LoadAt(const std::string& target, const std::vector<std::string>& bench_flags) {
  std::vector<std::string> flags = {absl::StrCat("--target=", target),
                                    "--protocol=lines",
                                    "--recipients=50",
                                    "--lines_per_second=200",
                                    "--seconds=0.5",
                                    "--warmup=0",
                                    "--drain_deadline=2",
                                    "--max_generator_share=1000"};
  flags.insert(flags.end(), bench_flags.begin(), bench_flags.end());
  Child bench(PARLEY_BENCH, flags);
  Measured measured;
  measured.exit_code = bench.Wait(&measured.output);
  return measured;
}

// The same with a floor of its own.
Measured Load(const std::string& floor, const std::vector<std::string>& floor_flags,
              const std::vector<std::string>& bench_flags) {
  Child server(floor, floor_flags);
  return LoadAt(AddressOf(&server), bench_flags);
}

// The number that follows `name` in the part of a JSON text that begins with `part`; -1 if none.
double NumberAfter(absl::string_view part, absl::string_view name, absl::string_view json) {
  const size_t begin = json.find(part);
  const size_t at = begin == json.npos ? json.npos : json.find(name, begin);
  double number = -1;
  if (at == json.npos) return number;
  const absl::string_view text = json.substr(at + name.size());
  return absl::SimpleAtod(text.substr(0, text.find_first_of(",}")), &number) ? number : -1;
}

// The results that a good load of a floor of its own has written with --json.
std::string JsonOfLoad(const std::string& floor, std::vector<std::string> bench_flags) {
  const std::string path =
      absl::StrCat(::testing::TempDir(), "/parley_bench_test.",
                   ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".json");
  bench_flags.push_back(absl::StrCat("--json=", path));
  const Measured measured = Load(floor, {}, bench_flags);
  EXPECT_EQ(measured.exit_code, 0) << measured.output;
  std::string json = ContentsOf(path);
  ::unlink(path.c_str());
  return json;
}

// A small room beside one of twenty, who all hear a hundred lines.
const std::vector<std::string> kSmallRoom = {"--scenario=small-room", "--crowd=20",
                                             "--crowd_lines_per_second=200"};

Measured LoadSmallRoom(const std::vector<std::string>& floor_flags,
                       const std::vector<std::string>& more_flags = {}) {
  std::vector<std::string> flags = kSmallRoom;
  flags.insert(flags.end(), more_flags.begin(), more_flags.end());
  return Load(FLOOR_SEND_LOOP, floor_flags, flags);
}

// What a scenario has found: the number in the line of the output that begins with `name`.
double FindingOf(absl::string_view name, absl::string_view output) {
  const size_t at = output.find(absl::StrCat("\n", name, " "));
  double number = -1;
  EXPECT_NE(at, output.npos) << output;
  if (at == output.npos) return number;
  absl::string_view line = output.substr(at + 1 + name.size());
  line = line.substr(0, line.find('\n'));
  EXPECT_TRUE(absl::SimpleAtod(line, &number)) << line;
  return number;
}

uint64_t CountOf(absl::string_view fault, const std::string& output) {
  const std::string name = absl::StrCat(" ", fault, "=");
  const size_t at = output.find(name);
  EXPECT_NE(at, std::string::npos) << output;
  return at == std::string::npos ? 0 : std::strtoull(&output[at + name.size()], nullptr, 10);
}

TEST(ParleyBenchTest, FindsNoFaultWithFloorsThatDeliver) {
  for (const char* floor : {FLOOR_SEND_LOOP, FLOOR_COALESCING_LOOP}) {
    const Measured measured = Load(floor, {}, {"--publishers=3"});
    EXPECT_EQ(measured.exit_code, 0) << measured.output;
    for (const char* fault :
         {"lost", "doubled", "reordered", "corrupt", "foreign", "disconnected"}) {
      EXPECT_EQ(CountOf(fault, measured.output), 0u) << measured.output;
    }
  }
}

TEST(ParleyBenchTest, FindsEveryKindOfFaultAndExitsWithTwo) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"drop", "lost"}, {"double", "doubled"}, {"swap", "reordered"}, {"damage", "corrupt"}};
  for (const auto& [fault, found_as] : cases) {
    const Measured measured =
        Load(FLOOR_SEND_LOOP, {absl::StrCat("--fault=", fault), "--fault_every=97"}, {});
    EXPECT_EQ(measured.exit_code, 2) << measured.output;
    // 100 lines to 50 recipients, every 97th wrong.
    EXPECT_GE(CountOf(found_as, measured.output), 50u) << fault << "\n" << measured.output;
  }
}

TEST(ParleyBenchTest, CountsExactlyWhatWasDropped) {
  const Measured measured =
      Load(FLOOR_SEND_LOOP, {"--fault=drop", "--fault_every=100"}, {"--lines_per_second=200"});
  EXPECT_EQ(CountOf("lost", measured.output), 50u) << measured.output;
}

TEST(ParleyBenchTest, WorkersTogetherMissWhatOneOfThemMisses) {
  const Measured measured =
      Load(FLOOR_SEND_LOOP, {"--fault=drop", "--fault_every=100"}, {"--processes=3"});
  EXPECT_EQ(measured.exit_code, 2);
  EXPECT_EQ(CountOf("lost", measured.output), 50u) << measured.output;
  EXPECT_GT(CountOf("incomplete_lines", measured.output), 0u);
}

TEST(ParleyBenchTest, MoreClientsThanAProcessHoldsAreSpreadOverSeveral) {
  const std::string json = JsonOfLoad(FLOOR_SEND_LOOP, {"--connections_per_process=20"});
  EXPECT_NE(json.find("\"processes\":3,\"clients\":50,"), std::string::npos);
}

TEST(ParleyBenchTest, SeveralServersHaveTheirShareOfTheRooms) {
  Child right(FLOOR_SEND_LOOP, {});
  Child wrong(FLOOR_SEND_LOOP, {"--fault=drop", "--fault_every=10"});
  const Measured measured =
      LoadAt(absl::StrCat(AddressOf(&right), ",", AddressOf(&wrong)),
             {"--rooms=10", "--publishers=10", "--processes=2", "--source_addresses=3"});
  EXPECT_EQ(measured.exit_code, 2) << measured.output;
  // Half of 100 lines, each to five recipients, went over the one that drops a tenth.
  EXPECT_EQ(CountOf("lost", measured.output), 25u) << measured.output;
}

TEST(ParleyBenchTest, RefusesToReportWhenItsCoreWasTooBusy) {
  const Measured measured = Load(FLOOR_SEND_LOOP, {}, {"--max_generator_share=0.000001"});
  EXPECT_EQ(measured.exit_code, 3);
  EXPECT_NE(measured.output.find("no report"), std::string::npos) << measured.output;
  EXPECT_EQ(measured.output.find("latency"), std::string::npos) << measured.output;
}

TEST(ParleyBenchTest, LinesOfOneRoomStayInIt) {
  const Measured measured =
      Load(FLOOR_SEND_LOOP, {}, {"--scenario=rooms", "--rooms=10", "--publishers=10"});
  EXPECT_EQ(measured.exit_code, 0) << measured.output;
}

TEST(ParleyBenchTest, LinesThatComeByteByByteAreWhole) {
  const Measured measured =
      Load(FLOOR_SEND_LOOP, {}, {"--scenario=trickle", "--publishers=5", "--lines_per_second=40"});
  EXPECT_EQ(measured.exit_code, 0) << measured.output;
}

TEST(ParleyBenchTest, ThoseWhoStayLoseNothingWhenMostLeave) {
  const Measured measured = Load(FLOOR_COALESCING_LOOP, {}, {"--scenario=mass-leave"});
  EXPECT_EQ(measured.exit_code, 0) << measured.output;
}

TEST(ParleyBenchTest, SlowReadersAreComparedWithARunWithoutThem) {
  const Measured measured =
      Load(FLOOR_COALESCING_LOOP, {"--sndbuf=4096"}, {"--scenario=slow-readers"});
  EXPECT_EQ(measured.exit_code, 0) << measured.output;
  EXPECT_NE(measured.output.find("5 have stopped"), std::string::npos) << measured.output;
  EXPECT_NE(measured.output.find("p99 of the others"), std::string::npos) << measured.output;
}

TEST(ParleyBenchTest, TellsReachTheOneTheyAreForWhileLinesFlowToAll) {
  const Measured measured =
      Load(FLOOR_COALESCING_LOOP, {}, {"--scenario=tell-latency", "--tells_per_second=200"});
  EXPECT_EQ(measured.exit_code, 0) << measured.output;
  EXPECT_NE(measured.output.find("p99 of tells in a fan-out / alone"), std::string::npos)
      << measured.output;
}

// The other floor takes a tell for a line of the room.
TEST(ParleyBenchTest, ATellThatGoesAstrayIsNotAResult) {
  const Measured measured =
      Load(FLOOR_SEND_LOOP, {},
           {"--scenario=tell-latency", "--tells_per_second=200", "--drain_deadline=0.5"});
  EXPECT_NE(measured.exit_code, 0) << measured.output;
}

TEST(ParleyBenchTest, ASmallRoomIsTimedWithABusyOneSilentAndThenBesideIt) {
  std::vector<std::string> flags = kSmallRoom;
  flags.emplace_back("--rooms=3");
  const std::string json = JsonOfLoad(FLOOR_SEND_LOOP, flags);
  // 100 lines, each to the two who are in the room of its speaker.
  EXPECT_EQ(NumberAfter("\"label\":\"the busy room is silent\"", "\"deliveries\":", json), 200);
  EXPECT_EQ(NumberAfter("\"label\":\"beside the busy room\"", "\"deliveries\":", json), 200);
  EXPECT_NE(json.find("\"processes\":2,\"clients\":26,"), std::string::npos) << json;
}

TEST(ParleyBenchTest, WhatABusyRoomIsGivenIsCounted) {
  const std::string json = JsonOfLoad(FLOOR_SEND_LOOP, kSmallRoom);
  const absl::string_view silent = "\"label\":\"the busy room is silent\"";
  const absl::string_view busy = "\"label\":\"beside the busy room\"";
  EXPECT_EQ(NumberAfter(silent, "\"crowd_bytes_in_window\":", json), 0);
  EXPECT_EQ(NumberAfter(busy, "\"crowd_offered_bytes\":", json), 100 * 20 * 64);
  // The last look at the sockets may come after the measured time.
  EXPECT_GE(NumberAfter(busy, "\"crowd_bytes_in_window\":", json), 20 * 64);
  EXPECT_LE(NumberAfter(busy, "\"crowd_bytes_in_window\":", json), 100 * 20 * 64);
}

TEST(ParleyBenchTest, ASmallRoomThatWaitsWhileABusyOneTalksIsSeenToWait) {
  const Measured measured = LoadSmallRoom({"--fault=starve", "--starve_ms=200"});
  // Its lines are late, and none is missing: that is a result.
  EXPECT_EQ(measured.exit_code, 0) << measured.output;
  // The first of them waits for as long as the other room talks, which is half a second.
  EXPECT_GT(FindingOf("max above quiet, ms", measured.output), 300) << measured.output;
  EXPECT_GT(FindingOf("p99 above quiet, ms", measured.output), 300) << measured.output;
  EXPECT_GT(FindingOf("p50 above quiet, ms", measured.output), 100) << measured.output;
}

TEST(ParleyBenchTest, LinesThatASmallRoomNeverHearsAreLost) {
  const Measured measured = LoadSmallRoom({"--fault=drop", "--fault_every=50", "--fault_room=0"});
  EXPECT_EQ(measured.exit_code, 2) << measured.output;
  // In each of the two runs 100 lines to two people.
  EXPECT_EQ(CountOf("lost", measured.output), 4u) << measured.output;
}

TEST(ParleyBenchTest, ABusyRoomWhosePeopleAreThrownOutIsNotTheLoadThatWasAskedFor) {
  const Measured measured =
      LoadSmallRoom({"--fault=hang_up", "--fault_every=500", "--fault_room=1"});
  EXPECT_EQ(measured.exit_code, 2) << measured.output;
  EXPECT_NE(measured.output.find("disconnected=3"), std::string::npos) << measured.output;
}

TEST(ParleyBenchTest, WhoSpeaksTooLateDoesNotReport) {
  const Measured measured = LoadSmallRoom({}, {"--max_send_delay_ms=0.000001"});
  EXPECT_EQ(measured.exit_code, 3) << measured.output;
  EXPECT_NE(measured.output.find("--max_send_delay_ms"), std::string::npos) << measured.output;
  EXPECT_EQ(measured.output.find("above quiet"), std::string::npos) << measured.output;
}

TEST(ParleyBenchTest, ASmallRoomNeedsABusyOne) {
  Child bench(PARLEY_BENCH, {"--target=127.0.0.1:1", "--scenario=small-room"});
  std::string output;
  EXPECT_EQ(bench.Wait(&output), 1);
  EXPECT_NE(output.find("--crowd"), std::string::npos) << output;
}

TEST(ParleyBenchTest, ALoginStormIsTimedToTheLast) {
  const Measured measured = Load(FLOOR_SEND_LOOP, {}, {"--scenario=login-storm"});
  EXPECT_EQ(measured.exit_code, 0) << measured.output;
  EXPECT_NE(measured.output.find("all let in, ms"), std::string::npos) << measured.output;
}

TEST(ParleyBenchTest, WritesItsResultsAsJson) {
  const std::string json = JsonOfLoad(FLOOR_SEND_LOOP, {});
  for (const char* key : {"\"lost\":0", "\"deliveries\":5000", "\"last_recipient\":{\"count\":100",
                          "\"net.ipv4.tcp_congestion_control\":"}) {
    EXPECT_NE(json.find(key), std::string::npos) << key << "\n" << json;
  }
}

TEST(ParleyBenchTest, ASeriesTellsOfEverySecondByItself) {
  const std::string json = JsonOfLoad(FLOOR_SEND_LOOP, {"--series", "--seconds=1.5"});
  for (const char* key : {"\"seconds_series\":[{\"second\":0,\"deliveries\":", "{\"second\":1,"}) {
    EXPECT_NE(json.find(key), std::string::npos) << key << "\n" << json;
  }
  EXPECT_EQ(json.find("{\"second\":2,"), std::string::npos);
}

TEST(ParleyBenchTest, SaysInOneSentenceWhatIsWrongWithItsFlags) {
  for (const std::string flag :
       {"--protocol=gopher", "--scenario=nothing", "--recipients=0", "--target=localhost",
        "--payload_bytes=20", "--rooms=7", "--connections_per_process=0", "--stray",
        "--target=127.0.0.1:1,", "--say_interval_us=-1", "--crowd=-1", "--crowd=20000",
        "--crowd_lines_per_second=-1"}) {
    Child bench(PARLEY_BENCH, {"--target=127.0.0.1:1", flag});
    std::string output;
    EXPECT_EQ(bench.Wait(&output), 1) << flag;
    EXPECT_FALSE(output.empty());
  }
}

TEST(ParleyBenchTest, FlagsThatContradictEachOtherAreRefusedByName) {
  for (const auto& [one, other, named] :
       {std::tuple("--scenario=trickle", "--say_interval_us=100", "--say_interval_us"),
        std::tuple("--kernel_times", "--series", "--series")}) {
    Child bench(PARLEY_BENCH, {"--target=127.0.0.1:1", one, other});
    std::string output;
    EXPECT_EQ(bench.Wait(&output), 1) << one;
    EXPECT_NE(output.find(named), std::string::npos) << output;
  }
}

TEST(ParleyBenchTest, LinesThatAreSaidTogetherHaveWaitedForEachOther) {
  const std::string json = JsonOfLoad(FLOOR_SEND_LOOP, {"--say_interval_us=50000"});
  // 200 lines a second: the first of ten that go out together waits for 45 ms.
  EXPECT_GE(NumberAfter("\"send_delay\":{", "\"max\":", json), 44e6);
}

TEST(ParleyBenchTest, ByTheKernelsClockDeliveriesDoNotWaitForALook) {
  const std::string json = JsonOfLoad(
      FLOOR_SEND_LOOP,
      {"--kernel_times", "--look_interval_us=100000", "--lines_per_second=20", "--seconds=1"});
  // By our own clock half of them would have come after 50 ms and more.
  EXPECT_LT(NumberAfter("\"delivery\":{", "\"p50\":", json), 40e6);
}

TEST(ParleyBenchTest, HelpListsTheFlagsOfEveryProgram) {
  for (const char* program : {PARLEY_BENCH, FLOOR_SEND_LOOP, FLOOR_COALESCING_LOOP}) {
    std::string output;
    Child(program, {"--help"}).Wait(&output);
    EXPECT_NE(output.find("--cpu ("), std::string::npos) << output;
  }
}

TEST(ParleyBenchTest, AServerThatIsNotThereIsAnErrorAndNotAResult) {
  // A port that is bound belongs to nobody else, and nobody listens on it.
  const UniqueFd bound(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(bound.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(bound.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);

  Child bench(PARLEY_BENCH,
              {absl::StrCat("--target=127.0.0.1:", ntohs(address.sin_port)), "--recipients=5"});
  std::string output;
  EXPECT_EQ(bench.Wait(&output), 1);
  EXPECT_NE(output.find("refused"), std::string::npos) << output;
}

}  // namespace
}  // namespace parley::bench
