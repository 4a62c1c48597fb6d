#ifndef CHAT_TRANSPORT_FRAMING_H_
#define CHAT_TRANSPORT_FRAMING_H_

// A framing turns what a client sends into messages: lines that end in one way or another, or
// frames with their length in front. Each connection has its own, chosen by the listener's profile.
//
//   absl::StatusOr<size_t> consumed = framing->Feed(bytes, sink);
//   if (!consumed.ok()) ...     // say why, hang up
//   rest = bytes.subspan(*consumed);    // not empty only when the sink said stop: feed it later
//
// Sans I/O: a framing reads no socket, sends nothing and knows no clock. What it has to say goes to
// the sink in the order in which the client's bytes mean it: messages, interrupts, bytes to be sent
// as an answer, and what was learned about the client.
//
// Limits: a message has at most so many bytes as the framing was made with. A longer one is reported
// once, as too long, with its first bytes; the rest of it is dropped as it comes. A message that
// arrives whole is handed over where it lies, without a copy. Of an unfinished one the framing keeps
// what has come, never more than the limit (in a block of at most twice that); between messages it
// keeps nothing.
//
// Errors: bytes that make no sense in this framing end the conversation. Feed returns a sentence for
// the log or the client, and must not be called again. What was handed over before stays valid.
//
// A connection can be given to another process in the middle of anything: Save writes down what the
// framing remembers, Restore reads it into a new one of the same kind, and the rest of the stream
// then means what it would have meant here.
//
// Ownership: the connection's. Thread: the connection's I/O thread. Units: bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reactor/base/bytes.h"

namespace parley::chat {

// How a client of length_prefix_framing.h writes a length, which is how it wants to read one.
enum class LengthPrefix : uint8_t {
  kBigEndian4,        // 4 bytes, most significant first
  kBigEndian4Zeros4,  // the same and 4 zero bytes behind them
  kBigEndian8,        // 8 bytes, most significant first
};

// What a framing finds out about its client, for whoever writes to it.
using Capability = std::variant<LengthPrefix>;

// Who takes what a framing finds. Views are valid during the call. A sink must not feed, save,
// restore or destroy the framing that calls it.
class MessageSink {
 public:
  // A whole message, without what ends it. Returns whether to go on: after false nothing more is
  // handed over until the next Feed.
  virtual bool OnMessage(absl::string_view message) = 0;
  // A message over the limit, and its first bytes, as many as the limit. Returns whether to go on.
  virtual bool OnTooLong(absl::string_view beginning) = 0;
  // The client dropped the message that it was sending.
  virtual void OnInterrupt() = 0;
  // Bytes that the client is owed by the protocol here, between what it said before and after.
  virtual void OnAnswer(absl::string_view bytes) = 0;
  virtual void OnLearned(const Capability& capability) = 0;

 protected:
  ~MessageSink() = default;
};

class Framing {
 public:
  virtual ~Framing() = default;

  // Takes `bytes`, until the sink says stop. Returns how many are done with: all of them, or up to
  // the end of the message at which it said stop. Those behind are not kept; they must be fed again,
  // in front of what comes later.
  virtual absl::StatusOr<size_t> Feed(ByteSpan bytes, MessageSink& sink) = 0;

  // The client will send no more, and everything it sent was fed. A last line without an end counts
  // as one, and its sink's answer does not matter; an unfinished frame is dropped.
  virtual void Finish(MessageSink& sink) = 0;

  // What has come of a message that has not ended; the framing has forgotten it then. For a client
  // that goes on in another framing.
  virtual std::string TakeUnfinished() { return {}; }

  // Everything that the framing remembers of the stream, between two calls of Feed.
  virtual std::string Save() const = 0;
  // Makes a framing that was not fed yet what another one was when it saved this; the limit stays
  // its own. An error says what is wrong with `saved` and leaves the framing as it was.
  virtual absl::Status Restore(absl::string_view saved) = 0;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_FRAMING_H_
