#include "bench/counts/counted_chat.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bench/counts/counted.h"
#include "bench/counts/still_clock.h"
#include "bench/no_limits.h"
#include "bench/socket_pair.h"
#include "reactor/base/check.h"

namespace parley::bench {
namespace {

constexpr Duration kTurn = std::chrono::microseconds(10);

std::unique_ptr<Reactor> MakeReactor() {
  absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create("epoll");
  PARLEY_CHECK(reactor.ok());
  return *std::move(reactor);
}

}  // namespace

CountedChat::CountedChat()
    : limits_(NoLimits()),
      reactor_(MakeReactor()),
      admission_(limits_),
      shard_(*reactor_, 0, limits_, admission_),
      server_(shard_, limits_) {
  shard_.SetEvents(server_);
}

CountedChat::~CountedChat() { shard_.CloseAll(); }

size_t CountedChat::Connect(const chat::Profile& profile) {
  std::pair<UniqueFd, UniqueFd> ends = MakeSocketPair();
  people_.push_back(std::move(ends.first));
  static const SocketAddress peer = *SocketAddress::Parse("127.0.0.1:9");
  const chat::ListenerOptions listener =
      server_.ListenerFor({.profile = &profile}, chat::LagPolicy::kSkip);
  Counted([&] { shard_.Serve(std::move(ends.second), peer, listener); });
  return people_.size() - 1;
}

void CountedChat::Send(size_t person, absl::string_view bytes) {
  const ssize_t sent = ::send(people_[person].get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  PARLEY_CHECK(sent == static_cast<ssize_t>(bytes.size()), sent, errno);
}

void CountedChat::Serve(absl::FunctionRef<bool()> done) {
  do {
    LetTimePass(kTurn);
    Counted([this] { reactor_->RunOnce(Duration::zero()); });
  } while (!done() || !NothingIsOwed());
  EverybodyReads();
  reactor_->RunOnce(Duration::zero());
}

bool CountedChat::NothingIsOwed() {
  bool nothing = true;
  reactor_->ForEachConnection(
      [&](Handle connection) { nothing = nothing && reactor_->PendingBytes(connection) == 0; });
  return nothing;
}

void CountedChat::EverybodyReads() {
  char buffer[16 * 1024];
  for (const UniqueFd& person : people_) {
    if (!person) continue;
    ssize_t got = 0;
    while ((got = ::recv(person.get(), buffer, sizeof(buffer), 0)) > 0) {
      lines_heard_ += static_cast<uint64_t>(std::count(buffer, buffer + got, '\n'));
    }
    PARLEY_CHECK(got == 0 || errno == EAGAIN, errno);
  }
}

}  // namespace parley::bench
