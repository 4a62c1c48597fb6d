#ifndef REACTOR_BASE_MESSAGE_PARSER_H_
#define REACTOR_BASE_MESSAGE_PARSER_H_

// Whole messages out of a stream, within a limit: terminator_parser.h, and a place for the beginning
// of a message whose end has not come.
//
//   MessageParser parser(Terminator::String("\n"), /*max_message_bytes=*/4096);
//   const size_t consumed = parser.Feed(bytes, [&](const MessageParser::Message& message) {
//     Use(message.text);
//     return true;    // whether to go on
//   });
//
// A message that arrives whole is handed over where it lies. Of an unfinished one the bytes so far
// are copied into a ring, which is given back at the message's end. A message that grows beyond the
// limit is reported once, as too long, with its first bytes; the rest of it is dropped as it comes,
// so that a message without an end costs the limit and no more.
//
// The sink may replace the terminator, which holds for what follows the message. It must not destroy
// the parser or feed it. 40 bytes; not thread-safe; units: bytes. Errors: none.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"
#include "reactor/base/bytes.h"
#include "reactor/base/check.h"
#include "reactor/base/ring_buffer.h"
#include "reactor/base/terminator.h"
#include "reactor/base/terminator_parser.h"

namespace parley {

class MessageParser {
 public:
  // More than a ring can hold is no limit.
  static constexpr size_t kLargestLimit = size_t{1} << 30;

  struct Message {
    absl::string_view text;  // without its terminator; valid during the call only
    bool too_long = false;   // it went over the limit; text is its first bytes
  };

  // 1 <= max_message_bytes <= kLargestLimit.
  MessageParser(Terminator terminator, size_t max_message_bytes)
      : parser_(std::move(terminator)),
        max_message_bytes_(static_cast<uint32_t>(max_message_bytes)) {
    PARLEY_CHECK(max_message_bytes > 0 && max_message_bytes <= kLargestLimit, max_message_bytes);
  }

  void SetTerminator(Terminator terminator) { parser_.SetTerminator(std::move(terminator)); }
  const Terminator& terminator() const { return parser_.terminator(); }
  size_t max_message_bytes() const { return max_message_bytes_; }

  // Calls sink(Message) for each message, in order, until it returns false. Returns how many bytes
  // are done with; those behind are not kept, and have to be fed again. A sink that asks for a message
  // of 0 bytes and returns false is given it when Feed is called again, with whatever comes.
  template <typename Sink>
  size_t Feed(ByteSpan bytes, Sink&& sink);

  // What has come of a message whose end has not: nothing of one that was too long.
  const RingBuffer& unfinished() const { return unfinished_; }
  bool dropping() const { return dropping_; }  // in a message that was reported as too long
  // Makes the parser as it was when unfinished() and dropping() were these.
  void Resume(ByteSpan unfinished, bool dropping) {
    unfinished_.Clear();
    unfinished_.Append(unfinished);
    dropping_ = dropping;
  }
  // Takes out what has come of the message; what follows is the beginning of one.
  RingBuffer TakeUnfinished() {
    parser_.Forget();
    dropping_ = false;
    return std::exchange(unfinished_, RingBuffer());
  }

 private:
  template <typename Sink>
  bool Take(const TerminatorParser::Piece& piece, Sink& sink);
  template <typename Sink>
  bool TakeUncommon(const TerminatorParser::Piece& piece, Sink& sink);

  TerminatorParser parser_;
  RingBuffer unfinished_;
  uint32_t max_message_bytes_;
  bool dropping_ = false;
};

template <typename Sink>
size_t MessageParser::Feed(ByteSpan bytes, Sink&& sink) {
  ByteSpan rest = bytes;
  while (parser_.HasNext(rest)) {
    const TerminatorParser::Piece piece = parser_.Next(rest);
    rest = rest.subspan(piece.consumed);
    if (!Take(piece, sink)) break;
  }
  return bytes.size() - rest.size();
}

// Returns whether to go on.
template <typename Sink>
bool MessageParser::Take(const TerminatorParser::Piece& piece, Sink& sink) {
  if (piece.found && unfinished_.empty() && !dropping_ && piece.bytes.size() <= max_message_bytes_)
      [[likely]] {
    return sink(Message{AsText(piece.bytes), false});
  }
  return TakeUncommon(piece, sink);
}

// The parser is between two messages, or in the right place of one, before the sink is called.
template <typename Sink>
bool MessageParser::TakeUncommon(const TerminatorParser::Piece& piece, Sink& sink) {
  if (dropping_) {
    dropping_ = !piece.found;
    return true;
  }
  if (unfinished_.size() + piece.bytes.size() > max_message_bytes_) {
    dropping_ = !piece.found;
    if (unfinished_.empty()) {
      return sink(Message{AsText(piece.bytes.first(max_message_bytes_)), true});
    }
    RingBuffer first = std::exchange(unfinished_, RingBuffer());
    // More than the limit may have come before, when that was another (Resume).
    const size_t room = max_message_bytes_ - std::min<size_t>(first.size(), max_message_bytes_);
    first.Append(piece.bytes.first(std::min(room, piece.bytes.size())));
    return sink(Message{AsText(first.Contiguous()).substr(0, max_message_bytes_), true});
  }
  unfinished_.Append(piece.bytes);
  if (!piece.found) return true;
  RingBuffer whole = std::exchange(unfinished_, RingBuffer());
  return sink(Message{AsText(whole.Contiguous()), false});
}

}  // namespace parley

#endif  // REACTOR_BASE_MESSAGE_PARSER_H_
