#include "bench/micro/made_text.h"

namespace parley::bench {
namespace {

constexpr absl::string_view kWords = "the quick brown fox jumps over the lazy dog and on ";

}  // namespace

std::string MakeText(size_t bytes) {
  std::string text;
  text.reserve(bytes);
  while (text.size() < bytes) text += kWords[text.size() % kWords.size()];
  return text;
}

std::string MakeLines(size_t bytes, size_t line_bytes, absl::string_view end) {
  std::string line = MakeText(line_bytes - end.size());
  line.append(end.data(), end.size());
  std::string lines;
  lines.reserve(bytes + line.size());
  while (lines.size() < bytes) lines += line;
  lines.resize(bytes);
  return lines;
}

}  // namespace parley::bench
