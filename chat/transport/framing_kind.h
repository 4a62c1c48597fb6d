#ifndef CHAT_TRANSPORT_FRAMING_KIND_H_
#define CHAT_TRANSPORT_FRAMING_KIND_H_

// Names the framings, for a profile that says which its clients have.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "chat/transport/framing.h"

namespace parley::chat {

enum class FramingKind : uint8_t {
  kAnyLineEnd,    // any_line_end_framing.h, with telnet
  kLf,            // lf_framing.h; for profiles to come: classic and qq people use telnet
  kCrLf,          // crlf_framing.h; a client that turns out to speak telnet goes on in the first
  kLengthPrefix,  // length_prefix_framing.h
};

// Whether a person could type its messages: another protocol is recognised there (first_line.h), and
// who is refused reads a sentence.
constexpr bool HasLines(FramingKind kind) { return kind != FramingKind::kLengthPrefix; }

// 1 <= max_message_bytes < MessageParser::kLargestLimit.
std::unique_ptr<Framing> MakeFraming(FramingKind kind, size_t max_message_bytes);

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_FRAMING_KIND_H_
