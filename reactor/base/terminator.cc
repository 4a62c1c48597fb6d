#include "reactor/base/terminator.h"

#include <algorithm>
#include <cstring>
#include <memory>
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

Terminator::Terminator(Terminator&& other) noexcept
    : short_text_{}, progress_(other.progress_), size_(other.size_) {
  if (size_ == kLong) {
    std::construct_at(&long_, std::move(other.long_));
    std::destroy_at(&other.long_);
    std::construct_at(&other.short_text_);
    other.size_ = 0;
    other.progress_ = 0;
  } else {
    short_text_ = other.short_text_;
  }
}

Terminator& Terminator::operator=(Terminator&& other) noexcept {
  if (this != &other) {
    std::destroy_at(this);
    std::construct_at(this, std::move(other));
  }
  return *this;
}

Terminator::~Terminator() {
  if (size_ == kLong) std::destroy_at(&long_);
}

Terminator Terminator::String(absl::string_view text) {
  Terminator terminator;
  if (text.size() > kShortBytes) {
    std::construct_at(&terminator.long_, std::make_unique<LongText>(text));
    terminator.size_ = kLong;
  } else {
    std::copy(text.begin(), text.end(), terminator.short_text_.begin());
    terminator.size_ = static_cast<uint8_t>(text.size());
  }
  return terminator;
}

Terminator Terminator::Count(uint64_t bytes) {
  Terminator terminator;
  terminator.SetProgress(std::min(bytes, kMostCounted));
  if (bytes == 0) terminator.size_ = kEmptyCount;
  return terminator;
}

absl::string_view Terminator::text() const {
  if (!is_string()) return {};
  return size_ == kLong ? absl::string_view(long_->text)
                        : absl::string_view(short_text_.data(), size_);
}

size_t Terminator::Border(size_t length) const {
  if (size_ == kLong) return long_->borders[length - 1];
  const absl::string_view matched(short_text_.data(), length);
  size_t border = length - 1;
  while (matched.substr(0, border) != matched.substr(length - border)) --border;
  return border;
}

Terminator::Step Terminator::NextOther(ByteSpan input) {
  if (is_string()) return NextString(input);
  if (progress_ > 0) return NextCounted(input);
  Step step;
  if (is_empty_count()) {
    step.found = true;
    size_ = 0;
    return step;
  }
  step.collect = step.consumed = input.size();
  return step;
}

Terminator::Step Terminator::NextCounted(ByteSpan input) {
  Step step;
  step.collect = step.consumed = static_cast<size_t>(std::min<uint64_t>(progress_, input.size()));
  SetProgress(progress_ - step.consumed);
  step.found = progress_ == 0;  // and from here on it is None: a count is met once
  return step;
}

Terminator::Step Terminator::NextString(ByteSpan input) {
  const ByteSpan text = AsBytes(this->text());
  const size_t held = progress_;  // bytes of earlier pieces that match the terminator's beginning
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
    } else if (input[position] != text[match]) {
      match = Border(match);
      if (held > 0) return Release(held, position, match);
      continue;
    }
    ++match;
    ++position;
    if (match == text.size()) break;
  }
  Step step;
  step.consumed = position;
  step.found = match == text.size();
  step.collect = held + position - match;  // 0 if bytes were held back: they still match
  SetProgress(step.found ? 0 : match);
  return step;
}

// Of `held` bytes of earlier pieces and `position` bytes of the input only the last `match` can
// begin the terminator.
Terminator::Step Terminator::Release(size_t held, size_t position, size_t match) {
  const size_t released = held + position - match;
  Step step;
  step.held_back = AsBytes(text()).first(std::min(held, released));
  if (released <= held) {
    step.consumed = position;
    SetProgress(match);
  } else {  // bytes of the input are released too: the next step begins with the input
    progress_ = 0;
  }
  return step;
}

}  // namespace parley
