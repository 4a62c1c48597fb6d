// Making text safe for terminals and checking UTF-8, beside a copy of the text and beside utf8proc.

#include <benchmark/benchmark.h>
#include <utf8proc.h>

#include <string>

#include "bench/micro/made_text.h"
#include "chat/text/sanitise.h"
#include "chat/text/utf8.h"

namespace parley::bench {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kLongest = 4096;

enum Kind { kAscii, kUmlauts, kChinese, kHostile };

std::string Repeated(absl::string_view piece, size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) text.append(piece.data(), piece.size());
  return text;
}

// A text of the benchmark's kind (first argument) and size (second).
std::string TextFor(const benchmark::State& state) {
  const auto bytes = static_cast<size_t>(state.range(1));
  switch (state.range(0)) {
    case kUmlauts:
      return Repeated("Äpfel fallen über die Straße. ", bytes);
    case kChinese:
      return Repeated("敏捷的棕色狐狸跳过懒狗。", bytes);
    case kHostile:
      return Repeated("\x1b[2J\x1b]0;x\x07\xe2\x80\xae\xff", bytes);
    default:
      return MakeText(bytes);
  }
}

void KindsAndSizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"kind", "bytes"});
  benchmark->ArgsProduct({{kAscii, kUmlauts, kChinese, kHostile}, {kLine, kLongest}});
}

void SetBytes(benchmark::State& state, size_t bytes_each) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes_each));
}

void Sanitise(benchmark::State& state) {
  const std::string text = TextFor(state);
  for (auto _ : state) benchmark::DoNotOptimize(chat::Sanitise(text));
  SetBytes(state, text.size());
}
BENCHMARK(Sanitise)->Apply(KindsAndSizes);

void IsClean(benchmark::State& state) {
  const std::string text = TextFor(state);
  for (auto _ : state) benchmark::DoNotOptimize(chat::IsClean(text));
  SetBytes(state, text.size());
}
BENCHMARK(IsClean)
    ->ArgNames({"kind", "bytes"})
    ->ArgsProduct({{kAscii, kChinese}, {kLine, kLongest}});

void StdStringCopy(benchmark::State& state) {
  const std::string text = TextFor(state);
  for (auto _ : state) {
    std::string copy = text;
    benchmark::DoNotOptimize(copy);
  }
  SetBytes(state, text.size());
}
BENCHMARK(StdStringCopy)->ArgNames({"kind", "bytes"})->ArgsProduct({{kAscii}, {kLine, kLongest}});

void ValidateUtf8(benchmark::State& state) {
  const std::string text = TextFor(state);
  for (auto _ : state) benchmark::DoNotOptimize(chat::Validate(text));
  SetBytes(state, text.size());
}
BENCHMARK(ValidateUtf8)
    ->ArgNames({"kind", "bytes"})
    ->ArgsProduct({{kAscii, kUmlauts, kChinese}, {kLine, kLongest}});

void Utf8procIterate(benchmark::State& state) {
  const std::string text = TextFor(state);
  const auto* const begin = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto* const end = begin + text.size();
  for (auto _ : state) {
    bool valid = true;
    for (const utf8proc_uint8_t* at = begin; valid && at < end;) {
      utf8proc_int32_t code_point = 0;
      const utf8proc_ssize_t size = utf8proc_iterate(at, end - at, &code_point);
      valid = size > 0;
      at += size;
    }
    benchmark::DoNotOptimize(valid);
  }
  SetBytes(state, text.size());
}
BENCHMARK(Utf8procIterate)
    ->ArgNames({"kind", "bytes"})
    ->ArgsProduct({{kAscii, kUmlauts, kChinese}, {kLine, kLongest}});

// Nothing but reading: a search for a byte that is not there.
void StdStringFindNothing(benchmark::State& state) {
  const std::string text = TextFor(state);
  for (auto _ : state) benchmark::DoNotOptimize(text.find(char{0x7f}));
  SetBytes(state, text.size());
}
BENCHMARK(StdStringFindNothing)
    ->ArgNames({"kind", "bytes"})
    ->ArgsProduct({{kAscii}, {kLine, kLongest}});

}  // namespace
}  // namespace parley::bench
