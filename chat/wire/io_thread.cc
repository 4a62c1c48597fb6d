#include "chat/wire/io_thread.h"

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
  wire_ = std::make_unique<Wire>(*reactor_, index_, limits_, admission_);
  wire_->SetEvents(*this);
  reactor_->SetTurnHook(this);
  started.set_value(absl::OkStatus());
  reactor_->Run();
  wire_->CloseAll();
  stop_is_posted_.acquire();
  wire_.reset();
  reactor_.reset();  // where it was made: an io_uring belongs to one thread
}

void IoThread::Stop() {
  if (!thread_.joinable()) return;
  Post([this](Wire&) { reactor_->Stop(); });
  stop_is_posted_.release();
  thread_.join();
}

void IoThread::Tell(WireOrder order) {
  // Before Start and after Stop there is nobody to wake.
  if (orders_.Push(std::move(order)) && reactor_ != nullptr) reactor_->Wake();
}

void IoThread::Post(absl::AnyInvocable<void(Wire&)> task) {
  reactor_->Post([this, task = std::move(task)]() mutable { task(*wire_); });
}

void IoThread::Call(absl::AnyInvocable<void(Wire&)> task) {
  std::promise<void> done;
  Post([&](Wire& wire) {
    task(wire);
    done.set_value();
  });
  done.get_future().wait();
}

void IoThread::OnTurn() {
  orders_.TakeAll([this](WireOrder& order) { Obey(order); });
}

void IoThread::Obey(WireOrder& order) {
  const ClientId client{order.client, index_};
  switch (order.kind) {
    case WireOrder::Kind::kJoin:
      return wire_->JoinNamed(client, order.audience, *order.notice);
    case WireOrder::Kind::kLeave:
      return wire_->Leave(client, order.audience);
    case WireOrder::Kind::kAnnounce:
      return wire_->Announce(order.audience, order.text, order.client);
    case WireOrder::Kind::kReply:
      return wire_->Reply(client, std::move(order.text));
    case WireOrder::Kind::kSetPatience:
      return wire_->SetPatience(client, order.patience);
    case WireOrder::Kind::kHangUp:
      return wire_->HangUp(client);
    case WireOrder::Kind::kCloseAudience:
      return wire_->CloseNamed(order.audience);
  }
}

void IoThread::Report(ClientId client, WireNews news, absl::string_view text) {
  news.client = client.connection;
  news.text = writer_.Append(AsBytes(text));
  if (news_.Push(std::move(news))) main_reactor_.Wake();
}

void IoThread::ClientArrived(ClientId client, EntranceId entrance, absl::string_view address) {
  Report(client, {.kind = WireNews::Kind::kArrived, .entrance = entrance}, address);
}
void IoThread::ClientSpoke(ClientId client, absl::string_view message) {
  Report(client, {.kind = WireNews::Kind::kSpoke}, message);
}
void IoThread::ClientSpokeTooLong(ClientId client) {
  Report(client, {.kind = WireNews::Kind::kSpokeTooLong});
}
void IoThread::ClientLearned(ClientId client, const Capability& capability) {
  Report(client, {.kind = WireNews::Kind::kLearned, .capability = capability});
}
void IoThread::ClientBrokeProtocol(ClientId client, absl::string_view why) {
  Report(client, {.kind = WireNews::Kind::kBrokeProtocol}, why);
}
void IoThread::ClientFinished(ClientId client) {
  Report(client, {.kind = WireNews::Kind::kFinished});
}
void IoThread::ClientOutOfPatience(ClientId client, Patience patience) {
  Report(client, {.kind = WireNews::Kind::kOutOfPatience, .patience = patience});
}
void IoThread::ClientFellBehind(ClientId client, absl::string_view how) {
  Report(client, {.kind = WireNews::Kind::kFellBehind}, how);
}
void IoThread::ClientGone(ClientId client, absl::string_view reason) {
  Report(client, {.kind = WireNews::Kind::kGone}, reason);
}

bool IoThread::Busy() const { return news_.depth() > kBusyDepth; }

}  // namespace parley::chat
