#include "tests/chat/running_server.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <future>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chat/daemon/listen_spec.h"
#include "chat/transport/make_gateway.h"
#include "reactor/base/check.h"
#include "reactor/engine/socket_calls.h"
#include "tests/simulated/far_end.h"

namespace parley::chat {
namespace {

// Far beyond what any step takes.
constexpr time_t kPatienceSeconds = 30;

}  // namespace

// ---- RunningServer ----

RunningServer::RunningServer(const ServerKind& kind, const Limits& limits, absl::string_view listen)
    : limits_(limits),
      engine_(kind.engine),
      reactor_(MakeReactor(engine_)),
      admission_(limits_),
      gateway_(MakeGateway(*reactor_, kind.threads, limits_, admission_)),
      server_(*gateway_, limits_) {
  gateway_->SetEvents(*this);
  PARLEY_CHECK(gateway_->Start(kind.engine).ok());
  const absl::StatusOr<std::vector<ListenSpec>> specs = ParseListenSpecs(listen);
  PARLEY_CHECK(specs.ok());
  for (const ListenSpec& spec : *specs) {
    const absl::StatusOr<SocketAddress> bound = gateway_->Listen(
        spec.address,
        server_.ListenerFor({spec.profile, spec.room}, spec.lag_policy.value_or(LagPolicy::kSkip)));
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

size_t RunningServer::sessions() {
  std::promise<size_t> sessions;
  reactor_->Post([&] { sessions.set_value(server_.sessions()); });
  return sessions.get_future().get();
}

std::vector<std::string> RunningServer::reasons() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return reasons_;
}

void RunningServer::OnNews(const News& news) {
  server_.OnNews(news);
  if (news.kind != News::Kind::kGone) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  reasons_.emplace_back(news.text);
}

// ---- Terminal ----

Terminal::Terminal(const SocketAddress& server, int receive_buffer_bytes)
    : fd_(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  PARLEY_CHECK(fd_, errno);
  SetReceiveBuffer(fd_.get(), receive_buffer_bytes);
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  // With a time limit no call is begun again by itself, and an io_uring that is taken apart still
  // interrupts the thread that made it: the connection goes on meanwhile.
  while (::connect(fd_.get(), server.get(), server.size()) != 0 && errno != EISCONN) {
    PARLEY_CHECK(errno == EINTR, errno);
  }
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
  SetLingerReset(fd_.get());
  fd_.Reset();
}

Terminal ArriveAt(const SocketAddress& server, absl::string_view name, int receive_buffer_bytes) {
  Terminal terminal(server, receive_buffer_bytes);
  terminal.Say(absl::StrCat("login ", name));
  terminal.LinesUntil("You are in lobby");
  return terminal;
}

}  // namespace parley::chat
