#include "chat/client/client.h"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::chat {
namespace {

constexpr Duration kConnectTimeout = std::chrono::seconds(10);

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Make() {
  absl::StatusOr<std::unique_ptr<Reactor>> reactor = Reactor::Create();
  if (!reactor.ok()) return reactor.status();
  return std::unique_ptr<Client>(new Client(*std::move(reactor)));
}

int Client::Run(const SocketAddress& server, const std::string& first_line) {
  // A script may pipe in more than the server, which keeps clients to a rate, reads in a minute.
  reactor_->SetStallTime(Duration::zero());
  absl::StatusOr<Handle> connection = reactor_->Connect(server, this, kConnectTimeout);
  if (!connection.ok()) {
    std::cerr << "parley: " << connection.status().message() << "\n";
    return 1;
  }
  connection_ = *connection;
  if (!first_line.empty()) reactor_->Send(connection_, AsBytes(absl::StrCat(first_line, "\n")));
  reactor_->Run();
  if (output_error_ != 0) {
    std::cerr << "parley: cannot write to standard output: "
              << std::generic_category().message(output_error_) << "\n";
    return 1;
  }
  if (reason_.cause == CloseCause::kPeerClosed || reason_.cause == CloseCause::kAsked) return 0;
  std::cerr << "parley: " << server.ToString() << ": " << reason_.ToString() << "\n";
  return 1;
}

void Client::OnConnected(Handle) {
  // It may be waiting for a person when the server ends; nobody waits for it then (see parley.cc).
  std::thread([this] { ReadInput(); }).detach();
}

void Client::ReadInput() {
  std::string line;
  while (std::getline(std::cin, line)) {
    line += '\n';
    reactor_->Post(
        [this, text = std::exchange(line, {})] { reactor_->Send(connection_, AsBytes(text)); });
  }
  reactor_->Post([this] { reactor_->EndOutput(connection_); });
}

void Client::OnBytes(Handle, ByteSpan bytes) {
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size();
  if (written && std::fflush(stdout) == 0) return;
  output_error_ = errno;
  reactor_->Close(connection_);
}

void Client::OnClosed(Handle, CloseReason reason) {
  reason_ = reason;
  reactor_->Stop();
}

}  // namespace parley::chat
