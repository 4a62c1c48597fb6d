#include "tests/reactor/contract_world.h"

#include "absl/strings/str_cat.h"

namespace parley {

void Recorder::OnConnected(Handle) {
  Note('c');
  if (on_connected) on_connected();
}

void Recorder::OnBytes(Handle connection, ByteSpan bytes) {
  EXPECT_EQ(connection, handle_);
  EXPECT_FALSE(bytes.empty());
  EXPECT_EQ(events.find('e'), std::string::npos) << "bytes after the end of input";
  EXPECT_EQ(closed_count, 0);
  Note('b');
  absl::StrAppend(&heard, AsText(bytes));
  if (on_bytes) on_bytes(bytes);
}

void Recorder::OnUrgent(Handle, ByteSpan bytes) {
  if (on_urgent) on_urgent(bytes);
}

void Recorder::OnEndOfInput(Handle connection) {
  EXPECT_EQ(connection, handle_);
  EXPECT_EQ(events.find('e'), std::string::npos) << "a second end of input";
  EXPECT_EQ(closed_count, 0);
  Note('e');
  if (on_end) on_end();
}

void Recorder::OnDrained(Handle) {
  EXPECT_EQ(closed_count, 0);
  Note('d');
  if (on_drained) on_drained();
}

bool Recorder::OnDeadline(Handle) {
  EXPECT_EQ(closed_count, 0);
  Note('t');
  return on_deadline ? on_deadline() : true;
}

void Recorder::OnClosed(Handle connection, CloseReason why) {
  EXPECT_EQ(connection, handle_);
  EXPECT_EQ(++closed_count, 1) << "closed twice";
  EXPECT_NE(why.cause, CloseCause::kNone);
  Note('x');
  reason = why;
  if (on_closed) on_closed();
}

void RecordingAcceptor::OnAccepted(Handle listener, UniqueFd fd, const SocketAddress&) {
  if (on_accepted && on_accepted(listener, fd)) return;
  Recorder& recorder = world_.NewRecorder();
  const absl::StatusOr<Handle> handle = world_.reactor().Adopt(std::move(fd), &recorder, options);
  if (!handle.ok()) return;
  recorder.set_handle(*handle);
  accepted.push_back(&recorder);
}

void RecordingAcceptor::OnAcceptStarved(Handle, int, int refused) {
  ++starved;
  shed += refused;
}

void RecordingAcceptor::OnListenerClosed(Handle, CloseReason) { ++listener_closed; }

Peer& World::Pair(Recorder& recorder, const ConnectionOptions& options) {
  auto [fd, peer] = MakePair();
  const absl::StatusOr<Handle> handle = reactor().Adopt(std::move(fd), &recorder, options);
  EXPECT_TRUE(handle.ok()) << handle.status();
  if (handle.ok()) recorder.set_handle(*handle);
  return *peer;
}

Peer* World::DialOut(Recorder& recorder, Dial outcome, Duration timeout,
                     const ConnectionOptions& options) {
  auto [fd, peer] = MakeDialled(outcome);
  ConnectionOptions connecting = options;
  connecting.kind = FdKind::kConnecting;
  const absl::StatusOr<Handle> handle = reactor().Adopt(std::move(fd), &recorder, connecting);
  EXPECT_TRUE(handle.ok()) << handle.status();
  if (handle.ok()) {
    recorder.set_handle(*handle);
    reactor().SetDeadline(*handle, reactor().Now() + timeout);
  }
  return peer;
}

void World::Quiet() {
  const TimePoint until = reactor().Now() + std::chrono::milliseconds(30);
  while (reactor().Now() < until) Turn(std::chrono::milliseconds(5));
}

Recorder& World::NewRecorder() {
  recorders_.push_back(std::make_unique<Recorder>());
  return *recorders_.back();
}

RecordingAcceptor& World::NewAcceptor() {
  acceptors_.push_back(std::make_unique<RecordingAcceptor>(*this));
  return *acceptors_.back();
}

void World::ForgetHooks() {
  for (const auto& recorder : recorders_) {
    recorder->on_connected = recorder->on_end = recorder->on_drained = recorder->on_closed =
        nullptr;
    recorder->on_bytes = recorder->on_urgent = nullptr;
    recorder->on_deadline = nullptr;
  }
  for (const auto& acceptor : acceptors_) acceptor->on_accepted = nullptr;
}

std::vector<ContractCase>& ContractCases() {
  static auto* cases = new std::vector<ContractCase>;
  return *cases;
}

bool AddContractCase(const ContractCase& contract_case) {
  ContractCases().push_back(contract_case);
  return true;
}

std::string Numbered(size_t bytes) {
  std::string text;
  for (size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + ",";
  text.resize(bytes);
  return text;
}

}  // namespace parley
