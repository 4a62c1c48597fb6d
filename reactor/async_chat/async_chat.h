#ifndef REACTOR_ASYNC_CHAT_ASYNC_CHAT_H_
#define REACTOR_ASYNC_CHAT_ASYNC_CHAT_H_

// A conversation of messages that have an end: what asynchat calls async_chat.
//
//   class Session : public AsyncChat {
//    public:
//     Session(ChannelMap& map, UniqueFd socket) : AsyncChat(map, std::move(socket)) {
//       SetTerminator("\r\n");
//     }
//     void FoundTerminator() override {
//       Push(TakeMessage());
//       Push("\r\n");
//     }
//   };
//
// Input: CollectIncomingData gets the bytes of a message piece by piece, where they lie;
// FoundTerminator is called once at its end. Either may change the terminator, push, close; what
// follows is judged by the new terminator, bytes that the old one held back first
// (base/terminator_parser.h), and nothing is delivered once the channel is closed or is to close
// when done. Output: Push sends at the end of the turn, in order; producers are asked
// for more only as fast as the peer takes it. Sending never calls a handler from inside the call
// and never closes. The peer's end of input is told to HandleClose; what the channel owes still
// goes out, and what HandleClose pushes too. A channel whose replies come later, from a worker,
// overrides HandleEndOfInput and calls CloseWhenDone behind the last of them.
//
// Limits: a message collected by the default CollectIncomingData may have MaxCollectedBytes. What is
// pushed may be of any size and arrives while the peer reads on; a peer that takes nothing of it for
// Reactor::SetStallTime, or leaves more than the connection's max_private_bytes untaken, is closed,
// with a line in the log. Memory: 72 bytes, and a pooled block while a message is unfinished. Units:
// bytes.

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "reactor/async_chat/channel.h"
#include "reactor/async_chat/channel_map.h"  // so that a server of chats includes one header
#include "reactor/async_chat/producer.h"
#include "reactor/base/bytes.h"
#include "reactor/base/ring_buffer.h"
#include "reactor/base/terminator.h"
#include "reactor/base/terminator_parser.h"
#include "reactor/base/unique_fd.h"

namespace parley {

class AsyncChat : public Channel {
 public:
  explicit AsyncChat(ChannelMap& map);
  AsyncChat(ChannelMap& map, UniqueFd socket, const ConnectionOptions& options = {});
  ~AsyncChat() override;

  // Where messages end: at a string of any length; after a count of bytes, once; or (nullopt or "")
  // nowhere. At any time. After 0 bytes means that the next message is empty: it is found behind the
  // handler that said so, or before what comes next, and not, as in asynchat, that everything is
  // collected; std::nullopt says that. WARNING: a handler that says so for every message is called
  // without end; a peer must not be able to choose that. A negative count throws
  // std::invalid_argument and changes nothing.
  void SetTerminator(absl::string_view text) { SetTerminator(Terminator::String(text)); }
  void SetTerminator(char byte) { SetTerminator(absl::string_view(&byte, 1)); }
  template <std::integral Count>
  void SetTerminator(Count bytes) {
    if (std::cmp_less(bytes, 0)) throw std::invalid_argument("a terminator cannot be negative");
    SetTerminator(Terminator::Count(static_cast<uint64_t>(bytes)));
  }
  void SetTerminator(std::nullopt_t) { SetTerminator(Terminator::None()); }
  void SetTerminator(Terminator terminator) { parser_.SetTerminator(std::move(terminator)); }
  const Terminator& terminator() const { return parser_.terminator(); }

  // Sends the bytes behind everything pushed before. Dropped when the channel is closed or closing.
  void Push(ByteSpan bytes);
  void Push(absl::string_view text) { Push(AsBytes(text)); }
  // Sends what the producer gives, until it has no more.
  void PushWithProducer(std::unique_ptr<Producer> producer);
  void PushWithProducer(absl::string_view text) {
    PushWithProducer(std::make_unique<SimpleProducer>(std::string(text)));
  }

  // Sends everything that was pushed, then tells HandleClose and closes. Input is dropped from here
  // on. Gives up when the peer takes nothing for `limit` (kDrainTimeout). A second call does
  // nothing.
  void CloseWhenDone(Duration limit = std::chrono::seconds(5));
  // Forgets input that was not delivered and output that was not sent, producers included.
  void DiscardBuffers();

 protected:
  // The next bytes of the message, valid during the call only. By default they are kept for
  // collected(); a message that grows beyond MaxCollectedBytes is a std::length_error, and so ends
  // the channel.
  virtual void CollectIncomingData(ByteSpan bytes);
  // The message is complete.
  virtual void FoundTerminator() = 0;
  virtual size_t MaxCollectedBytes() const { return size_t{64} * 1024; }
  void HandleClose(CloseReason) override {}
  void HandleConnect() override {}
  // Tells HandleClose, and closes when what was pushed is sent.
  void HandleEndOfInput() override;

  // What the default CollectIncomingData has of the message. A message that came whole is not copied
  // for FoundTerminator but lies where it was received; what that leaves is kept, and the next
  // message comes behind it.
  // A view that is good until the handler returns, or collects more.
  absl::string_view collected();
  // Takes it out: as a view that is good until the handler returns, or any channel of the map takes
  // its next message; or as a string.
  absl::string_view TakeMessage();
  std::string TakeCollected();

 private:
  struct Unusual;

  bool IsClosing() const final { return closing_; }
  void TakeConnected() final;
  void TakeBytes(ByteSpan bytes) final;
  void TakeEndOfInput() final;
  void TakeDrained() final;
  void TakeDeadline() final;
  void Opened() final { closing_ = false; }
  void Closed() final;

  bool HasWaiting() const;
  ByteSpan InPlace() const;
  void KeepInPlace();
  void PullProducers();
  // The next piece of the first producer; false when it has no more, or is gone.
  bool PullOnce(size_t& pulled);
  void AwaitDrained();
  Unusual& NeedUnusual();
  void DropUnusual();

  bool closing_ : 1 = false;          // CloseWhenDone was called, or the peer has ended its side
  bool input_discarded_ : 1 = false;  // what is left of the piece that is being fed
  TerminatorParser parser_;
  RingBuffer collected_;
  std::unique_ptr<Unusual> unusual_;  // null for a channel with nothing but pushed bytes
};

}  // namespace parley

#endif  // REACTOR_ASYNC_CHAT_ASYNC_CHAT_H_
