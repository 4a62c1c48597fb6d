#ifndef BENCH_MICRO_SILENT_GATEWAY_H_
#define BENCH_MICRO_SILENT_GATEWAY_H_

// A gateway to nobody, so that what the chat does with a line is all that is measured.

#include "chat/transport/gateway.h"

namespace parley::bench {

class SilentGateway final : public chat::Gateway {
 public:
  void SetEvents(Events&) override {}
  absl::Status Start(const std::string&) override { return absl::OkStatus(); }
  void Obey(const chat::Order& order) override { said_ += order.text.size(); }
  TimePoint Now() override { return TimePoint(); }
  absl::StatusOr<SocketAddress> Listen(const SocketAddress& address,
                                       const chat::ListenerOptions&) override {
    return address;
  }
  void StopListening() override {}
  void CloseAll() override {}

  // Bytes of everything that was to be said.
  size_t said() const { return said_; }

 private:
  size_t said_ = 0;
};

}  // namespace parley::bench

#endif  // BENCH_MICRO_SILENT_GATEWAY_H_
