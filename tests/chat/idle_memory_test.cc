// What an idle connection costs in user memory: with its chat session, and in the reactor alone.
// Counted is what the server process's anonymous memory grows by when ten thousand more have come,
// after a thousand: what the engine and the first connections need once is in neither.

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reactor/base/check.h"
#include "tests/chat/chat_world.h"
#include "tests/chat/idle_crowd.h"

namespace parley::chat {
namespace {

// A sanitizer has its own memory for each byte and keeps what is freed: there is nothing to measure
// then, and a tenth of the connections shows that they can be held.
constexpr uint32_t kFirst = kSanitized ? 100 : 1'000;
constexpr uint32_t kMeasured = kSanitized ? 900 : 10'000;
constexpr size_t kMostWithSession = 400;
constexpr size_t kMostInReactor = 160;

class IdleMemoryTest : public ChatTest {};

// With more threads there is more memory that does not grow with connections, and no other.
std::vector<ServerKind> KindsOfOneThread() {
  std::vector<ServerKind> kinds = ServerKinds();
  std::erase_if(kinds, [](const ServerKind& kind) { return kind.threads != 1; });
  return kinds;
}
INSTANTIATE_TEST_SUITE_P(With, IdleMemoryTest, ::testing::ValuesIn(KindsOfOneThread()),
                         [](const auto& parameter) { return parameter.param.Name(); });

// Runs `measure` in a process of its own, whose memory nothing has been done with before, and
// returns what it returns; nothing when it failed.
std::optional<size_t> InAnotherProcess(const std::function<size_t()>& measure) {
  int ends[2];
  PARLEY_CHECK(::pipe(ends) == 0, errno);
  std::fflush(nullptr);
  const pid_t process = ::fork();
  PARLEY_CHECK(process >= 0, errno);
  if (process == 0) {
    const size_t result = measure();
    ::_exit(::write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
  }
  ::close(ends[1]);
  size_t result = 0;
  const bool measured = ::read(ends[0], &result, sizeof(result)) == sizeof(result);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (!measured || status != 0) return std::nullopt;
  return result;
}

void Expect(std::optional<size_t> bytes, size_t most, const char* what, const std::string& engine) {
  ASSERT_TRUE(bytes.has_value()) << "the measuring process failed";
  if (kSanitized) GTEST_SKIP() << "a sanitizer's memory is not the server's";
  std::printf("user memory per %s: %zu bytes (%s, %u connections)\n", what, *bytes, engine.c_str(),
              kMeasured);
  EXPECT_GT(*bytes, 0U) << "nothing was measured";
  EXPECT_LE(*bytes, most);
}

size_t MeasureWithSession(const ServerKind& kind) {
  IdleCrowd crowd;
  Limits limits;
  limits.max_bytes_per_second_per_address = 0;  // of one address, ten thousand logins take a while
  ChatWorld world(kind, limits);
  const auto await = [&](size_t people) {
    PARLEY_CHECK(world.RunUntil([&] { return world.people() >= people && world.NothingIsOwed(); }));
  };
  crowd.Come(world.port(), kFirst, "login u");
  await(kFirst);
  const size_t before = ResidentBytes();
  crowd.Come(world.port(), kMeasured, "login u");
  await(kFirst + kMeasured);
  return (ResidentBytes() - before) / kMeasured;
}

TEST_P(IdleMemoryTest, AnIdleLoggedInConnectionCostsLittle) {
  const auto bytes = InAnotherProcess([this] { return MeasureWithSession(server()); });
  Expect(bytes, kMostWithSession, "idle logged-in connection", server().engine);
}

// Adopts everybody, and one handler serves them all.
class Adopter final : public AcceptHandler, public ConnectionHandler {
 public:
  void AdoptFor(Reactor& reactor) { reactor_ = &reactor; }
  void OnAccepted(Handle, UniqueFd fd, const SocketAddress&) override {
    PARLEY_CHECK(reactor_->Adopt(std::move(fd), this).ok());
  }
  void OnBytes(Handle, ByteSpan) override {}
  void OnClosed(Handle, CloseReason) override {}

 private:
  Reactor* reactor_ = nullptr;
};

size_t MeasureInReactor(const ServerKind& kind) {
  IdleCrowd crowd;
  Adopter adopter;
  auto reactor = Reactor::Create(kind.engine);
  PARLEY_CHECK(reactor.ok());
  adopter.AdoptFor(**reactor);
  const auto listener =
      (*reactor)->Listen(*SocketAddress::Parse("127.0.0.1:0"), ListenOptions(), &adopter);
  PARLEY_CHECK(listener.ok());
  const uint16_t port = (*reactor)->AddressOf(*listener).port();
  const auto await = [&](size_t connections) {
    while ((*reactor)->connections() < connections) (*reactor)->RunOnce(std::chrono::seconds(1));
  };
  crowd.Come(port, kFirst, "");
  await(kFirst);
  const size_t before = ResidentBytes();
  crowd.Come(port, kMeasured, "");
  await(kFirst + kMeasured);
  return (ResidentBytes() - before) / kMeasured;
}

TEST_P(IdleMemoryTest, AnIdleConnectionCostsTheReactorLittle) {
  const auto bytes = InAnotherProcess([this] { return MeasureInReactor(server()); });
  Expect(bytes, kMostInReactor, "idle connection in the reactor", server().engine);
}

}  // namespace
}  // namespace parley::chat
