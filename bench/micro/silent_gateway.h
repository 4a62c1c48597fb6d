#ifndef BENCH_MICRO_SILENT_GATEWAY_H_
#define BENCH_MICRO_SILENT_GATEWAY_H_

// A gateway to nobody, so that what the chat does with a line is all that is measured.

#include "chat/transport/gateway.h"

namespace parley::bench {

class SilentGateway final : public chat::Gateway {
 public:
  void SetEvents(Events&) override {}
  absl::Status Start(const std::string&) override { return absl::OkStatus(); }
  chat::AudienceId OpenAudience(const chat::SkipNotice&) override { return 1; }
  void CloseAudience(chat::AudienceId) override {}
  void Join(chat::ClientId, chat::AudienceId) override {}
  void Leave(chat::ClientId, chat::AudienceId) override {}
  void Announce(chat::AudienceId, absl::string_view text, chat::ClientId) override {
    said_ += text.size();
  }
  void Reply(chat::ClientId, absl::string_view text) override { said_ += text.size(); }
  void SetIdlePolicy(chat::ClientId, chat::IdlePolicy) override {}
  void HangUp(chat::ClientId) override {}
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
