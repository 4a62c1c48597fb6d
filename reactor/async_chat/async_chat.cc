#include "reactor/async_chat/async_chat.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace parley {
namespace {

// Taken from producers at a time: enough to keep a socket busy for a turn.
constexpr size_t kPullBytes = size_t{64} * 1024;

}  // namespace

struct AsyncChat::Unusual {
  // A producer, or bytes pushed behind one.
  struct Waiting {
    std::unique_ptr<Producer> producer;
    std::string pushed;
  };
  std::vector<Waiting> waiting;       // not sent yet, in order
  size_t pushed_bytes = 0;            // in waiting
  bool pull_discarded = false;        // DiscardBuffers was called while a producer was asked
  uint64_t owed_at_deadline = 0;      // while closing: what progress is measured against
  Duration limit = Duration::zero();  // and how long there may be none
};

AsyncChat::AsyncChat(ChannelMap& map) : Channel(map) {}

AsyncChat::AsyncChat(ChannelMap& map, UniqueFd socket, const ConnectionOptions& options)
    : Channel(map) {
  Adopt(std::move(socket), options);
}

AsyncChat::~AsyncChat() { Close(); }

void AsyncChat::Closed() {
  collected_.Clear();
  map().DropInPlace(*this);
  parser_.Forget();
  unusual_.reset();
}

AsyncChat::Unusual& AsyncChat::NeedUnusual() {
  if (unusual_ == nullptr) unusual_ = std::make_unique<Unusual>();
  return *unusual_;
}

void AsyncChat::DropUnusual() {
  if (unusual_ != nullptr && unusual_->waiting.empty() && !closing_) unusual_.reset();
}

// ---- input -----------------------------------------------------------------------------------

void AsyncChat::TakeBytes(ByteSpan input) {
  const Handle before = handle();
  const auto hears = [&] { return handle() == before && is_open() && !closing_; };
  input_discarded_ = false;
  while (parser_.HasNext(input) && hears() && !input_discarded_) {
    const TerminatorParser::Piece piece = parser_.Next(input);
    input = input.subspan(piece.consumed);
    if (!piece.bytes.empty()) {
      if (piece.found) map().in_place_.piece = piece.bytes;
      Call("CollectIncomingData", [&] { CollectIncomingData(piece.bytes); });
    }
    if (piece.found && hears()) Call("FoundTerminator", [&] { FoundTerminator(); });
    if (map().in_place_.channel != nullptr) KeepInPlace();
    map().in_place_.piece = {};
  }
  map().taken_.Clear();
}

// ---- what is collected ------------------------------------------------------------------------

// The message where it was received, while nobody has asked for a copy.
ByteSpan AsyncChat::InPlace() const {
  const ChannelMap::InPlace& in_place = map().in_place_;
  return in_place.channel == this ? in_place.piece : ByteSpan();
}

// Copies what is in place, which is about to be gone, and is the beginning of what is collected.
void AsyncChat::KeepInPlace() {
  const ByteSpan bytes = InPlace();
  map().DropInPlace(*this);
  if (!bytes.empty()) collected_.Append(bytes);
}

void AsyncChat::CollectIncomingData(ByteSpan bytes) {
  const size_t before = collected_.size() + InPlace().size();
  if (before + bytes.size() > MaxCollectedBytes()) {
    throw std::length_error(absl::StrCat("a message of more than ", MaxCollectedBytes(), " bytes"));
  }
  ChannelMap::InPlace& in_place = map().in_place_;
  // Only the piece itself: an override may hand on a buffer of its own.
  if (before == 0 && bytes.data() == in_place.piece.data() &&
      bytes.size() == in_place.piece.size()) {
    in_place.channel = this;
    return;
  }
  KeepInPlace();
  collected_.Append(bytes);
}

absl::string_view AsyncChat::collected() {
  const ByteSpan in_place = InPlace();
  return AsText(in_place.empty() ? collected_.Contiguous() : in_place);
}

absl::string_view AsyncChat::TakeMessage() {
  const ByteSpan in_place = InPlace();
  if (!in_place.empty()) {
    map().DropInPlace(*this);
    return AsText(in_place);
  }
  RingBuffer& taken = map().taken_;
  taken = std::exchange(collected_, RingBuffer());
  return AsText(taken.Contiguous());
}

std::string AsyncChat::TakeCollected() {
  std::string text(collected());
  map().DropInPlace(*this);
  collected_.Clear();
  return text;
}

void AsyncChat::TakeEndOfInput() {
  if (!closing_) Call("HandleEndOfInput", [&] { HandleEndOfInput(); });
}

void AsyncChat::HandleEndOfInput() {
  const Handle ended = handle();
  TellClose({CloseCause::kPeerClosed, 0});
  if (handle() == ended) CloseWhenDone();
}

// ---- output ----------------------------------------------------------------------------------

bool AsyncChat::HasWaiting() const { return unusual_ != nullptr && !unusual_->waiting.empty(); }

void AsyncChat::Push(ByteSpan bytes) {
  if (bytes.empty() || !is_open() || closing_) return;
  if (!HasWaiting()) return reactor().Send(handle(), bytes);
  std::vector<Unusual::Waiting>& waiting = unusual_->waiting;
  if (waiting.back().pushed.empty()) waiting.emplace_back();
  waiting.back().pushed.append(AsText(bytes).data(), bytes.size());
  unusual_->pushed_bytes += bytes.size();
  reactor().LimitHeldBack(handle(), unusual_->pushed_bytes);
}

void AsyncChat::PushWithProducer(std::unique_ptr<Producer> producer) {
  if (producer == nullptr || !is_open() || closing_) return;
  NeedUnusual().waiting.push_back({std::move(producer), ""});
  reactor().NotifyDrained(handle());
}

bool AsyncChat::PullOnce(size_t& pulled) {
  Unusual::Waiting first = std::move(unusual_->waiting.front());
  if (first.producer == nullptr) {
    unusual_->pushed_bytes -= first.pushed.size();
    pulled += first.pushed.size();
    reactor().Send(handle(), AsBytes(first.pushed));
    return false;
  }
  // It is held here while it runs: More may discard it, or close the channel.
  const Handle before = handle();
  unusual_->pull_discarded = false;
  ByteSpan more;
  Call("Producer::More", [&] { more = first.producer->More(); });
  if (handle() != before || unusual_ == nullptr || unusual_->pull_discarded || more.empty()) {
    return false;
  }
  pulled += more.size();
  reactor().Send(before, more);
  unusual_->waiting.front() = std::move(first);
  return true;
}

void AsyncChat::PullProducers() {
  const Handle before = handle();
  for (size_t pulled = 0; pulled < kPullBytes && HasWaiting();) {
    if (PullOnce(pulled)) continue;
    if (handle() != before) return;
    if (HasWaiting() && !unusual_->pull_discarded) {
      unusual_->waiting.erase(unusual_->waiting.begin());
    }
  }
  DropUnusual();
}

void AsyncChat::AwaitDrained() {
  if (closing_ && connected()) {  // until then there is the deadline of connecting
    unusual_->owed_at_deadline = reactor().PendingBytes(handle());
    reactor().SetDeadline(handle(), Later(reactor().Now(), unusual_->limit));
  }
  reactor().NotifyDrained(handle());
}

void AsyncChat::TakeConnected() {
  if (closing_) AwaitDrained();
}

void AsyncChat::TakeDrained() {
  const Handle before = handle();
  PullProducers();
  if (handle() != before) return;
  if (HasWaiting() || reactor().PendingBytes(handle()) > 0) {
    AwaitDrained();
  } else if (closing_) {
    End({CloseCause::kAsked, 0});
  }
}

void AsyncChat::CloseWhenDone(Duration limit) {
  if (!is_open() || closing_) return;
  NeedUnusual().limit = limit;
  closing_ = true;
  AwaitDrained();
}

void AsyncChat::TakeDeadline() {
  if (!closing_) return Channel::TakeDeadline();
  const uint64_t owed = reactor().PendingBytes(handle());
  if (owed < unusual_->owed_at_deadline) {
    AwaitDrained();
  } else {
    reactor().Close(handle(), {CloseCause::kDrainTimeout, 0}, CloseHow::kReset);
  }
}

void AsyncChat::DiscardBuffers() {
  collected_.Clear();
  map().DropInPlace(*this);
  parser_.Forget();
  input_discarded_ = true;
  if (unusual_ != nullptr) {
    unusual_->waiting.clear();
    unusual_->pushed_bytes = 0;
    unusual_->pull_discarded = true;
  }
  reactor().DiscardPending(handle());
}

}  // namespace parley
