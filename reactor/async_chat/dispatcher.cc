#include "reactor/async_chat/dispatcher.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "reactor/async_chat/channel_map.h"

namespace parley {
namespace {

// A dispatcher that leaves more than this unread is not read for until it has caught up.
constexpr size_t kUnreadRoom = size_t{64} * 1024;

}  // namespace

Dispatcher::Dispatcher(ChannelMap& map, UniqueFd socket, const ConnectionOptions& options)
    : Channel(map) {
  Adopt(std::move(socket), options);
}

// ---- listening -------------------------------------------------------------------------------

absl::Status Dispatcher::Listen(const SocketAddress& address, const ListenOptions& options) {
  if (is_open()) return absl::FailedPreconditionError(absl::StrCat(Describe(), " is open already"));
  const absl::StatusOr<Handle> listener = reactor().Listen(address, options, map_);
  if (!listener.ok()) return listener.status();
  accepting_ = true;
  map_->Add(*this, *listener);
  return absl::OkStatus();
}

absl::Status Dispatcher::Listen(absl::string_view address, const ListenOptions& options) {
  const absl::StatusOr<SocketAddress> parsed = SocketAddress::Parse(address);
  return parsed.ok() ? Listen(*parsed, options) : parsed.status();
}

void Dispatcher::TakeAccepted(UniqueFd socket, const SocketAddress& peer) {
  AcceptedSocket accepted{std::move(socket), peer};
  accepted_ = &accepted;
  Call("HandleAccept", [&] { HandleAccept(); });
  accepted_ = nullptr;
}

std::optional<AcceptedSocket> Dispatcher::Accept() {
  if (accepted_ == nullptr) return std::nullopt;
  return std::move(*std::exchange(accepted_, nullptr));
}

void Dispatcher::HandleAccept() {
  std::optional<AcceptedSocket> accepted = Accept();
  if (!accepted) return;
  Call("HandleAccepted", [&] { HandleAccepted(std::move(accepted->socket), accepted->peer); });
}

void Dispatcher::HandleAccepted(UniqueFd, const SocketAddress&) {
  Log(Severity::kWarning, "unhandled accepted event");
}

// ---- reading ---------------------------------------------------------------------------------

void Dispatcher::HandleRead() { Log(Severity::kWarning, "unhandled read event"); }

void Dispatcher::TakeBytes(ByteSpan bytes) {
  // Behind bytes that wait, these wait too: the next Ask delivers them.
  if (unread_.empty()) {
    arriving_ = bytes;
    size_t left = bytes.size() + 1;
    while (!arriving_.empty() && arriving_.size() < left && is_open() && AskReadable()) {
      left = arriving_.size();
      Call("HandleRead", [&] { HandleRead(); });
    }
    bytes = std::exchange(arriving_, {});
  }
  if (!is_open()) return;
  unread_.Append(bytes);
  if (unread_.size() > kUnreadRoom) PauseReading(true);
}

size_t Dispatcher::Recv(std::span<std::byte> into) {
  const ByteSpan from = arriving_.empty() ? unread_.Front() : arriving_;
  const size_t count = std::min(into.size(), from.size());
  if (count == 0) return 0;
  std::memcpy(into.data(), from.data(), count);
  if (arriving_.empty()) {
    unread_.Consume(count);
  } else {
    arriving_ = arriving_.subspan(count);
  }
  return count;
}

void Dispatcher::TakeEndOfInput() {
  ended_ = true;
  EndIfOver();
}

// Whether the channel is closed, or is now because everything before its end was read.
bool Dispatcher::EndIfOver() {
  if (!is_open()) return true;
  if (error_ != 0) {
    End({CloseCause::kError, error_});
  } else if (ended_ && !told_end_ && unread_.empty()) {
    told_end_ = true;
    Call("HandleEndOfInput", [&] { HandleEndOfInput(); });
  }
  return !is_open();
}

void Dispatcher::PauseReading(bool pause) {
  if (paused_ == pause || !handle()) return;
  paused_ = pause;
  if (pause) {
    reactor().PauseReading(handle());
  } else {
    reactor().ResumeReading(handle());
  }
}

// ---- writing ---------------------------------------------------------------------------------

void Dispatcher::HandleWrite() { Log(Severity::kWarning, "unhandled write event"); }

size_t Dispatcher::Send(ByteSpan bytes) {
  if (!connected()) return 0;
  const size_t pending = reactor().PendingBytes(handle());
  const size_t count = std::min(bytes.size(), kSendRoom - std::min(kSendRoom, pending));
  SendAll(bytes.first(count));
  return count;
}

void Dispatcher::SendAll(ByteSpan bytes) {
  if (bytes.empty() || !handle()) return;
  reactor().Send(handle(), bytes);
  AwaitRoom();
}

void Dispatcher::AwaitRoom() {
  awaits_room_ = true;
  reactor().NotifyDrained(handle());
}

// ---- being asked -----------------------------------------------------------------------------

void Dispatcher::Opened() {
  unread_.Clear();
  paused_ = ended_ = told_end_ = awaits_room_ = false;
  error_ = 0;
  if (accepting()) return;
  map_->asked_.push_back(this);  // what may fail comes first
  asked_place_ = static_cast<uint32_t>(map_->asked_.size() - 1);
  is_asked_ = true;
}

void Dispatcher::Closed() {
  arriving_ = {};
  unread_.Clear();
  if (!is_asked_) return;
  is_asked_ = false;
  Dispatcher* last = map_->asked_.back();
  map_->asked_[asked_place_] = last;
  last->asked_place_ = asked_place_;
  map_->asked_.pop_back();
}

bool Dispatcher::AskReadable() {
  bool readable = false;
  Call("Readable", [&] { readable = Readable(); });
  return readable && is_open();
}

bool Dispatcher::AskWritable() {
  bool writable = false;
  Call("Writable", [&] { writable = Writable(); });
  return writable && is_open();
}

Dispatcher::Wish Dispatcher::Ask(uint32_t turn) {
  Wish wish;
  const bool readable = AskReadable();
  if (!is_open()) return wish;
  const bool has_bytes = always_ready_ || !unread_.empty();
  if (readable && has_bytes && read_turn_ != turn) {
    read_turn_ = turn;
    wish.called = true;
    const size_t before = unread_.size();
    Call("HandleRead", [&] { HandleRead(); });
    if (EndIfOver()) return wish;
    wish.again = always_ready_ || (!unread_.empty() && unread_.size() < before);
  }
  PauseReading(!readable || unread_.size() > kUnreadRoom);
  if (connected() && !awaits_room_ && write_turn_ != turn && AskWritable()) {
    write_turn_ = turn;
    wish.called = true;
    Call("HandleWrite", [&] { HandleWrite(); });
    EndIfOver();
  }
  return wish;
}

}  // namespace parley
