#include "bench/counts/counted_echo.h"

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>

#include "bench/counts/counted.h"
#include "bench/socket_pair.h"
#include "reactor/async_chat/async_chat.h"
#include "reactor/base/check.h"

namespace parley::bench {
namespace {

class Echo : public AsyncChat {
 public:
  Echo(ChannelMap& map, UniqueFd socket) : AsyncChat(map, std::move(socket)) {
    SetTerminator("\n");
  }
  void FoundTerminator() override {
    Push(TakeMessage());
    Push("\n");
  }
};

std::unique_ptr<ChannelMap> MakeMap() {
  absl::StatusOr<std::unique_ptr<ChannelMap>> map = ChannelMap::Create("epoll");
  PARLEY_CHECK(map.ok());
  return *std::move(map);
}

}  // namespace

CountedEcho::CountedEcho() : map_(MakeMap()) {
  auto [person, server_end] = MakeSocketPair();
  person_ = std::move(person);
  map_->Make<Echo>(std::move(server_end));
}

void CountedEcho::SayAndHear(absl::string_view line) {
  const ssize_t sent = ::send(person_.get(), line.data(), line.size(), MSG_NOSIGNAL);
  PARLEY_CHECK(sent == static_cast<ssize_t>(line.size()), sent, errno);
  Counted([this] { map_->Loop(Duration::zero(), 1); });
  std::string heard(line.size() + 1, '\0');
  const ssize_t got = ::recv(person_.get(), heard.data(), heard.size(), 0);
  PARLEY_CHECK(got == sent && heard.compare(0, line.size(), line.data(), line.size()) == 0, got);
  map_->Loop(Duration::zero(), 1);  // takes in that the socket has become writable
}

}  // namespace parley::bench
