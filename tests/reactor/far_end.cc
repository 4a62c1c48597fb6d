#include "tests/reactor/far_end.h"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "reactor/engine/socket_calls.h"

namespace parley {
namespace {

class SocketEnd final : public FarEnd {
 public:
  explicit SocketEnd(UniqueFd socket) : socket_(std::move(socket)) {}

  size_t Send(absl::string_view bytes) override {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<size_t>(sent) : 0;
  }

  bool Receive(std::string& text) override {
    char buffer[4096];
    while (true) {
      const ssize_t count = ::recv(socket_.get(), buffer, sizeof(buffer), 0);
      if (count < 0) return true;
      if (count == 0) return false;
      text.append(buffer, static_cast<size_t>(count));
    }
  }

  void EndOutput() override { ::shutdown(socket_.get(), SHUT_WR); }
  void WillReset() override { SetLingerReset(socket_.get()); }

 private:
  UniqueFd socket_;
};

// Reads when it is asked to and not before.
class SimulatedFarEnd final : public FarEnd {
 public:
  explicit SimulatedFarEnd(SimulatedPeer& peer) : peer_(peer) { peer_.Read(false); }
  ~SimulatedFarEnd() override {
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
    return !peer_.heard_end();
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
  return std::make_unique<SimulatedFarEnd>(peer);
}

}  // namespace parley
