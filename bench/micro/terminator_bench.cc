// Finding where a message ends, beside what the C library needs to find the same.

#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "bench/micro/made_text.h"
#include "reactor/base/terminator.h"

namespace parley::bench {
namespace {

constexpr char kLong[] = "--a boundary of some thirty bytes";

void SetBytes(benchmark::State& state, size_t bytes_each) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes_each));
}

// Feeds all of the text, message by message; returns how many messages ended.
size_t Feed(Terminator& terminator, absl::string_view text) {
  ByteSpan input = AsBytes(text);
  size_t found = 0;
  while (!input.empty()) {
    const Terminator::Step step = terminator.Next(input);
    input = input.subspan(step.consumed);
    found += step.found ? 1 : 0;
  }
  return found;
}

size_t CountWithMemchr(absl::string_view text, char wanted) {
  size_t found = 0;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end; ++found) {
    at = static_cast<const char*>(std::memchr(at, wanted, static_cast<size_t>(end - at)));
    if (at == nullptr) break;
    ++at;
  }
  return found;
}

size_t CountWithMemmem(absl::string_view text, absl::string_view wanted) {
  size_t found = 0;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end; ++found) {
    at = static_cast<const char*>(
        ::memmem(at, static_cast<size_t>(end - at), wanted.data(), wanted.size()));
    if (at == nullptr) break;
    at += wanted.size();
  }
  return found;
}

// ---- one byte, in lines of so many bytes, or nowhere (0)

std::string LinesFor(const benchmark::State& state, absl::string_view end) {
  const auto line_bytes = static_cast<size_t>(state.range(0));
  return line_bytes == 0 ? MakeText(kReadBytes) : MakeLines(kReadBytes, line_bytes, end);
}

void TerminatorOneByte(benchmark::State& state) {
  const std::string text = LinesFor(state, "\n");
  Terminator terminator = Terminator::String("\n");
  for (auto _ : state) benchmark::DoNotOptimize(Feed(terminator, text));
  SetBytes(state, text.size());
}
BENCHMARK(TerminatorOneByte)->Arg(0)->Arg(4096)->Arg(512)->Arg(64)->Arg(16);

void MemchrOneByte(benchmark::State& state) {
  const std::string text = LinesFor(state, "\n");
  for (auto _ : state) benchmark::DoNotOptimize(CountWithMemchr(text, '\n'));
  SetBytes(state, text.size());
}
BENCHMARK(MemchrOneByte)->Arg(0)->Arg(4096)->Arg(512)->Arg(64)->Arg(16);

// ---- CR LF

void TerminatorCrLf(benchmark::State& state) {
  const std::string text = LinesFor(state, "\r\n");
  Terminator terminator = Terminator::String("\r\n");
  for (auto _ : state) benchmark::DoNotOptimize(Feed(terminator, text));
  SetBytes(state, text.size());
}
BENCHMARK(TerminatorCrLf)->Arg(0)->Arg(512)->Arg(64);

void MemmemCrLf(benchmark::State& state) {
  const std::string text = LinesFor(state, "\r\n");
  for (auto _ : state) benchmark::DoNotOptimize(CountWithMemmem(text, "\r\n"));
  SetBytes(state, text.size());
}
BENCHMARK(MemmemCrLf)->Arg(0)->Arg(512)->Arg(64);

void StdStringFindCrLf(benchmark::State& state) {
  const std::string text = LinesFor(state, "\r\n");
  for (auto _ : state) {
    size_t found = 0;
    for (size_t at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at + 2)) {
      ++found;
    }
    benchmark::DoNotOptimize(found);
  }
  SetBytes(state, text.size());
}
BENCHMARK(StdStringFindCrLf)->Arg(0)->Arg(512)->Arg(64);

// ---- a long one

void TerminatorLong(benchmark::State& state) {
  const std::string text = LinesFor(state, kLong);
  Terminator terminator = Terminator::String(kLong);
  for (auto _ : state) benchmark::DoNotOptimize(Feed(terminator, text));
  SetBytes(state, text.size());
}
BENCHMARK(TerminatorLong)->Arg(512);

void MemmemLong(benchmark::State& state) {
  const std::string text = LinesFor(state, kLong);
  for (auto _ : state) benchmark::DoNotOptimize(CountWithMemmem(text, kLong));
  SetBytes(state, text.size());
}
BENCHMARK(MemmemLong)->Arg(512);

// ---- split: every piece ends inside the terminator

// Pieces of 64 bytes, each with the second half of a terminator at its front and the first half of
// the next at its end.
std::string HalvedPieces() {
  const std::string text = MakeLines(kReadBytes + 1, 64, "\r\n");
  return text.substr(63, kReadBytes - 64);
}

void TerminatorSplit(benchmark::State& state) {
  const std::string text = HalvedPieces();
  Terminator terminator = Terminator::String("\r\n");
  for (auto _ : state) {
    size_t found = 0;
    for (size_t at = 0; at < text.size(); at += 64) {
      found += Feed(terminator, absl::string_view(text).substr(at, 64));
    }
    benchmark::DoNotOptimize(found);
  }
  SetBytes(state, text.size());
}
BENCHMARK(TerminatorSplit);

// What one does without a terminator that remembers: each piece behind the last one's unfinished
// end.
void StdStringSplit(benchmark::State& state) {
  const std::string text = HalvedPieces();
  for (auto _ : state) {
    size_t found = 0;
    std::string kept;
    for (size_t at = 0; at < text.size(); at += 64) {
      kept.append(text, at, 64);
      for (size_t end = kept.find("\r\n"); end != std::string::npos; end = kept.find("\r\n")) {
        kept.erase(0, end + 2);
        ++found;
      }
    }
    benchmark::DoNotOptimize(found);
  }
  SetBytes(state, text.size());
}
BENCHMARK(StdStringSplit);

// ---- none: every byte is the message's

void TerminatorNone(benchmark::State& state) {
  const std::string text = MakeText(kReadBytes);
  Terminator terminator = Terminator::None();
  for (auto _ : state) benchmark::DoNotOptimize(Feed(terminator, text));
  SetBytes(state, text.size());
}
BENCHMARK(TerminatorNone);

}  // namespace
}  // namespace parley::bench
