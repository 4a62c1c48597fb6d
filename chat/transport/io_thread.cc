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

void IoThread::Obey(const Order& order, Slice text) {
  QueuedOrder queued{order, std::move(text), {}};
  queued.order.text = {};  // and what else is a view is set again when it is obeyed
  queued.order.overrides = {};
  for (const Override& each : order.overrides) {
    if (each.client.thread == index_) queued.overrides.push_back(each);
  }
  // Before Start and after Stop there is nobody to wake.
  if (orders_.Push(std::move(queued)) && reactor_ != nullptr) reactor_->Wake();
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
  orders_.TakeAll([this](QueuedOrder& queued) {
    queued.order.slice = &queued.text;
    queued.order.overrides = queued.overrides;
    shard_->Obey(queued.order);
  });
}

void IoThread::OnNews(const News& news) {
  QueuedNews queued{news, writer_.Append(AsBytes(news.text))};
  queued.news.text = AsText(queued.text.bytes());
  if (news_.Push(std::move(queued))) main_reactor_.Wake();
}

bool IoThread::Busy() const { return news_.depth() > kBusyDepth; }

}  // namespace parley::chat
