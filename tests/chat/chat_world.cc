#include "tests/chat/chat_world.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chat/profiles/all.h"
#include "chat/profiles/friendly/friendly.h"
#include "chat/text/sanitise.h"
#include "chat/transport/make_gateway.h"
#include "reactor/base/check.h"
#include "reactor/base/unique_fd.h"
#include "reactor/engine/engine_list.h"
#include "reactor/engine/socket_calls.h"

namespace parley::chat {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);
constexpr Duration kTurn = std::chrono::milliseconds(2);
// The patience of who waits in simulated time. It is half an hour if nothing happens, and longer
// than anything that happens takes.
constexpr int kMostTurns = 1'000'000;

SocketAddress AddressFrom(absl::string_view text) {
  absl::StatusOr<SocketAddress> address = SocketAddress::Parse(text);
  PARLEY_CHECK(address.ok());
  return *address;
}

// `receive_buffer_bytes`: of a reader who is to be slow; 0 leaves the kernel's.
std::unique_ptr<FarEnd> ConnectOverLoopback(const SocketAddress& server, const SocketAddress& from,
                                            int receive_buffer_bytes) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  PARLEY_CHECK(fd, errno);
  SetReceiveBuffer(fd.get(), receive_buffer_bytes);
  PARLEY_CHECK(::bind(fd.get(), from.get(), from.size()) == 0, errno);
  PARLEY_CHECK(::connect(fd.get(), server.get(), server.size()) == 0, errno);
  PARLEY_CHECK(MakeNonBlocking(fd.get()), errno);
  // Small pieces are to arrive as the pieces they are.
  SetOption(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  return FarEndOf(std::move(fd));
}

}  // namespace

// ---- Person ----

bool Person::Listen() {
  if (!ended_) ended_ = end_->Receive(heard_) != StreamState::kOpen;
  return !ended_;
}

std::string Person::TakeHeard() {
  if (checked_ && !IsCleanStream(heard_)) {
    ADD_FAILURE() << "not fit for a terminal: " << ::testing::PrintToString(heard_);
  }
  return std::exchange(heard_, {});
}

void Person::Send(absl::string_view bytes) {
  const bool all_sent = world_->RunUntil([&] {
    // A broken connection takes everything: what the server has said is what counts.
    bytes.remove_prefix(Offer(bytes));
    Listen();
    return bytes.empty();
  });
  if (!all_sent) ADD_FAILURE() << bytes.size() << " bytes could not be sent";
}

std::string Person::HearsUntil(absl::string_view marker) {
  world_->RunUntil([&] {
    const bool open = Listen();
    return absl::StrContains(heard_, marker) || !open;
  });
  const size_t at = heard_.find(marker.data(), 0, marker.size());
  if (at == std::string::npos) {
    ADD_FAILURE() << "did not hear " << ::testing::PrintToString(std::string(marker)) << " but "
                  << ::testing::PrintToString(heard_) << (ended_ ? ", and the end" : "");
    return std::exchange(heard_, {});
  }
  std::string later = heard_.substr(at + marker.size());
  heard_.resize(at + marker.size());
  std::string text = TakeHeard();
  heard_ = std::move(later);
  return text;
}

std::string Person::AskForAnswer() {
  static int asked = 0;
  const std::string question = absl::StrCat("/zz", ++asked);
  Send(absl::StrCat(question, "\n"));
  return absl::StrCat("There is no command \"", question, "\". \"help\" lists the commands.\r\n");
}

std::string Person::Hears() {
  const std::string answer = AskForAnswer();
  std::string text = HearsUntil(answer);
  if (absl::EndsWith(text, answer)) text.resize(text.size() - answer.size());
  return text;
}

std::string Person::Says(absl::string_view line) {
  Send(absl::StrCat(line, "\n"));
  return Hears();
}

std::string Person::LastWords(absl::string_view bytes) {
  if (!bytes.empty()) Send(bytes);
  if (!world_->RunUntil([&] { return !Listen(); })) ADD_FAILURE() << "the server did not close";
  return TakeHeard();
}

// ---- ChatWorld ----

Limits UnhurriedLimits() {
  Limits limits;
  limits.max_lines_per_second = 0;
  limits.max_bytes_per_second = 0;
  limits.max_bytes_per_second_per_address = 0;
  return limits;
}

ChatWorld::ChatWorld(const ServerKind& kind, const Limits& limits, LagPolicy lag_policy)
    : limits_(limits),
      engine_(kind.engine),
      reactor_(MakeReactor(engine_)),
      admission_(limits_),
      gateway_(MakeGateway(*reactor_, kind.threads, limits_, admission_)),
      server_(*gateway_, limits_) {
  gateway_->SetEvents(server_);
  PARLEY_CHECK(gateway_->Start(kind.engine).ok());
  const absl::StatusOr<SocketAddress> bound = gateway_->Listen(
      AddressFrom("127.0.0.1:0"), server_.ListenerFor({.profile = &FriendlyProfile()}, lag_policy));
  PARLEY_CHECK(bound.ok());
  address_ = *bound;
}

ChatWorld::~ChatWorld() { gateway_->CloseAll(); }

Person ChatWorld::Connect(absl::string_view from, int receive_buffer_bytes) {
  return ConnectTo(address_, from, receive_buffer_bytes);
}

Person ChatWorld::ConnectTo(absl::string_view profile, absl::string_view room,
                            int receive_buffer_bytes) {
  return ConnectTo(*FindProfile(profile), room, receive_buffer_bytes);
}

Person ChatWorld::ConnectTo(const Profile& profile, absl::string_view room,
                            int receive_buffer_bytes) {
  SocketAddress& listener = addresses_[absl::StrCat(profile.name, "+", room)];
  if (listener.port() == 0) {
    const absl::StatusOr<SocketAddress> bound = gateway_->Listen(
        AddressFrom("127.0.0.1:0"),
        server_.ListenerFor({.profile = &profile, .room = std::string(room)}, LagPolicy::kSkip));
    PARLEY_CHECK(bound.ok());
    listener = *bound;
  }
  return ConnectTo(listener, "127.0.0.1", receive_buffer_bytes);
}

Person ChatWorld::ConnectTo(const SocketAddress& listener, absl::string_view from,
                            int receive_buffer_bytes) {
  SimulatedNetwork* network = engine_.network();
  if (network == nullptr) {
    const SocketAddress address = AddressFrom(absl::StrCat(from, ":0"));
    return Person(*this, ConnectOverLoopback(listener, address, receive_buffer_bytes));
  }
  const size_t capacity =
      receive_buffer_bytes > 0 ? static_cast<size_t>(receive_buffer_bytes) : network->capacity();
  const SocketAddress address = AddressFrom(absl::StrCat(from, ":", ++last_port_));
  return Person(*this, FarEndOf(network->CallAt(listener, address, capacity)));
}

Person ChatWorld::Arrive(absl::string_view name) {
  Person person = Connect();
  const std::string answer = person.Says(absl::StrCat("login ", name));
  if (!absl::StrContains(answer, "Hello, ")) ADD_FAILURE() << name << " was told: " << answer;
  return person;
}

std::vector<Person> ChatWorld::ArriveMany(absl::string_view prefix, size_t count) {
  const size_t expected = people() + count;
  std::vector<Person> crowd;
  crowd.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    crowd.push_back(Connect());
    crowd.back().Send(absl::StrCat("login ", prefix, i, "\n"));
  }
  if (!RunUntil([&] { return people() == expected; })) {
    ADD_FAILURE() << people() << " people are logged in instead of " << expected;
  }
  return crowd;
}

bool ChatWorld::RunUntil(const std::function<bool()>& done) {
  if (engine_.network() != nullptr) return RunSimulatedUntil(done);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    reactor_->RunOnce(kTurn);
  }
  return true;
}

bool ChatWorld::RunSimulatedUntil(const std::function<bool()>& done) {
  for (int turn = 0; !done(); ++turn) {
    if (turn == kMostTurns) return false;
    reactor_->RunOnce(kTurn);
  }
  return true;
}

void ChatWorld::StandStill(Duration duration) {
  if (SimulatedNetwork* network = engine_.network()) {
    network->AdvanceTo(network->now() + duration);
  } else {
    std::this_thread::sleep_for(duration);  // it is the passing of time that is wanted
  }
}

bool ChatWorld::BecomesEmpty() {
  return RunUntil([&] { return server_.sessions() == 0 && people() == 0 && rooms() == 1; });
}

bool ChatWorld::NothingIsOwed() {
  bool nothing = true;
  reactor_->ForEachConnection(
      [&](Handle connection) { nothing = nothing && reactor_->PendingBytes(connection) == 0; });
  return nothing;
}

// ---- checks ----

bool IsCleanStream(absl::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    if (end == absl::string_view::npos || !IsClean(text.substr(0, end))) return false;
    text.remove_prefix(end + 2);
  }
  return true;
}

size_t ResidentBytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    size_t kilobytes = 0;
    if (word == "RssAnon:" && status >> kilobytes) return kilobytes * 1024;
  }
  PARLEY_CHECK(false);
  return 0;
}

void ChatTest::SetUp() {
  for (const EngineEntry& entry : BuiltEngines()) {
    if (server().engine != entry.name) continue;
    const auto made = entry.make();
    if (!made.ok()) GTEST_SKIP() << entry.name << ": " << made.status().message();
  }
}

}  // namespace parley::chat
