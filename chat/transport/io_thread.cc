#include "chat/transport/io_thread.h"

#include <utility>

#include "reactor/base/check.h"

namespace parley::chat {
namespace {

// Lines that may wait for the main thread before clients of this thread are read more slowly.
constexpr size_t kBusyDepth = 8192;

}  // namespace

IoThread::IoThread(uint32_t index, const Limits& limits, Admission& admission,
                   Reactor& main_reactor)
    : index_(index), limits_(limits), admission_(admission), main_reactor_(main_reactor) {}

IoThread::~IoThread() { Stop(); }

absl::Status IoThread::Start(const std::string& engine) {
  std::promise<absl::Status> started;
  std::future<absl::Status> result = started.get_future();
  thread_ = std::thread([this, engine, &started] { Run(engine, started); });
  absl::Status status = result.get();
  if (!status.ok()) thread_.join();
  return status;
}

void IoThread::Run(const std::string& engine, std::promise<absl::Status>& started) {
  absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create(engine);
  if (!reactor.ok()) return started.set_value(reactor.status());
  reactor_ = *std::move(reactor);
  shard_ = std::make_unique<Shard>(*reactor_, index_, limits_, admission_);
  shard_->SetEvents(*this);
  reactor_->SetTurnHook(this);
  started.set_value(absl::OkStatus());
  reactor_->Run();
  shard_->CloseAll();
  stop_is_posted_.acquire();
  shard_.reset();
  reactor_.reset();  // where it was made: an io_uring belongs to one thread
}

void IoThread::Stop() {
  if (!thread_.joinable()) return;
  Post([this](Shard&) { reactor_->Stop(); });
  stop_is_posted_.release();
  thread_.join();
}

void IoThread::Tell(ShardOrder order) {
  // Before Start and after Stop there is nobody to wake.
  if (orders_.Push(std::move(order)) && reactor_ != nullptr) reactor_->Wake();
}

void IoThread::Post(absl::AnyInvocable<void(Shard&)> task) {
  reactor_->Post([this, task = std::move(task)]() mutable { task(*shard_); });
}

void IoThread::Call(absl::AnyInvocable<void(Shard&)> task) {
  std::promise<void> done;
  Post([&](Shard& shard) {
    task(shard);
    done.set_value();
  });
  done.get_future().wait();
}

void IoThread::OnTurn() {
  orders_.TakeAll([this](ShardOrder& order) { Obey(order); });
}

void IoThread::Obey(ShardOrder& order) {
  const ClientId client{order.client, index_};
  switch (order.kind) {
    case ShardOrder::Kind::kJoin:
      return shard_->JoinNamed(client, order.audience, *order.notice);
    case ShardOrder::Kind::kLeave:
      return shard_->Leave(client, order.audience);
    case ShardOrder::Kind::kAnnounce:
      return shard_->Announce(order.audience, order.text, order.client);
    case ShardOrder::Kind::kReply:
      return shard_->Reply(client, std::move(order.text));
    case ShardOrder::Kind::kSetIdlePolicy:
      return shard_->SetIdlePolicy(client, order.policy);
    case ShardOrder::Kind::kHangUp:
      return shard_->HangUp(client);
    case ShardOrder::Kind::kCloseAudience:
      return shard_->CloseNamed(order.audience);
  }
}

void IoThread::Report(ClientId client, ShardNews news, absl::string_view text) {
  news.client = client.connection;
  news.text = writer_.Append(AsBytes(text));
  if (news_.Push(std::move(news))) main_reactor_.Wake();
}

void IoThread::ClientArrived(ClientId client, EntranceId entrance, absl::string_view address) {
  Report(client, {.kind = ShardNews::Kind::kArrived, .entrance = entrance}, address);
}
void IoThread::ClientSpoke(ClientId client, absl::string_view message) {
  Report(client, {.kind = ShardNews::Kind::kSpoke}, message);
}
void IoThread::ClientSpokeTooLong(ClientId client) {
  Report(client, {.kind = ShardNews::Kind::kSpokeTooLong});
}
void IoThread::ClientLearned(ClientId client, const Capability& capability) {
  Report(client, {.kind = ShardNews::Kind::kLearned, .capability = capability});
}
void IoThread::ClientBrokeProtocol(ClientId client, absl::string_view why) {
  Report(client, {.kind = ShardNews::Kind::kBrokeProtocol}, why);
}
void IoThread::ClientFinished(ClientId client) {
  Report(client, {.kind = ShardNews::Kind::kFinished});
}
void IoThread::ClientIdleTooLong(ClientId client, IdlePolicy policy) {
  Report(client, {.kind = ShardNews::Kind::kIdleTooLong, .policy = policy});
}
void IoThread::ClientFellBehind(ClientId client, absl::string_view how) {
  Report(client, {.kind = ShardNews::Kind::kFellBehind}, how);
}
void IoThread::ClientGone(ClientId client, absl::string_view reason) {
  Report(client, {.kind = ShardNews::Kind::kGone}, reason);
}

bool IoThread::Busy() const { return news_.depth() > kBusyDepth; }

}  // namespace parley::chat
