#include "chat/wire/wire_client.h"

#include <algorithm>
#include <cstring>

#include "chat/wire/wire.h"
#include "reactor/loop/reactor.h"

namespace parley::chat {
namespace {

constexpr int kBurstSeconds = 2;
constexpr std::byte kInterpretAsCommand{0xff};

bool HasTelnetCommand(ByteSpan bytes) {
  return std::memchr(bytes.data(), std::to_integer<int>(kInterpretAsCommand), bytes.size()) !=
         nullptr;
}

}  // namespace

void WireClient::OnBytes(Handle connection, ByteSpan bytes) {
  if (hung_up_) return;
  if (!first_line_over_ && IsRefused(connection, first_line_.Take(bytes))) return;
  if (telnet_ == nullptr && HasTelnetCommand(bytes)) telnet_ = std::make_unique<TelnetDecoder>();
  if (telnet_ == nullptr) {
    Split(connection, bytes);
  } else {
    SplitTelnet(connection, bytes);
  }
}

void WireClient::SplitTelnet(Handle connection, ByteSpan bytes) {
  const TelnetDecoder::Decoded decoded =
      telnet_->Decode(bytes, splitter_.Last(TelnetDecoder::kLongestBeginning));
  if (!decoded.answer.empty()) wire_.reactor().Send(connection, AsBytes(decoded.answer));
  Split(connection, AsBytes(decoded.typed.front()));
  for (size_t part = 1; part < decoded.typed.size(); ++part) {
    splitter_.DropUnfinished();
    Split(connection, AsBytes(decoded.typed[part]));
  }
  if (!decoded.error.empty() && !hung_up_) BreakOff(connection, decoded.error);
}

bool WireClient::IsRefused(Handle connection, FirstLine::Verdict verdict) {
  if (verdict == FirstLine::Verdict::kUndecided) return false;
  first_line_over_ = true;
  if (verdict != FirstLine::Verdict::kLines) {
    BreakOff(connection, RefusalOf(verdict));
    return true;
  }
  if (first_line_too_long_) wire_.events().ClientSpokeTooLong(wire_.IdOf(connection));
  return false;
}

void WireClient::BreakOff(Handle connection, absl::string_view why) {
  hung_up_ = true;
  wire_.events().ClientBrokeProtocol(wire_.IdOf(connection), why);
}

void WireClient::Split(Handle connection, ByteSpan bytes) {
  const ClientId client = wire_.IdOf(connection);
  const TimePoint now = wire_.reactor().Now();
  if (throttled_ || !MayTakeTurn(now)) {
    splitter_.Keep(bytes);
    return Throttle(connection);
  }
  splitter_.Feed(bytes, wire_.limits().longest_line_bytes(), [&](const LineSplitter::Line& line) {
    if (hung_up_) return true;
    TakeTurn(now);
    if (line.too_long && !first_line_over_) {
      first_line_too_long_ = true;
    } else if (line.too_long) {
      wire_.events().ClientSpokeTooLong(client);
    } else {
      wire_.events().ClientSpoke(client, line.text);
    }
    return MayTakeTurn(now);
  });
  if (!MayTakeTurn(now)) Throttle(connection);
}

// The virtual scheduling form of the leaky bucket (ITU-T I.371): one time stamp for rate and burst.
bool WireClient::MayTakeTurn(TimePoint now) const {
  if (hung_up_) return true;
  if (wire_.events().Busy()) return false;
  if (wire_.limits().max_lines_per_second == 0) return true;
  return next_turn_ <= now + std::chrono::seconds(kBurstSeconds);
}

void WireClient::TakeTurn(TimePoint now) {
  const uint32_t rate = wire_.limits().max_lines_per_second;
  if (rate != 0) next_turn_ = std::max(next_turn_, now) + Duration(std::chrono::seconds(1)) / rate;
}

void WireClient::Throttle(Handle connection) {
  if (throttled_) return;
  throttled_ = true;
  wire_.reactor().PauseReading(connection);
  wire_.Throttle(connection);
}

void WireClient::ContinueThrottled(Handle connection) {
  throttled_ = false;
  Split(connection, {});
  if (throttled_) return;
  if (ended_) {
    FinishIfEnded(connection);
  } else {
    wire_.reactor().ResumeReading(connection);
  }
}

void WireClient::OnEndOfInput(Handle connection) {
  ended_ = true;
  if (!throttled_) FinishIfEnded(connection);
}

void WireClient::FinishIfEnded(Handle connection) {
  if (finished_ || hung_up_) return;
  if (!first_line_over_ && IsRefused(connection, first_line_.Finish())) return;
  splitter_.Finish([&](const LineSplitter::Line& line) {
    wire_.events().ClientSpoke(wire_.IdOf(connection), line.text);
  });
  TellFinished(connection);
}

void WireClient::TellFinished(Handle connection) {
  if (finished_) return;
  finished_ = true;
  wire_.events().ClientFinished(wire_.IdOf(connection));
}

void WireClient::SetPatience(Handle connection, Patience patience) {
  patience_ = patience;
  const Duration limit =
      patience == Patience::kLogin ? wire_.limits().login_deadline : wire_.limits().idle_time;
  wire_.reactor().SetDeadline(connection,
                              limit == Duration::zero() ? kNever : wire_.reactor().Now() + limit);
}

bool WireClient::OnDeadline(Handle connection) {
  Reactor& reactor = wire_.reactor();
  if (patience_ == Patience::kIdle) {
    const TimePoint until = reactor.LastInput(connection) + wire_.limits().idle_time;
    if (until > reactor.TurnBegan()) {
      reactor.SetDeadline(connection, until);
      return false;
    }
  }
  wire_.events().ClientOutOfPatience(wire_.IdOf(connection), patience_);
  return false;
}

void WireClient::OnClosed(Handle connection, CloseReason reason) {
  wire_.Closed(connection, reason);
}

}  // namespace parley::chat
