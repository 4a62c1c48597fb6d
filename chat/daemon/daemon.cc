#include "chat/daemon/daemon.h"

#include <signal.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chat/daemon/service_notify.h"
#include "chat/transport/make_gateway.h"
#include "reactor/base/descriptor_limit.h"

namespace parley::chat {
namespace {

constexpr Duration kStoppingStep = std::chrono::milliseconds(20);
// Before an address in use is tried again; each further pause is twice as long, because a server
// that lives sees every try on its unix socket as a client that comes and goes.
constexpr Duration kFirstPause = std::chrono::milliseconds(10);
// What a process needs beside its connections: listeners, the engine, standard streams, libraries.
constexpr uint64_t kOtherDescriptors = 32;

absl::Status CheckDescriptors(uint32_t max_connections, uint32_t threads) {
  const uint64_t limit = RaiseDescriptorLimit();
  const uint64_t refusals = uint64_t{threads} * Refusals::kMostAtOnce;
  const uint64_t needed = uint64_t{max_connections} + refusals + kOtherDescriptors;
  if (max_connections == 0 || needed <= limit) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("--max_connections=", max_connections, " needs ", needed,
                   " open files, and this process may have ", limit,
                   "; raise the limit (LimitNOFILE=, ulimit -n) or lower the flag"));
}

}  // namespace

Daemon::Daemon(DaemonOptions options, std::unique_ptr<Reactor> reactor)
    : options_(std::move(options)),
      reactor_(std::move(reactor)),
      admission_(options_.limits),
      gateway_(MakeGateway(*reactor_, options_.threads, options_.limits, admission_)),
      server_(*gateway_, options_.limits) {
  if (options_.console) console_ = std::make_unique<Console>(server_);
  gateway_->SetEvents(console_ == nullptr ? static_cast<Gateway::Events&>(server_) : *console_);
}

Daemon::~Daemon() {
  gateway_->CloseAll();
  if (console_ != nullptr) console_->Stopped();
}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(DaemonOptions options) {
  if (absl::Status checked = CheckDescriptors(options.limits.max_connections, options.threads);
      !checked.ok()) {
    return checked;
  }
  absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create(options.engine);
  if (!reactor.ok()) {
    // Where the flag leaves it open, the error names what decided.
    if (options.engine.empty() || options.engine == "auto") return reactor.status();
    return absl::Status(reactor.status().code(),
                        absl::StrCat("--engine: ", reactor.status().message()));
  }
  auto daemon = std::unique_ptr<Daemon>(new Daemon(std::move(options), *std::move(reactor)));
  if (absl::Status opened = daemon->Open(); !opened.ok()) return opened;
  return daemon;
}

absl::Status Daemon::Open() {
  // Before other threads are started: they inherit which signals are blocked.
  std::vector<int> signals = {SIGINT, SIGTERM};
  // A terminal that closes ends what runs in it, but for what nohup(1) told to go on.
  struct sigaction hangup {};
  if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
    signals.push_back(SIGHUP);
  }
  absl::Status watching = reactor_->OnSignals(signals, [this](int) { BeginStopping(); });
  if (!watching.ok()) return watching;
  if (absl::Status started = gateway_->Start(options_.engine); !started.ok()) return started;
  for (ListenSpec spec : options_.listen) {
    absl::StatusOr<SocketAddress> bound = Listen(spec);
    if (!bound.ok()) return bound.status();
    spec.address = *bound;
    addresses_.push_back(spec.ToString());
    if (console_ != nullptr) console_->Opened(spec);
  }
  return absl::OkStatus();
}

absl::StatusOr<SocketAddress> Daemon::Listen(const ListenSpec& spec) {
  const ListenerOptions listener =
      server_.ListenerFor({spec.profile, spec.room}, spec.lag_policy.value_or(options_.lag_policy));
  const TimePoint until = reactor_->Now() + kAddressRetryTime;
  for (Duration pause = kFirstPause;; pause *= 2) {
    absl::StatusOr<SocketAddress> bound = gateway_->Listen(spec.address, listener);
    const TimePoint now = reactor_->Now();
    if (!absl::IsAlreadyExists(bound.status()) || now >= until) return bound;
    // Nothing is served yet, so nobody is kept waiting.
    std::this_thread::sleep_for(std::min(pause, until - now));
  }
}

void Daemon::Run() { reactor_->Run(); }

void Daemon::Stop() {
  reactor_->Post([this] {
    if (!stopping_) BeginStopping();
  });
}

void Daemon::BeginStopping() {
  if (stopping_) return reactor_->Stop();
  stopping_ = true;
  NotifyStopping();
  if (console_ != nullptr) console_->Stopping();
  gateway_->StopListening();
  server_.SayGoodbye();
  StopWhenEmpty(reactor_->Now() + kGoodbye);
}

void Daemon::StopWhenEmpty(TimePoint deadline) {
  if (server_.sessions() == 0 || reactor_->Now() >= deadline) return reactor_->Stop();
  reactor_->After(kStoppingStep, [this, deadline] { StopWhenEmpty(deadline); });
}

}  // namespace parley::chat
