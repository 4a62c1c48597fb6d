#ifndef CHAT_TRANSPORT_IO_THREAD_H_
#define CHAT_TRANSPORT_IO_THREAD_H_

// One I/O thread: a reactor with a shard on it, and two queues between it and the main thread.
// What the main thread asks is done in the order in which it was asked; what clients do is told in
// the order in which it happened.
//
// Ownership: owns its thread, reactor and shard. Thread: made, told and destroyed by the main
// thread.

#include <future>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chat/transport/admission.h"
#include "chat/transport/framing.h"
#include "chat/transport/gateway.h"
#include "chat/transport/limits.h"
#include "chat/transport/shard.h"
#include "reactor/base/segment.h"
#include "reactor/loop/reactor.h"
#include "reactor/loop/spsc_queue.h"

namespace parley::chat {

// What the main thread asks of a shard.
struct ShardOrder {
  enum class Kind : uint8_t {
    kJoin,
    kLeave,
    kAnnounce,
    kReply,
    kSetIdlePolicy,
    kHangUp,
    kCloseAudience
  };
  Kind kind = Kind::kReply;
  IdlePolicy policy = IdlePolicy::kLogin;
  AudienceId audience = 0;
  Handle client;                       // of kAnnounce: who is left out
  const SkipNotice* notice = nullptr;  // of kJoin: the audience's
  Slice text;
};

// What a shard tells the main thread.
struct ShardNews {
  enum class Kind : uint8_t {
    kArrived,
    kSpoke,
    kSpokeTooLong,
    kLearned,
    kBrokeProtocol,
    kFinished,
    kIdleTooLong,
    kFellBehind,
    kGone,
  };
  Kind kind = Kind::kSpoke;
  IdlePolicy policy = IdlePolicy::kLogin;
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

  void Tell(ShardOrder order);
  template <typename Take>
  void TakeNews(Take take) {
    news_.TakeAll(take);
  }
  // Runs `task` on the thread, some time soon; or runs it and waits for its end.
  void Post(absl::AnyInvocable<void(Shard&)> task);
  void Call(absl::AnyInvocable<void(Shard&)> task);

 private:
  void Run(const std::string& engine, std::promise<absl::Status>& started);
  void Obey(ShardOrder& order);
  void Report(ClientId client, ShardNews news, absl::string_view text = "");

  void OnTurn() override;
  void ClientArrived(ClientId client, EntranceId entrance, absl::string_view address) override;
  void ClientSpoke(ClientId client, absl::string_view message) override;
  void ClientSpokeTooLong(ClientId client) override;
  void ClientLearned(ClientId client, const Capability& capability) override;
  void ClientBrokeProtocol(ClientId client, absl::string_view why) override;
  void ClientFinished(ClientId client) override;
  void ClientIdleTooLong(ClientId client, IdlePolicy policy) override;
  void ClientFellBehind(ClientId client, absl::string_view how) override;
  void ClientGone(ClientId client, absl::string_view reason) override;
  bool Busy() const override;

  const uint32_t index_;
  const Limits& limits_;
  Admission& admission_;
  Reactor& main_reactor_;
  SpscQueue<ShardOrder> orders_;
  SpscQueue<ShardNews> news_;
  SegmentWriter writer_;  // of news; the I/O thread's
  std::unique_ptr<Reactor> reactor_;
  std::unique_ptr<Shard> shard_;
  // The thread may obey a post before the poster has returned from the reactor, which it would
  // destroy.
  std::binary_semaphore stop_is_posted_{0};
  std::thread thread_;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_IO_THREAD_H_
