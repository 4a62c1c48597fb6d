#ifndef CHAT_TRANSPORT_LF_FRAMING_H_
#define CHAT_TRANSPORT_LF_FRAMING_H_

// Lines that end with LF. A CR before the LF belongs to the end, because telnet sends one; any other
// CR is a byte of the line. For a profile whose clients send no telnet commands; none of today's is
// one (classic and qq read any line end).
//
// At the end of the stream a last line without LF counts, and a CR at its very end does not belong
// to it. 48 bytes; a ring from a pool while a line is unfinished.

#include "chat/transport/framing.h"
#include "reactor/base/message_parser.h"

namespace parley::chat {

class LfFraming final : public Framing {
 public:
  // 1 <= max_message_bytes < MessageParser::kLargestLimit.
  explicit LfFraming(size_t max_message_bytes);

  absl::StatusOr<size_t> Feed(ByteSpan bytes, MessageSink& sink) override;
  void Finish(MessageSink& sink) override;
  std::string TakeUnfinished() override { return parser_.TakeUnfinished().Copy(); }
  std::string Save() const override;
  absl::Status Restore(absl::string_view saved) override;

 private:
  size_t max_message_bytes() const { return parser_.max_message_bytes() - 1; }

  MessageParser parser_;  // with room for the CR
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_LF_FRAMING_H_
