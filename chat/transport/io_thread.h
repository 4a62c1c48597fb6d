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
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chat/transport/admission.h"
#include "chat/transport/gateway.h"
#include "chat/transport/limits.h"
#include "chat/transport/shard.h"
#include "reactor/base/segment.h"
#include "reactor/loop/reactor.h"
#include "reactor/loop/spsc_queue.h"

namespace parley::chat {

// An order or news on its way to another thread, and what its views point into.
struct QueuedOrder {
  Order order;
  Slice text;
  std::vector<Override> overrides;
};
struct QueuedNews {
  News news;
  Slice text;
};

class IoThread final : private Gateway::Events, private TurnHook {
 public:
  IoThread(uint32_t index, const Limits& limits, Admission& admission, Reactor& main_reactor);
  // Closes its clients and waits for the thread. The last news may be read afterwards.
  ~IoThread() override;

  // Makes the reactor, on the thread that will run it, and runs it.
  absl::Status Start(const std::string& engine);
  void Stop();

  // Has the shard obey it. `text` is the order's, in a segment.
  void Obey(const Order& order, Slice text);
  template <typename Take>
  void TakeNews(Take take) {
    news_.TakeAll([&](const QueuedNews& queued) { take(queued.news); });
  }
  // Runs `task` on the thread, some time soon; or runs it and waits for its end.
  void Post(absl::AnyInvocable<void(Shard&)> task);
  void Call(absl::AnyInvocable<void(Shard&)> task);

 private:
  void Run(const std::string& engine, std::promise<absl::Status>& started);
  void OnTurn() override;
  void OnNews(const News& news) override;
  bool Busy() const override;

  const uint32_t index_;
  const Limits& limits_;
  Admission& admission_;
  Reactor& main_reactor_;
  SpscQueue<QueuedOrder> orders_;
  SpscQueue<QueuedNews> news_;
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
