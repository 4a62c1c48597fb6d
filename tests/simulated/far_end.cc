#include "tests/simulated/far_end.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "reactor/engine/socket_calls.h"

namespace parley {
namespace {

class SocketEnd final : public FarEnd {
 public:
  explicit SocketEnd(UniqueFd socket) : socket_(std::move(socket)) {}

  std::optional<size_t> Send(absl::string_view bytes) override {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<size_t>(sent);
    if (errno == EAGAIN || errno == EINTR) return 0;
    return std::nullopt;
  }

  StreamState Receive(std::string& text) override {
    char buffer[16 * 1024];
    while (true) {
      const ssize_t count = ::recv(socket_.get(), buffer, sizeof(buffer), 0);
      if (count > 0) {
        text.append(buffer, static_cast<size_t>(count));
      } else if (count == 0) {
        return StreamState::kEnded;
      } else if (errno == EAGAIN) {
        return StreamState::kOpen;
      } else if (errno != EINTR) {
        return StreamState::kBroken;
      }
    }
  }

  void EndOutput() override { ::shutdown(socket_.get(), SHUT_WR); }
  void WillReset() override { SetLingerReset(socket_.get()); }

 private:
  UniqueFd socket_;
};

// Reads when it is asked to and not before.
class SimulatedEnd final : public FarEnd {
 public:
  explicit SimulatedEnd(SimulatedPeer& peer) : peer_(peer) { peer_.Read(false); }
  ~SimulatedEnd() override {
    if (will_reset_) {
      peer_.Reset();
    } else {
      peer_.Leave();
    }
  }

  std::optional<size_t> Send(absl::string_view bytes) override { return peer_.Offer(bytes); }

  StreamState Receive(std::string& text) override {
    peer_.Hear();
    text += peer_.heard();
    peer_.ClearHeard();
    if (peer_.heard_end()) return StreamState::kEnded;
    return peer_.heard_reset() ? StreamState::kBroken : StreamState::kOpen;
  }

  void EndOutput() override { peer_.EndOutput(); }
  void WillReset() override { will_reset_ = true; }

 private:
  SimulatedPeer& peer_;
  bool will_reset_ = false;
};

}  // namespace

std::unique_ptr<FarEnd> FarEndOf(UniqueFd socket) {
  return std::make_unique<SocketEnd>(std::move(socket));
}

std::unique_ptr<FarEnd> FarEndOf(SimulatedPeer& peer) {
  return std::make_unique<SimulatedEnd>(peer);
}

void SetReceiveBuffer(int fd, int bytes) {
  if (bytes > 0) SetOption(fd, SOL_SOCKET, SO_RCVBUF, bytes);
}

}  // namespace parley
