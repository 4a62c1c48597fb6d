#ifndef CHAT_WIRE_IO_THREAD_H_
#define CHAT_WIRE_IO_THREAD_H_

// One I/O thread: a reactor with a wire on it, and two mailboxes between it and the main thread.
// What the main thread asks is done in the order in which it was asked; what clients do is told in
// the order in which it happened.
//
// Ownership: owns its thread, reactor and wire. Thread: made, told and destroyed by the main
// thread.

#include <future>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chat/transport/framing.h"
#include "chat/wire/admission.h"
#include "chat/wire/gateway.h"
#include "chat/wire/limits.h"
#include "chat/wire/wire.h"
#include "reactor/base/segment.h"
#include "reactor/loop/mailbox.h"
#include "reactor/loop/reactor.h"

namespace parley::chat {

// What the main thread asks of a wire.
struct WireOrder {
  enum class Kind : uint8_t {
    kJoin,
    kLeave,
    kAnnounce,
    kReply,
    kSetPatience,
    kHangUp,
    kCloseAudience
  };
  Kind kind = Kind::kReply;
  Patience patience = Patience::kLogin;
  AudienceId audience = 0;
  Handle client;                       // of kAnnounce: who is left out
  const SkipNotice* notice = nullptr;  // of kJoin: the audience's
  Slice text;
};

// What a wire tells the main thread.
struct WireNews {
  enum class Kind : uint8_t {
    kArrived,
    kSpoke,
    kSpokeTooLong,
    kLearned,
    kBrokeProtocol,
    kFinished,
    kOutOfPatience,
    kFellBehind,
    kGone,
  };
  Kind kind = Kind::kSpoke;
  Patience patience = Patience::kLogin;
  EntranceId entrance = 0;  // of kArrived
  Capability capability;    // of kLearned
  Handle client;
  Slice text;  // the address, the line, the sentence, how it fell behind, or the reason
};

class IoThread final : private Gateway::Events, private TurnHook {
 public:
  IoThread(uint32_t index, const Limits& limits, Admission& admission, Reactor& main_reactor);
  // Closes its clients and waits for the thread. The last news may be read afterwards.
  ~IoThread() override;

  // Makes the reactor, on the thread that will run it, and runs it.
  absl::Status Start(const std::string& engine);
  void Stop();

  void Tell(WireOrder order);
  template <typename Take>
  void TakeNews(Take take) {
    news_.TakeAll(take);
  }
  // Runs `task` on the thread, some time soon; or runs it and waits for its end.
  void Post(absl::AnyInvocable<void(Wire&)> task);
  void Call(absl::AnyInvocable<void(Wire&)> task);

 private:
  void Run(const std::string& engine, std::promise<absl::Status>& started);
  void Obey(WireOrder& order);
  void Report(ClientId client, WireNews news, absl::string_view text = "");

  void OnTurn() override;
  void ClientArrived(ClientId client, EntranceId entrance, absl::string_view address) override;
  void ClientSpoke(ClientId client, absl::string_view message) override;
  void ClientSpokeTooLong(ClientId client) override;
  void ClientLearned(ClientId client, const Capability& capability) override;
  void ClientBrokeProtocol(ClientId client, absl::string_view why) override;
  void ClientFinished(ClientId client) override;
  void ClientOutOfPatience(ClientId client, Patience patience) override;
  void ClientFellBehind(ClientId client, absl::string_view how) override;
  void ClientGone(ClientId client, absl::string_view reason) override;
  bool Busy() const override;

  const uint32_t index_;
  const Limits& limits_;
  Admission& admission_;
  Reactor& main_reactor_;
  Mailbox<WireOrder> orders_;
  Mailbox<WireNews> news_;
  SegmentWriter writer_;  // of news; the I/O thread's
  std::unique_ptr<Reactor> reactor_;
  std::unique_ptr<Wire> wire_;
  // The thread may obey a post before the poster has returned from the reactor, which it would
  // destroy.
  std::binary_semaphore stop_is_posted_{0};
  std::thread thread_;
};

}  // namespace parley::chat

#endif  // CHAT_WIRE_IO_THREAD_H_
