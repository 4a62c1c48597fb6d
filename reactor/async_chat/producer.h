#ifndef REACTOR_ASYNC_CHAT_PRODUCER_H_
#define REACTOR_ASYNC_CHAT_PRODUCER_H_

// A source of bytes that is too large, or not yet known, to be pushed at once: AsyncChat asks it
// for more when what it gave before has left.

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "reactor/base/bytes.h"

namespace parley {

class Producer {
 public:
  virtual ~Producer() = default;
  // The next bytes; none means that there are no more. They are valid until the next call.
  virtual ByteSpan More() = 0;
};

// Gives a string away in pieces of `piece_bytes`.
class SimpleProducer : public Producer {
 public:
  explicit SimpleProducer(std::string text, size_t piece_bytes = 512)
      : text_(std::move(text)), piece_bytes_(std::max<size_t>(piece_bytes, 1)) {}

  ByteSpan More() override {
    const absl::string_view piece = absl::string_view(text_).substr(given_, piece_bytes_);
    given_ += piece.size();
    return AsBytes(piece);
  }

 private:
  const std::string text_;
  const size_t piece_bytes_;
  size_t given_ = 0;
};

}  // namespace parley

#endif  // REACTOR_ASYNC_CHAT_PRODUCER_H_
