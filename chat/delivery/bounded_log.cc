#include "chat/delivery/bounded_log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"

namespace parley::chat {
namespace {

constexpr Duration kSecond = std::chrono::seconds(1);

}  // namespace

void BoundedLog::Note(TimePoint now, absl::string_view line) {
  TellLeftOut(now);
  if (now - second_began_ >= kSecond) {
    second_began_ = now;
    in_second_ = 0;
  }
  if (in_second_ == kMostASecond) {
    ++left_out_;
    return;
  }
  ++in_second_;
  Log(Severity::kInfo, line);
}

void BoundedLog::TellLeftOut(TimePoint now) {
  if (left_out_ == 0 || now - second_began_ < kSecond) return;
  const uint64_t count = std::exchange(left_out_, 0);
  Log(Severity::kInfo,
      absl::StrCat("and ", count, count == 1 ? " more line" : " more lines", " like this"));
}

}  // namespace parley::chat
