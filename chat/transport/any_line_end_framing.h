#ifndef CHAT_TRANSPORT_ANY_LINE_END_FRAMING_H_
#define CHAT_TRANSPORT_ANY_LINE_END_FRAMING_H_

// Lines from whatever a person has at hand: they end with CR LF, LF, CR NUL or CR alone, in any
// split (reactor/base/line_splitter.h), and telnet's commands may stand anywhere among them
// (chat/transport/telnet_decoder.h). A CR ends the line at once.
//
// Most clients never send a telnet command. The decoder is made at the first IAC byte, and from then
// on the bytes go through it step by step, each step at most one command and at most one line, so that
// answers, interrupts and lines come in the order in which the client meant them, and a sink that
// says stop has been told nothing of what is behind. An interrupt drops the line being typed, one
// that was too long included; lines before it stay.
//
// At the end of the stream a last line without an end counts. 40 bytes; a ring from a pool while a
// line is unfinished; the decoder for clients that speak telnet.

#include <memory>

#include "chat/transport/framing.h"
#include "reactor/base/line_splitter.h"

namespace parley::chat {

class AnyLineEndFraming final : public Framing {
 public:
  // 1 <= max_message_bytes <= MessageParser::kLargestLimit.
  explicit AnyLineEndFraming(size_t max_message_bytes);
  ~AnyLineEndFraming() override;

  // Goes on where a splitter stands that was fed the bytes before; a framing that was not fed yet.
  void GoOn(const LineSplitter::Position& position) { splitter_.Resume(position); }

  absl::StatusOr<size_t> Feed(ByteSpan bytes, MessageSink& sink) override;
  void Finish(MessageSink& sink) override;
  std::string Save() const override;
  absl::Status Restore(absl::string_view saved) override;

 private:
  struct Telnet;
  struct Progress {
    size_t consumed = 0;
    bool go_on = true;
  };

  Progress FeedText(ByteSpan text, MessageSink& sink);
  void BeginTelnet(ByteSpan text_before);
  absl::StatusOr<size_t> FeedTelnet(ByteSpan bytes, MessageSink& sink);
  absl::StatusOr<bool> FeedStep(ByteSpan step, MessageSink& sink);

  LineSplitter splitter_;
  std::unique_ptr<Telnet> telnet_;  // null until the first IAC
  uint32_t max_message_bytes_;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_ANY_LINE_END_FRAMING_H_
