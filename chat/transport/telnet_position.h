#ifndef CHAT_TRANSPORT_TELNET_POSITION_H_
#define CHAT_TRANSPORT_TELNET_POSITION_H_

// Where a client's telnet stream stands: which command is unfinished, and what was agreed on. The
// decoder itself (libtelnet's state) cannot be written down; this can, and brings a fresh decoder to
// the same place by telling it what a client would have said to get there.
//
//   position.Follow(bytes, decoded.answer);            // whenever a decoder was given bytes
//   position.Save(writer);
//   ...
//   TelnetPosition::Read(reader)->Replay(fresh_decoder);
//
// Of options only binary (RFC 856) can be agreed on, so only that is followed. Of a subnegotiation
// the option and the number of bytes count; what is in it is skipped by the decoder anyway.

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chat/transport/saved_state.h"
#include "chat/transport/telnet_decoder.h"
#include "reactor/base/bytes.h"

namespace parley::chat {

class TelnetPosition {
 public:
  // `bytes` are what a decoder was given, `answer` what it answered to them; at most one command in
  // each call, so that the two belong together.
  void Follow(ByteSpan bytes, absl::string_view answer);
  void Replay(TelnetDecoder& fresh) const;

  void Save(SavedWriter& writer) const;
  // The error is the reader's, or says which value cannot be.
  static absl::StatusOr<TelnetPosition> Read(SavedReader& reader);

 private:
  // The unfinished command, byte by byte.
  enum class State : uint8_t {
    kText,
    kCommand,               // IAC
    kOption,                // IAC, and WILL, WONT, DO or DONT
    kSubnegotiationOption,  // IAC SB
    kSubnegotiation,        // IAC SB, the option, bytes
    kSubnegotiationCommand  // the same, IAC
  };
  // RFC 1143, as far as this server goes: it never asks a client to stop.
  enum class Binary : uint8_t { kNo, kAsked, kYes };

  void FollowByte(uint8_t byte);
  void FollowOption(uint8_t option);

  State state_ = State::kText;
  uint8_t command_ = 0;  // in kOption: WILL, WONT, DO or DONT
  uint8_t option_ = 0;   // of the subnegotiation
  uint32_t subnegotiation_bytes_ = 0;
  Binary client_ = Binary::kNo;  // whether the client sends binary
  Binary server_ = Binary::kNo;  // whether this side does: never kAsked
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_TELNET_POSITION_H_
