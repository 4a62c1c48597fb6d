#include "tests/chat/client_end.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "reactor/base/check.h"
#include "reactor/base/unique_fd.h"

namespace parley::chat {
namespace {

// A TCP connection over the loopback.
class LoopbackEnd final : public ClientEnd {
 public:
  LoopbackEnd(const SocketAddress& server, const SocketAddress& from, int receive_buffer_bytes)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    PARLEY_CHECK(fd_, errno);
    if (receive_buffer_bytes > 0) {
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                   sizeof(receive_buffer_bytes));
    }
    PARLEY_CHECK(::bind(fd_.get(), from.get(), from.size()) == 0, errno);
    PARLEY_CHECK(::connect(fd_.get(), server.get(), server.size()) == 0, errno);
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
    // Small pieces are to arrive as the pieces they are.
    const int no_delay = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
  }

  size_t Send(absl::string_view bytes) override {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<size_t>(sent);
    return errno == EAGAIN || errno == EINTR ? 0 : bytes.size();
  }

  bool Receive(std::string& text) override {
    char buffer[16 * 1024];
    while (true) {
      const ssize_t got = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
      if (got > 0) {
        text.append(buffer, static_cast<size_t>(got));
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        return false;
      } else if (errno == EAGAIN) {
        return true;
      }
    }
  }

  void EndOutput() override { ::shutdown(fd_.get(), SHUT_WR); }

  void WillReset() override {
    const linger at_once{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }

 private:
  UniqueFd fd_;
};

// A simulated peer that reads when it is asked to and not before.
class SimulatedEnd final : public ClientEnd {
 public:
  explicit SimulatedEnd(SimulatedPeer& peer) : peer_(peer) { peer_.Read(false); }
  ~SimulatedEnd() override {
    if (will_reset_) {
      peer_.Reset();
    } else {
      peer_.Leave();
    }
  }

  size_t Send(absl::string_view bytes) override { return peer_.Offer(bytes); }

  bool Receive(std::string& text) override {
    peer_.Hear();
    text += peer_.heard();
    peer_.ClearHeard();
    return !peer_.heard_end() && !peer_.heard_reset();
  }

  void EndOutput() override { peer_.EndOutput(); }
  void WillReset() override { will_reset_ = true; }

 private:
  SimulatedPeer& peer_;
  bool will_reset_ = false;
};

}  // namespace

std::unique_ptr<ClientEnd> ConnectOverLoopback(const SocketAddress& server,
                                               const SocketAddress& from,
                                               int receive_buffer_bytes) {
  return std::make_unique<LoopbackEnd>(server, from, receive_buffer_bytes);
}

std::unique_ptr<ClientEnd> EndOf(SimulatedPeer& peer) {
  return std::make_unique<SimulatedEnd>(peer);
}

}  // namespace parley::chat
