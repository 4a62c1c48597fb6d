#ifndef CHAT_TRANSPORT_LINE_END_H_
#define CHAT_TRANSPORT_LINE_END_H_

// What the framings that end lines at LF share: a CR before the LF belongs to the end of the line.
// Their parser finds the LF, and is given room for the CR: one byte more than the limit.

#include <cstddef>

#include "absl/strings/string_view.h"
#include "chat/transport/framing.h"
#include "reactor/base/message_parser.h"

namespace parley::chat {

inline absl::string_view WithoutCarriageReturn(absl::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// Hands over a line of which the whole end was taken away. Returns whether to go on.
inline bool HandOverLine(absl::string_view line, size_t max_message_bytes, MessageSink& sink) {
  if (line.size() > max_message_bytes) [[unlikely]] {
    return sink.OnTooLong(line.substr(0, max_message_bytes));
  }
  return sink.OnMessage(line);
}

// At the end of the stream: what has come of a line counts as one.
inline void HandOverLast(MessageParser& parser, size_t max_message_bytes, MessageSink& sink) {
  RingBuffer last = parser.TakeUnfinished();
  const absl::string_view line = WithoutCarriageReturn(AsText(last.Contiguous()));
  if (!line.empty()) HandOverLine(line, max_message_bytes, sink);
}

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_LINE_END_H_
