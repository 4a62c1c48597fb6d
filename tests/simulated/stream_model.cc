#include "tests/simulated/stream_model.h"

#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace parley {
namespace {

// How many lines a reader is told that it has missed; 0 for a line that is no such notice.
uint64_t SkippedBy(absl::string_view line) {
  unsigned long long skipped = 0;
  int matched = 0;
  std::sscanf(std::string(line).c_str(), "[%llu lines skipped]\r\n%n", &skipped, &matched);
  return static_cast<size_t>(matched) == line.size() ? skipped : 0;
}

}  // namespace

void StreamModel::Speak(absl::string_view lines, bool in_room) {
  spoken_bytes_ += lines.size();
  while (!lines.empty()) {
    const size_t end = lines.find('\n') + 1;
    lines_.push_back({std::string(lines.substr(0, end)), in_room});
    lines.remove_prefix(end);
  }
}

std::string StreamModel::Hear(absl::string_view bytes) {
  heard_bytes_ += bytes.size();
  begun_.append(bytes.data(), bytes.size());
  size_t done = 0;
  for (size_t end = 0; (end = begun_.find('\n', done)) != std::string::npos; done = end + 1) {
    std::string wrong = HearLine(absl::string_view(begun_).substr(done, end + 1 - done));
    if (!wrong.empty()) return wrong;
  }
  begun_.erase(0, done);
  if (!may_skip_ && !begun_.empty() &&
      (next_ == lines_.size() || !absl::StartsWith(lines_[next_].text, begun_))) {
    return absl::StrCat("heard the beginning \"", begun_, "\" of a line that is not the next");
  }
  return "";
}

std::string StreamModel::HearLine(absl::string_view line) {
  if (const uint64_t skipped = may_skip_ ? SkippedBy(line) : 0; skipped > 0) {
    owing_ += skipped;
    skipped_lines_ += skipped;
    return "";
  }
  // What is skipped lies together in the room's order, behind the notice.
  for (; next_ < lines_.size() && lines_[next_].in_room && owing_ > 0; ++next_) --owing_;
  if (next_ == lines_.size()) {
    return absl::StrCat("heard \"", line, "\", which was not spoken or was heard before");
  }
  if (lines_[next_].text != line) {
    return absl::StrCat("heard \"", line, "\" where \"", lines_[next_].text, "\" was next");
  }
  ++next_;
  return "";
}

std::string StreamModel::Missing() const {
  if (!begun_.empty()) return absl::StrCat("the rest of \"", begun_, "\"");
  uint64_t passed_over = 0;
  for (size_t i = next_; i < lines_.size(); ++i) {
    if (!lines_[i].in_room || passed_over == owing_) return lines_[i].text;
    ++passed_over;
  }
  return passed_over == owing_ ? ""
                               : absl::StrCat(owing_ - passed_over, " lines said to be skipped");
}

}  // namespace parley
