#ifndef BENCH_LOAD_JSON_H_
#define BENCH_LOAD_JSON_H_

// Writes JSON (RFC 8259) in the order in which it is told; the commas are its business.
//
//   Json json;
//   json.Open('{').Key("lost").Number(0).Key("name").Text("fan-out").Close('}');
//   json.text();

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace parley::bench {

class Json {
 public:
  Json& Open(char bracket);   // '{' or '['
  Json& Close(char bracket);  // '}' or ']'
  Json& Key(absl::string_view key);
  Json& Text(absl::string_view text);
  Json& Number(double number);
  Json& Number(uint64_t number);
  Json& Number(int64_t number);
  Json& Number(int number) { return Number(int64_t{number}); }
  Json& Bool(bool value);
  Json& Null();

  template <typename T>
  Json& OptionalNumber(const std::optional<T>& number) {
    return number.has_value() ? Number(*number) : Null();
  }

  const std::string& text() const { return text_; }

 private:
  Json& Raw(absl::string_view token);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace parley::bench

#endif  // BENCH_LOAD_JSON_H_
