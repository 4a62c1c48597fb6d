#ifndef CHAT_TRANSPORT_NEWS_H_
#define CHAT_TRANSPORT_NEWS_H_

// What the transport tells the server about a client, as one type, whether it comes straight from the
// client's shard or an I/O thread is between.
//
// Lifetime: views live for the call. Units: bytes.

#include <cstdint>

#include "absl/strings/string_view.h"
#include "chat/transport/framing.h"
#include "chat/transport/order.h"

namespace parley::chat {

// Which of the server's entrances a listener is (chat_server.h); to the transport it is a number.
using EntranceId = uint16_t;

struct News {
  enum class Kind : uint8_t {
    // It connected to a listener that is this `entrance`; text: from where ("192.0.2.7:50213").
    kArrived,
    // It sent a message; text: without its end, bytes as they came, at most the limit long.
    kSpoke,
    // It sent a message over the limit, which is dropped.
    kSpokeTooLong,
    // Its framing has found out a `capability`, before the message that is told next.
    kLearned,
    // It sends what is no message: another protocol, telnet that makes no sense, a frame that cannot
    // be. text: a sentence for its sender. Nothing more of what it sends is told.
    kBrokeProtocol,
    // It will send no more; what is owed to it still goes out.
    kFinished,
    // It said nothing for as long as its `policy`, and nothing of it waits to be told.
    kIdleTooLong,
    // It will be gone at once, because it does not read what is said to it; text: the rest of a
    // sentence for the log, behind who it was.
    kFellBehind,
    // It is gone, the last word about it; text: why.
    kGone,
  };

  Kind kind = Kind::kSpoke;
  IdlePolicy policy = IdlePolicy::kLogin;
  EntranceId entrance = 0;
  Capability capability;
  ClientId client;
  absl::string_view text;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_NEWS_H_
