#include "reactor/async_chat/async_chat.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace parley {
namespace {

// Taken from producers at a time: enough to keep a socket busy for a turn.
constexpr size_t kPullBytes = size_t{64} * 1024;
constexpr Duration kDrainProgress = std::chrono::seconds(5);

}  // namespace

struct AsyncChat::Unusual {
  // A producer, or bytes pushed behind one.
  struct Waiting {
    std::unique_ptr<Producer> producer;
    std::string pushed;
  };
  std::vector<Waiting> waiting;  // not sent yet, in order
  size_t pushed_bytes = 0;       // in waiting
  bool pull_discarded = false;   // DiscardBuffers was called while a producer was asked
  // Bytes that the old terminator held back when it was replaced: the new one judges them first.
  std::string undecided;
  uint64_t owed_at_deadline = 0;  // while closing: what progress is measured against
};

AsyncChat::AsyncChat(ChannelMap& map) : Channel(map) {}

AsyncChat::AsyncChat(ChannelMap& map, UniqueFd socket, const ConnectionOptions& options)
    : Channel(map) {
  Adopt(std::move(socket), options);
}

AsyncChat::~AsyncChat() { Close(); }

void AsyncChat::Opened() {
  closing_ = false;
  terminator_.Forget();
}

void AsyncChat::Closed() {
  collected_.Clear();
  unusual_.reset();
}

AsyncChat::Unusual& AsyncChat::NeedUnusual() {
  if (unusual_ == nullptr) unusual_ = std::make_unique<Unusual>();
  return *unusual_;
}

void AsyncChat::DropUnusual() {
  if (unusual_ != nullptr && unusual_->waiting.empty() && unusual_->undecided.empty() &&
      !closing_) {
    unusual_.reset();
  }
}

// ---- input -----------------------------------------------------------------------------------

void AsyncChat::SetTerminator(Terminator terminator) {
  terminator_replaced_ = true;
  if (terminator_.matched() > 0 && !collecting_held_back_) {
    NeedUnusual().undecided.append(terminator_.Held().data(), terminator_.Held().size());
  }
  terminator_ = std::move(terminator);
}

void AsyncChat::TakeBytes(ByteSpan bytes) {
  const Handle before = handle();
  input_discarded_ = false;
  // Each round judges fewer bytes: what is undecided again is less than what was.
  while (unusual_ != nullptr && !unusual_->undecided.empty() && handle() == before) {
    const std::string undecided = std::exchange(unusual_->undecided, {});
    Feed(AsBytes(undecided));
    DropUnusual();
  }
  if (handle() == before) Feed(bytes);
}

void AsyncChat::Feed(ByteSpan input) {
  const Handle before = handle();
  const auto hears = [&] { return handle() == before && is_open() && !closing_; };
  const auto collect = [&](ByteSpan bytes) {
    if (bytes.empty() || !hears()) return;
    Call("CollectIncomingData", [&] { CollectIncomingData(bytes); });
  };
  while (!input.empty() && hears() && !input_discarded_) {
    // Copied, because they lie in the terminator, which a call may replace.
    const std::string held(terminator_.Held());
    const Terminator::Step step = terminator_.Next(input);
    if (!step.held_back.empty()) {
      const size_t released = step.held_back.size();
      collecting_held_back_ = true;
      terminator_replaced_ = false;
      collect(AsBytes(held).first(released));
      collecting_held_back_ = false;
      if (terminator_replaced_ && hears()) {
        // Nothing behind these bytes is decided any more. A new terminator holds nothing back, so
        // this goes no deeper.
        return Feed(AsBytes(absl::StrCat(held.substr(released), AsText(input))));
      }
    }
    const ByteSpan lies_here = input.first(step.collect);
    input = input.subspan(step.consumed);
    collect(lies_here);
    if (step.found && hears()) Call("FoundTerminator", [&] { FoundTerminator(); });
  }
}

void AsyncChat::CollectIncomingData(ByteSpan bytes) {
  if (collected_.size() + bytes.size() > MaxCollectedBytes()) {
    throw std::length_error(absl::StrCat("a message of more than ", MaxCollectedBytes(), " bytes"));
  }
  collected_.Append(bytes);
}

std::string AsyncChat::TakeCollected() {
  std::string text(collected());
  collected_.Clear();
  return text;
}

void AsyncChat::TakeEndOfInput() {
  if (closing_) return;
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
  if (closing_) {
    NeedUnusual().owed_at_deadline = reactor().PendingBytes(handle());
    reactor().SetDeadline(handle(), reactor().Now() + kDrainProgress);
  }
  reactor().NotifyDrained(handle());
}

void AsyncChat::TakeConnected() {
  if (closing_) AwaitDrained();  // the deadline so far was that of connecting
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

void AsyncChat::CloseWhenDone() {
  if (!is_open() || closing_) return;
  closing_ = true;
  AwaitDrained();
}

bool AsyncChat::TakeDeadline() {
  if (!closing_) return true;
  const uint64_t owed = reactor().PendingBytes(handle());
  if (owed < unusual_->owed_at_deadline) {
    AwaitDrained();
  } else {
    reactor().Close(handle(), {CloseCause::kDrainTimeout, 0}, CloseHow::kReset);
  }
  return false;
}

void AsyncChat::DiscardBuffers() {
  collected_.Clear();
  terminator_.Forget();
  input_discarded_ = true;
  if (unusual_ != nullptr) {
    unusual_->waiting.clear();
    unusual_->pushed_bytes = 0;
    unusual_->pull_discarded = true;
    unusual_->undecided.clear();
  }
  reactor().DiscardPending(handle());
}

}  // namespace parley
