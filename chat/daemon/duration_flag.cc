#include "chat/daemon/duration_flag.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace parley::chat {

bool AbslParseFlag(absl::string_view text, DurationFlag* flag, std::string* error) {
  absl::Duration parsed;
  if (!absl::ParseDuration(text, &parsed)) {
    double number;
    const bool lacks_unit = absl::SimpleAtod(text, &number);
    *error = absl::StrCat("give a unit, as in ",
                          lacks_unit ? absl::StripAsciiWhitespace(text) : "5", "s");
    return false;
  }
  if (parsed < absl::ZeroDuration() || parsed > absl::Hours(24 * 365)) {
    *error = "it has to be between 0 and one year";
    return false;
  }
  flag->value = absl::ToChronoNanoseconds(parsed);
  return true;
}

std::string AbslUnparseFlag(const DurationFlag& flag) {
  return absl::FormatDuration(absl::FromChrono(flag.value));
}

}  // namespace parley::chat
