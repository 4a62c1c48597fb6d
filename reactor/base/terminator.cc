#include "reactor/base/terminator.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace parley {

// borders[i]: the longest proper border of the first i+1 bytes.
struct Terminator::LongText {
  explicit LongText(absl::string_view bytes) : text(bytes), borders(bytes.size(), 0) {
    for (uint32_t i = 1, border = 0; i < text.size(); ++i) {
      while (border > 0 && text[i] != text[border]) border = borders[border - 1];
      if (text[i] == text[border]) ++border;
      borders[i] = border;
    }
  }
  const std::string text;
  std::vector<uint32_t> borders;
};

Terminator::Terminator() = default;
Terminator::Terminator(Terminator&& other) noexcept = default;
Terminator& Terminator::operator=(Terminator&& other) noexcept = default;
Terminator::~Terminator() = default;

Terminator Terminator::String(absl::string_view text) {
  Terminator terminator;
  if (text.size() > kShortBytes) {
    terminator.long_ = std::make_unique<LongText>(text);
  } else {
    std::copy(text.begin(), text.end(), terminator.short_text_.begin());
    terminator.short_size_ = static_cast<uint8_t>(text.size());
  }
  return terminator;
}

Terminator Terminator::Count(uint64_t bytes) {
  Terminator terminator;
  terminator.progress_ = bytes;
  return terminator;
}

absl::string_view Terminator::text() const {
  return long_ != nullptr ? absl::string_view(long_->text)
                          : absl::string_view(short_text_.data(), short_size_);
}

size_t Terminator::Border(size_t length) const {
  if (long_ != nullptr) return long_->borders[length - 1];
  const absl::string_view matched(short_text_.data(), length);
  size_t border = length - 1;
  while (matched.substr(0, border) != matched.substr(length - border)) --border;
  return border;
}

Terminator::Step Terminator::NextOther(ByteSpan input) {
  if (is_string()) return NextString(input);
  if (progress_ > 0) return NextCounted(input);
  Step step;
  step.collect = step.consumed = input.size();
  return step;
}

Terminator::Step Terminator::NextCounted(ByteSpan input) {
  Step step;
  step.collect = step.consumed = static_cast<size_t>(std::min<uint64_t>(progress_, input.size()));
  progress_ -= step.consumed;
  step.found = progress_ == 0;  // and from here on it is None: a count is met once
  return step;
}

Terminator::Step Terminator::NextString(ByteSpan input) {
  const ByteSpan text = AsBytes(this->text());
  const size_t held = matched();  // bytes of earlier pieces that match the terminator's beginning
  size_t match = held;
  size_t position = 0;
  while (position < input.size()) {
    if (match == 0) {
      const void* first = std::memchr(input.data() + position, std::to_integer<int>(text[0]),
                                      input.size() - position);
      if (first == nullptr) {
        position = input.size();
        break;
      }
      position = static_cast<size_t>(static_cast<const std::byte*>(first) - input.data());
    }
    while (match > 0 && input[position] != text[match]) match = Border(match);
    if (input[position] == text[match]) ++match;
    ++position;
    if (match == text.size()) break;
  }
  // What lies before the match is the message's: first the held-back bytes, then the input's.
  Step step;
  step.consumed = position;
  step.found = match == text.size();
  const size_t released = held + position - match;
  step.held_back = text.first(std::min(held, released));
  step.collect = released - step.held_back.size();
  progress_ = step.found ? 0 : match;
  return step;
}

}  // namespace parley
