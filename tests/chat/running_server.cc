#include "tests/chat/running_server.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <future>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chat/daemon/listen_spec.h"
#include "chat/wire/threaded_gateway.h"
#include "chat/wire/wire.h"
#include "reactor/base/check.h"
#include "reactor/base/descriptor_limit.h"

namespace parley::chat {
namespace {

// Far beyond what any step takes.
constexpr time_t kPatienceSeconds = 30;

std::unique_ptr<Reactor> MakeReactor(const std::string& engine) {
  RaiseDescriptorLimit();
  absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create(engine);
  PARLEY_CHECK(reactor.ok());
  return *std::move(reactor);
}

}  // namespace

// ---- RunningServer
// --------------------------------------------------------------------------------

RunningServer::RunningServer(const ServerKind& kind, const Limits& limits, absl::string_view listen)
    : limits_(limits),
      reactor_(MakeReactor(kind.engine)),
      admission_(limits_),
      gateway_(MakeGateway(kind)),
      server_(*gateway_, limits_) {
  const absl::StatusOr<std::vector<ListenSpec>> specs = ParseListenSpecs(listen);
  PARLEY_CHECK(specs.ok());
  for (const ListenSpec& spec : *specs) {
    const absl::StatusOr<SocketAddress> bound =
        gateway_->Listen(spec.address, spec.lag_policy.value_or(LagPolicy::kDisconnect));
    PARLEY_CHECK(bound.ok());
    addresses_.push_back(*bound);
  }
  thread_ = std::thread([this] {
    reactor_->Run();
    gateway_->CloseAll();
  });
}

RunningServer::~RunningServer() {
  reactor_->Stop();
  thread_.join();
}

std::unique_ptr<Gateway> RunningServer::MakeGateway(const ServerKind& kind) {
  Gateway::Events& events = *this;
  if (kind.threads == 1) {
    return std::make_unique<Wire>(*reactor_, 0, limits_, admission_, events);
  }
  auto gateway =
      std::make_unique<ThreadedGateway>(*reactor_, kind.threads, limits_, admission_, events);
  PARLEY_CHECK(gateway->Start(kind.engine).ok());
  return gateway;
}

size_t RunningServer::sessions() {
  std::promise<size_t> sessions;
  reactor_->Post([&] { sessions.set_value(server_.sessions()); });
  return sessions.get_future().get();
}

std::vector<std::string> RunningServer::reasons() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return reasons_;
}

void RunningServer::ClientArrived(ClientId client, absl::string_view address) {
  server_.ClientArrived(client, address);
}
void RunningServer::ClientSpoke(ClientId client, absl::string_view line) {
  server_.ClientSpoke(client, line);
}
void RunningServer::ClientSpokeTooLong(ClientId client) { server_.ClientSpokeTooLong(client); }
void RunningServer::ClientFinished(ClientId client) { server_.ClientFinished(client); }
void RunningServer::ClientOutOfPatience(ClientId client, Patience patience) {
  server_.ClientOutOfPatience(client, patience);
}
void RunningServer::ClientGone(ClientId client, absl::string_view reason) {
  server_.ClientGone(client, reason);
  const std::lock_guard<std::mutex> lock(mutex_);
  reasons_.emplace_back(reason);
}

// ---- Terminal
// -------------------------------------------------------------------------------------

Terminal::Terminal(const SocketAddress& server, int receive_buffer_bytes)
    : fd_(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  PARLEY_CHECK(fd_, errno);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                 sizeof(receive_buffer_bytes));
  }
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  PARLEY_CHECK(::connect(fd_.get(), server.get(), server.size()) == 0, errno);
}

void Terminal::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) ADD_FAILURE() << "the server does not read";
    if (sent < 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void Terminal::Say(absl::string_view line) { Send(absl::StrCat(line, "\r\n")); }

std::optional<std::string> Terminal::Line() {
  char buffer[16 * 1024];
  while (true) {
    if (const size_t end = heard_.find("\r\n", taken_); end != std::string::npos) {
      std::string line = heard_.substr(taken_, end - taken_);
      taken_ = end + 2;
      return line;
    }
    heard_.erase(0, std::exchange(taken_, 0));
    const ssize_t got = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) ADD_FAILURE() << "nothing more is heard after: " << heard_;
    if (got <= 0) return std::nullopt;
    heard_.append(buffer, static_cast<size_t>(got));
  }
}

std::vector<std::string> Terminal::LinesUntil(absl::string_view part) {
  std::vector<std::string> lines;
  while (std::optional<std::string> line = Line()) {
    lines.push_back(*std::move(line));
    if (absl::StrContains(lines.back(), part)) return lines;
  }
  ADD_FAILURE() << "the connection ended without \"" << part << "\"";
  return lines;
}

void Terminal::EndOutput() { ::shutdown(fd_.get(), SHUT_WR); }

void Terminal::Reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  fd_.Reset();
}

Terminal ArriveAt(const SocketAddress& server, absl::string_view name, int receive_buffer_bytes) {
  Terminal terminal(server, receive_buffer_bytes);
  terminal.Say(absl::StrCat("login ", name));
  terminal.LinesUntil("You are in lobby");
  return terminal;
}

}  // namespace parley::chat
