#include "tests/simulated/stream_model.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace parley {
namespace {

constexpr size_t kQuoted = 300;  // bytes of a stream that a failure shows

// Takes `literal` off the front; the result says whether `text` is long enough to tell.
enum class Match { kYes, kNo, kTooShort };
Match TakeLiteral(absl::string_view& text, absl::string_view literal) {
  if (absl::ConsumePrefix(&text, literal)) return Match::kYes;
  return absl::StartsWith(literal, text) ? Match::kTooShort : Match::kNo;
}

}  // namespace

std::optional<HeardNotice> ParseNotice(absl::string_view heard, absl::string_view head,
                                       absl::string_view tail) {
  absl::string_view rest = heard;
  const Match begins = TakeLiteral(rest, head);
  if (begins == Match::kNo) return std::nullopt;
  if (begins == Match::kTooShort) return HeardNotice{};
  size_t digits = 0;
  while (digits < rest.size() && absl::ascii_isdigit(static_cast<unsigned char>(rest[digits]))) {
    ++digits;
  }
  if (digits == rest.size()) return HeardNotice{};
  HeardNotice notice;
  if (!absl::SimpleAtoi(rest.substr(0, digits), &notice.messages)) return std::nullopt;
  rest.remove_prefix(digits);
  const Match ends = TakeLiteral(rest, tail);
  if (ends == Match::kNo) return std::nullopt;
  if (ends == Match::kTooShort) return HeardNotice{};
  notice.size = heard.size() - rest.size();
  return notice;
}

std::optional<HeardNotice> ParseReactorsNotice(absl::string_view heard) {
  return ParseNotice(heard, "[", " messages skipped]\r\n");
}

void StreamModel::Speak(absl::string_view message, bool in_room) {
  spoken_bytes_ += message.size();
  if (!message.empty()) messages_.push_back({std::string(message), in_room});
}

std::string StreamModel::Hear(absl::string_view bytes) {
  heard_bytes_ += bytes.size();
  absl::StrAppend(&begun_, bytes);
  absl::string_view heard = begun_;
  Step step = Step::kTaken;
  while (!heard.empty() && step == Step::kTaken) step = Take(heard);
  if (step == Step::kWrong) {
    const std::string next = next_ < messages_.size() ? messages_[next_].text : "nothing";
    return absl::StrCat("heard \"", heard.substr(0, kQuoted), "\" where \"", next, "\" was next");
  }
  begun_.erase(0, begun_.size() - heard.size());
  return "";
}

StreamModel::Step StreamModel::Take(absl::string_view& heard) {
  const std::optional<HeardNotice> notice = notices_ ? notices_(heard) : std::nullopt;
  if (notice && notice->size > 0) {
    owing_ += notice->messages;
    skipped_messages_ += notice->messages;
    heard.remove_prefix(notice->size);
    return Step::kTaken;
  }
  // What is skipped lies together in the room's order, behind the notice.
  size_t next = next_;
  uint64_t owing = owing_;
  for (; next < messages_.size() && messages_[next].in_room && owing > 0; ++next) --owing;
  const Match match =
      next == messages_.size() ? Match::kNo : TakeLiteral(heard, messages_[next].text);
  if (match == Match::kYes) {
    next_ = next + 1;
    owing_ = owing;
    return Step::kTaken;
  }
  return match == Match::kTooShort || notice ? Step::kWait : Step::kWrong;
}

std::string StreamModel::Missing() const {
  if (!begun_.empty()) return absl::StrCat("the rest of \"", begun_, "\"");
  uint64_t passed_over = 0;
  for (size_t i = next_; i < messages_.size(); ++i) {
    if (!messages_[i].in_room || passed_over == owing_) return messages_[i].text;
    ++passed_over;
  }
  return passed_over == owing_ ? ""
                               : absl::StrCat(owing_ - passed_over, " messages said to be skipped");
}

}  // namespace parley
