#ifndef CHAT_DELIVERY_GRAMMAR_H_
#define CHAT_DELIVERY_GRAMMAR_H_

// Reads what a client of one profile sends: a message becomes an operation. Without state. Thread:
// the main thread. Errors: what makes no sense is an operation too (kUnknown, kIncomplete).

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "chat/rooms/operation.h"

namespace parley::chat {

class Grammar {
 public:
  virtual ~Grammar() = default;

  // `message` is as it came, without its end. `buffer` may be used to keep what the operation's
  // views point into; it is good as long as the operation is.
  virtual Operation Parse(absl::string_view message, bool before_login,
                          std::string& buffer) const = 0;
};

}  // namespace parley::chat

#endif  // CHAT_DELIVERY_GRAMMAR_H_
