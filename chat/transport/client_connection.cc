#include "chat/transport/client_connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "chat/text/sanitise.h"
#include "chat/transport/any_line_end_framing.h"
#include "chat/transport/rate.h"
#include "chat/transport/shard.h"
#include "chat/transport/telnet_commands.h"
#include "reactor/loop/reactor.h"

namespace parley::chat {
namespace {

// What a client's lines have others told silences it for no longer, and costs its address no more
// for each line.
constexpr Duration kLongestWaitForOthers = std::chrono::seconds(60);
constexpr uint64_t kMostBytesForOthers = uint64_t{1} << 20;
// DeadlineWheel::kTick each, 10 seconds in all.
constexpr uint8_t kMostGraceTicks = 156;

bool HasTelnetCommand(ByteSpan bytes) {
  return std::memchr(bytes.data(), telnet::kInterpretAsCommand, bytes.size()) != nullptr;
}

}  // namespace

// What the framing finds, for one call.
class ClientConnection::Sink final : public MessageSink {
 public:
  Sink(ClientConnection& client, Handle connection)
      : client_(client), connection_(connection), now_(client.shard_.reactor().Now()) {}

  bool OnMessage(absl::string_view message) override { return Take({message, false}); }
  bool OnTooLong(absl::string_view beginning) override { return Take({beginning, true}); }
  void OnInterrupt() override {}
  void OnAnswer(absl::string_view bytes) override {
    client_.shard_.reactor().Send(connection_, AsBytes(bytes));
  }
  void OnLearned(const Capability& capability) override {
    client_.shard_.Tell(connection_, {.kind = News::Kind::kLearned, .capability = capability});
  }
  bool go_on() const { return go_on_; }

 private:
  bool Take(const LineSplitter::Line& line) {
    go_on_ = client_.TakeLine(connection_, line, now_);
    return go_on_;
  }

  ClientConnection& client_;
  const Handle connection_;
  const TimePoint now_;
  bool go_on_ = true;
};

ClientConnection::ClientConnection(Shard& shard, FramingKind framing, AddressAccount* account)
    : shard_(shard),
      account_(account),
      has_lines_(HasLines(framing)),
      first_line_over_(!HasLines(framing)) {
  if (framing == FramingKind::kAnyLineEnd) return;
  extras().framing = MakeFraming(framing, shard_.limits().longest_line_bytes());
}

void ClientConnection::OnBytes(Handle connection, ByteSpan bytes) {
  if (hung_up_) return;
  if (!first_line_over_ && IsRefused(connection, first_line_.Take(bytes))) return;
  if (HasTelnetCommand(bytes) && has_lines_ && !speaks_telnet()) BeginTelnet();
  Take(connection, bytes);
}

// What has come of a line, and lines that wait, are the new framing's from now on.
void ClientConnection::BeginTelnet() {
  extras().speaks_telnet = true;
  auto framing = std::make_unique<AnyLineEndFraming>(shard_.limits().longest_line_bytes());
  LineSplitter::Position position = splitter_.position();
  splitter_.Resume({});
  if (extras_->framing != nullptr) position.unfinished = extras_->framing->TakeUnfinished();
  RingBuffer rest = std::exchange(extras_->rest, {});
  extras_->rest.Append(AsBytes(position.unfinished));
  extras_->rest.Append(rest.Contiguous());
  position.unfinished.clear();  // it is fed again
  framing->GoOn(position);
  extras().framing = std::move(framing);
}

bool ClientConnection::IsRefused(Handle connection, FirstLine::Verdict verdict) {
  if (verdict == FirstLine::Verdict::kUndecided) return false;
  first_line_over_ = true;
  if (verdict != FirstLine::Verdict::kLines) {
    BreakOff(connection, RefusalOf(verdict));
    return true;
  }
  if (first_line_too_long_) shard_.Tell(connection, {.kind = News::Kind::kSpokeTooLong});
  return false;
}

void ClientConnection::BreakOff(Handle connection, absl::string_view why) {
  hung_up_ = true;
  shard_.Tell(connection, {.kind = News::Kind::kBrokeProtocol, .text = why});
}

void ClientConnection::Take(Handle connection, ByteSpan bytes) {
  if (throttled_ || (!hung_up_ && shard_.Busy())) {
    framing() == nullptr ? splitter_.Keep(bytes) : extras_->rest.Append(bytes);
    return Throttle(connection);
  }
  const bool go_on = framing() == nullptr ? Split(connection, bytes) : Feed(connection, bytes);
  if (!go_on) Throttle(connection);
}

bool ClientConnection::Split(Handle connection, ByteSpan bytes) {
  const TimePoint now = shard_.reactor().Now();
  bool go_on = true;
  splitter_.Feed(bytes, shard_.limits().longest_line_bytes(), [&](const LineSplitter::Line& line) {
    go_on = TakeLine(connection, line, now);
    return go_on;
  });
  return go_on;
}

bool ClientConnection::Feed(Handle connection, ByteSpan bytes) {
  RingBuffer& rest = extras_->rest;
  if (hung_up_) {
    rest.Clear();
    return true;
  }
  const bool has_rest = !rest.empty();
  if (has_rest) {
    rest.Append(bytes);
    bytes = rest.Contiguous();
  }
  Sink sink(*this, connection);
  const absl::StatusOr<size_t> consumed = extras_->framing->Feed(bytes, sink);
  if (!consumed.ok()) {
    rest.Clear();
    if (!hung_up_) BreakOff(connection, consumed.status().message());
    return true;
  }
  has_rest ? rest.Consume(*consumed) : rest.Append(bytes.subspan(*consumed));
  return sink.go_on();
}

bool ClientConnection::TakeLine(Handle connection, const LineSplitter::Line& line, TimePoint now) {
  if (hung_up_) return true;
  const size_t price = PriceOf(line.text);
  const TimePoint due = Charge(price, now);
  if (due > now) {
    extras().held =
        std::make_unique<HeldLine>(HeldLine{due, price, line.too_long, std::string(line.text)});
    return false;
  }
  Tell(connection, line);
  return hung_up_ || !shard_.Busy();
}

// In bytes. A message of several lines, which only a framing hands over, goes out with the overhead
// of each. In a frame a line end may be escaped.
size_t ClientConnection::PriceOf(absl::string_view line) const {
  size_t lines = 1;
  if (framing() != nullptr) {
    lines += static_cast<size_t>(std::count(line.begin(), line.end(), '\n'));
    if (!has_lines_) lines += static_cast<size_t>(std::count(line.begin(), line.end(), '\\'));
    lines = std::min(lines, kMaxLinesOfAText);
  }
  return line.size() + lines * kLineOverheadBytes;
}

// Returns when a line of this price may pass.
TimePoint ClientConnection::Charge(size_t price, TimePoint now) {
  const Limits& limits = shard_.limits();
  Duration cost = Duration::zero();
  if (limits.max_lines_per_second != 0) cost = CostOf(1, limits.max_lines_per_second);
  if (limits.max_bytes_per_second != 0) {
    cost = std::max(cost, CostOf(price, limits.max_bytes_per_second));
  }
  const TimePoint due = TakeTurn(next_turn_, now, cost);
  return account_ == nullptr ? due : std::max(due, account_->Charge(now, price));
}

void ClientConnection::ChargeForOthers(uint64_t bytes) {
  const uint32_t own = shard_.limits().max_bytes_per_second;
  const TimePoint now = shard_.reactor().Now();
  uint64_t price = std::min(bytes, kMostBytesForOthers);
  if (own != 0) {
    const Duration left = now + kLongestWaitForOthers - std::max(next_turn_, now);
    const Duration cost = std::max(Duration::zero(), std::min(CostOf(price, own), left));
    TakeTurn(next_turn_, now, cost);
    price = static_cast<uint64_t>(std::chrono::duration<double>(cost).count() * own);
  }
  if (account_ != nullptr) account_->Charge(now, price);
}

void ClientConnection::Tell(Handle connection, const LineSplitter::Line& line) {
  if (line.too_long && !first_line_over_) {
    first_line_too_long_ = true;
  } else if (line.too_long) {
    shard_.Tell(connection, {.kind = News::Kind::kSpokeTooLong});
  } else {
    shard_.Tell(connection, {.kind = News::Kind::kSpoke, .text = line.text});
  }
}

// Who is not heard pays nothing: others of its address would wait for that.
void ClientConnection::DropHeld() {
  if (held() == nullptr) return;
  if (account_ != nullptr) account_->Refund(held()->price);
  extras_->held.reset();
}

void ClientConnection::Throttle(Handle connection) {
  if (throttled_) return;
  throttled_ = true;
  shard_.reactor().PauseReading(connection);
  shard_.Throttle(connection);
}

void ClientConnection::ContinueThrottled(Handle connection) {
  if (held() != nullptr) {
    const bool may_pass = held()->due <= shard_.reactor().Now() && !shard_.Busy();
    if (!hung_up_ && !may_pass) return shard_.Throttle(connection);
    if (hung_up_) {
      DropHeld();
    } else {
      const std::unique_ptr<HeldLine> line = std::move(extras_->held);
      Tell(connection, {line->text, line->too_long});
    }
  }
  throttled_ = false;
  Take(connection, {});
  if (throttled_) return;
  if (ended_) {
    FinishIfEnded(connection);
  } else {
    shard_.reactor().ResumeReading(connection);
  }
}

void ClientConnection::OnEndOfInput(Handle connection) {
  ended_ = true;
  if (!throttled_) FinishIfEnded(connection);
}

void ClientConnection::FinishIfEnded(Handle connection) {
  if (finished_ || hung_up_) return;
  if (!first_line_over_ && IsRefused(connection, first_line_.Finish())) return;
  Sink sink(*this, connection);
  if (framing() == nullptr) {
    splitter_.Finish([&](const LineSplitter::Line& line) { sink.OnMessage(line.text); });
  } else {
    extras_->framing->Finish(sink);
  }
  if (!sink.go_on()) return Throttle(connection);  // and comes here again behind the line
  TellFinished(connection);
}

void ClientConnection::TellFinished(Handle connection) {
  if (finished_) return;
  finished_ = true;
  shard_.Tell(connection, {.kind = News::Kind::kFinished});
}

void ClientConnection::SetIdlePolicy(Handle connection, IdlePolicy policy) {
  idle_policy_ = policy;
  if (extras_ != nullptr) extras_->grace_ticks = 0;
  const Duration limit =
      policy == IdlePolicy::kLogin ? shard_.limits().login_deadline : shard_.limits().idle_time;
  shard_.reactor().SetDeadline(connection,
                               limit == Duration::zero() ? kNever : shard_.reactor().Now() + limit);
}

// Its lines wait here, or in the socket: the process was stopped, more were ready than fit into a
// turn, it is over a rate, or the main thread has too much to do.
bool ClientConnection::HasSomethingToSay(Handle connection) const {
  return throttled_ || shard_.reactor().HasUnreadInput(connection);
}

bool ClientConnection::OnDeadline(Handle connection) {
  Reactor& reactor = shard_.reactor();
  const TimePoint now = reactor.Now();
  if (idle_policy_ == IdlePolicy::kIdle) {
    const TimePoint until = reactor.LastInput(connection) + shard_.limits().idle_time;
    if (until > reactor.TurnBegan()) {
      reactor.SetDeadline(connection, until);
      return false;
    }
  }
  // Before login it may be anything, without end: only so much of it is waited for.
  const int grace_ticks = extras_ == nullptr ? 0 : extras_->grace_ticks;
  const bool may_wait = idle_policy_ == IdlePolicy::kIdle || grace_ticks < kMostGraceTicks;
  if (may_wait && HasSomethingToSay(connection)) {
    if (idle_policy_ == IdlePolicy::kLogin) ++extras().grace_ticks;
    reactor.SetDeadline(connection, now + DeadlineWheel::kTick);
    return false;
  }
  shard_.Tell(connection, {.kind = News::Kind::kIdleTooLong, .policy = idle_policy_});
  return false;
}

std::string ClientConnection::OnMessagesSkipped(Handle, const BroadcastLog& log,
                                                uint64_t messages) {
  return shard_.NoticeOf(log, messages);
}

void ClientConnection::OnClosed(Handle connection, CloseReason reason) {
  DropHeld();
  shard_.Closed(connection, reason);
}

}  // namespace parley::chat
