#include "bench/load/json.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace parley::bench {

Json& Json::Raw(absl::string_view token) {
  if (needs_comma_) text_.push_back(',');
  absl::StrAppend(&text_, token);
  needs_comma_ = true;
  return *this;
}

Json& Json::Open(char bracket) {
  Raw(absl::string_view(&bracket, 1));
  needs_comma_ = false;
  return *this;
}

Json& Json::Close(char bracket) {
  text_.push_back(bracket);
  needs_comma_ = true;
  return *this;
}

Json& Json::Key(absl::string_view key) {
  Text(key);
  text_.push_back(':');
  needs_comma_ = false;
  return *this;
}

Json& Json::Text(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&quoted, "\\u%04x", static_cast<unsigned>(c));
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return Raw(quoted);
}

Json& Json::Number(double number) {
  return std::isfinite(number) ? Raw(absl::StrFormat("%.10g", number)) : Null();
}

Json& Json::Number(uint64_t number) { return Raw(absl::StrCat(number)); }

Json& Json::Number(int64_t number) { return Raw(absl::StrCat(number)); }

Json& Json::Bool(bool value) { return Raw(value ? "true" : "false"); }

Json& Json::Null() { return Raw("null"); }

}  // namespace parley::bench
