#ifndef CHAT_TRANSPORT_CLIENT_CONNECTION_H_
#define CHAT_TRANSPORT_CLIENT_CONNECTION_H_

// One client's socket on its I/O thread: has its framing take messages out of the bytes, keeps the
// client to its rates, watches over its idle policy. What it means belongs to the session on the
// main thread. A client that speaks another protocol (first_line.h) is not listened to at all.
//
// Most clients send lines and nothing of telnet. For those a line splitter is all the framing there
// is; an object is made when a telnet command comes, and for the other kinds. Whoever sends a telnet
// command among lines has a telnet program, whose lines end as telnet's do, and hears the answers.
//
// A message, here called a line, is charged to the client's own rate, as the dearer of its rates of
// lines and of bytes has it, and to its address's. One that is not due yet is held here, and the
// client not read until it has passed: what comes behind it waits in kernel buffers and then in the
// client's own terminal, and none is lost. A client holds at most one line that is charged, so
// clients of one address that wait take turns. A reset is not noticed before the line has passed:
// the line is heard.
//
// Ownership: its Shard owns it, until OnClosed. Thread: the Shard's reactor's.

#include <cstdint>
#include <memory>
#include <string>

#include "chat/transport/admission.h"
#include "chat/transport/first_line.h"
#include "chat/transport/framing.h"
#include "chat/transport/framing_kind.h"
#include "chat/transport/gateway.h"
#include "reactor/base/line_splitter.h"
#include "reactor/base/ring_buffer.h"
#include "reactor/loop/connection.h"

namespace parley::chat {

class Shard;

class ClientConnection final : public ConnectionHandler {
 public:
  // `account`: of its address; null for none. The admission's.
  ClientConnection(Shard& shard, FramingKind framing, AddressAccount* account);

  void OnBytes(Handle connection, ByteSpan bytes) override;
  void OnEndOfInput(Handle connection) override;
  bool OnDeadline(Handle connection) override;
  std::string OnMessagesSkipped(Handle connection, const BroadcastLog& log,
                                uint64_t messages) override;
  void OnClosed(Handle connection, CloseReason reason) override;

  void SetIdlePolicy(Handle connection, IdlePolicy policy);
  // Charges what it has had said to others: what it sends from now on waits for that.
  void ChargeForOthers(uint64_t bytes);
  // The server hangs up: no more of its lines are wanted.
  void IgnoreInput() { hung_up_ = true; }
  // Goes on with lines that waited for a rate; those that must wait longer say so to the Shard.
  void ContinueThrottled(Handle connection);
  AddressAccount* account() const { return account_; }

 private:
  // A line that is charged and not due yet.
  struct HeldLine {
    TimePoint due;
    size_t price;
    bool too_long;
    std::string text;
  };
  // What only some clients have.
  struct Extras {
    std::unique_ptr<Framing> framing;  // null: splitter_
    RingBuffer rest;  // what the framing has not taken yet, behind the line that is held
    std::unique_ptr<HeldLine> held;
    bool speaks_telnet = false;  // it has sent a command of it
    uint8_t grace_ticks = 0;     // that the login deadline was put off, for what waited
  };
  Extras& extras() {
    if (extras_ == nullptr) extras_ = std::make_unique<Extras>();
    return *extras_;
  }
  bool speaks_telnet() const { return extras_ != nullptr && extras_->speaks_telnet; }
  Framing* framing() const { return extras_ == nullptr ? nullptr : extras_->framing.get(); }
  HeldLine* held() const { return extras_ == nullptr ? nullptr : extras_->held.get(); }

  class Sink;

  void Take(Handle connection, ByteSpan bytes);
  // Returns whether the next line may be looked at.
  bool Split(Handle connection, ByteSpan bytes);
  bool Feed(Handle connection, ByteSpan bytes);
  void BeginTelnet();
  bool TakeLine(Handle connection, const LineSplitter::Line& line, TimePoint now);
  TimePoint Charge(size_t price, TimePoint now);
  size_t PriceOf(absl::string_view line) const;
  void Tell(Handle connection, const LineSplitter::Line& line);
  void DropHeld();
  void Throttle(Handle connection);
  // Whether what came first says that it speaks another protocol, and then is through with it.
  bool IsRefused(Handle connection, FirstLine::Verdict verdict);
  void BreakOff(Handle connection, absl::string_view why);
  void FinishIfEnded(Handle connection);
  bool HasSomethingToSay(Handle connection) const;
  void TellFinished(Handle connection);

  Shard& shard_;
  AddressAccount* const account_;
  std::unique_ptr<Extras> extras_;
  TimePoint next_turn_;  // of its own rates (rate.h)
  // While there is no framing. Gives its last two bytes to the two that follow.
  [[no_unique_address]] LineSplitter splitter_;
  FirstLine first_line_;
  IdlePolicy idle_policy_ : 1 = IdlePolicy::kLogin;
  bool has_lines_ : 1 = true;             // else frames
  bool first_line_over_ : 1 = false;      // it speaks lines, or another protocol
  bool first_line_too_long_ : 1 = false;  // which is said when it is known to be a line
  bool throttled_ : 1 = false;            // not read: lines wait for a rate or the main thread
  bool ended_ : 1 = false;                // the client said its end, and lines of it still wait
  bool finished_ : 1 = false;             // the session was told of the end
  bool hung_up_ : 1 = false;              // nothing that it sends is wanted any more
};
// 64 with what an allocation costs, as long as it is so small; one for each connection.
static_assert(sizeof(ClientConnection) <= 56 || sizeof(void*) != 8);

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_CLIENT_CONNECTION_H_
