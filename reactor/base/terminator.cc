#include "reactor/base/terminator.h"

#include <algorithm>
#include <cstring>

#include "reactor/base/check.h"

namespace parley {

Terminator Terminator::String(absl::string_view text) {
  Terminator terminator;
  terminator.text_.assign(text.data(), text.size());
  terminator.borders_.assign(text.size(), 0);
  for (uint32_t i = 1, border = 0; i < text.size(); ++i) {
    while (border > 0 && text[i] != text[border]) border = terminator.borders_[border - 1];
    if (text[i] == text[border]) ++border;
    terminator.borders_[i] = border;
  }
  return terminator;
}

Terminator Terminator::Count(uint64_t bytes) {
  Terminator terminator;
  terminator.remaining_ = bytes;
  return terminator;
}

Terminator::Step Terminator::Next(ByteSpan input) {
  if (!text_.empty()) return NextString(input);
  if (remaining_ > 0) return NextCounted(input);
  Step step;
  step.collect = step.consumed = input.size();
  return step;
}

Terminator::Step Terminator::NextCounted(ByteSpan input) {
  Step step;
  step.collect = step.consumed =
      static_cast<size_t>(std::min<uint64_t>(remaining_, input.size()));
  remaining_ -= step.consumed;
  step.found = remaining_ == 0;  // and from here on it is None: a count is met once
  return step;
}

Terminator::Step Terminator::NextString(ByteSpan input) {
  const auto* text = reinterpret_cast<const std::byte*>(text_.data());
  const size_t held = matched_;  // bytes of earlier pieces that match the terminator's beginning
  size_t match = matched_;
  size_t position = 0;
  while (position < input.size()) {
    if (match == 0) {
      const void* first = std::memchr(input.data() + position, text_[0], input.size() - position);
      if (first == nullptr) {
        position = input.size();
        break;
      }
      position = static_cast<size_t>(static_cast<const std::byte*>(first) - input.data());
    }
    while (match > 0 && input[position] != text[match]) match = borders_[match - 1];
    if (input[position] == text[match]) ++match;
    ++position;
    if (match == text_.size()) break;
  }
  // What lies before the match is the message's: first the held-back bytes, then the input's.
  Step step;
  step.consumed = position;
  step.found = match == text_.size();
  const size_t released = held + position - match;
  step.held_back = AsBytes(text_).first(std::min(held, released));
  step.collect = released - step.held_back.size();
  matched_ = step.found ? 0 : match;
  return step;
}

}  // namespace parley
