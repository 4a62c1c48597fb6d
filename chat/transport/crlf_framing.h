#ifndef CHAT_TRANSPORT_CRLF_FRAMING_H_
#define CHAT_TRANSPORT_CRLF_FRAMING_H_

// Lines that end with CR LF, as original 2 has them, for clients that send LF alone too: there they
// never completed a line.
//
// The first line decides. It ends at its first LF. Where a CR stands before that, the client sends
// CR LF, and from then on nothing else ends a line: an LF or a CR by itself is a byte of the message,
// which passes on unchanged. Where none does, the client sends LF, and from then on every LF ends a
// line; a CR before it belongs to the end. (A client that sends CR LF and has an LF inside its very
// first message is taken for one that sends LF, and is understood but for LFs inside messages.)
// A first line that is too long decides nothing; the next one does.
//
// At the end of the stream a last line without an end counts, and a CR at its very end does not
// belong to it. 48 bytes; a ring from a pool while a line is unfinished.

#include "chat/transport/framing.h"
#include "reactor/base/message_parser.h"

namespace parley::chat {

class CrLfFraming final : public Framing {
 public:
  // 1 <= max_message_bytes < MessageParser::kLargestLimit.
  explicit CrLfFraming(size_t max_message_bytes);

  absl::StatusOr<size_t> Feed(ByteSpan bytes, MessageSink& sink) override;
  void Finish(MessageSink& sink) override;
  std::string TakeUnfinished() override { return parser_.TakeUnfinished().Copy(); }
  std::string Save() const override;
  absl::Status Restore(absl::string_view saved) override;

 private:
  enum class LineEnd : uint8_t { kUndecided, kLf, kCrLf };

  bool HandOver(const MessageParser::Message& message, MessageSink& sink);
  void Decide(LineEnd line_end);
  size_t max_message_bytes() const { return parser_.max_message_bytes() - 1; }

  [[no_unique_address]] MessageParser parser_;  // with room for the CR before an LF
  LineEnd line_end_ = LineEnd::kUndecided;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_CRLF_FRAMING_H_
