// Splitting one read into lines, whatever ends them, beside a search for LF alone.

#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "bench/micro/made_text.h"
#include "reactor/base/line_splitter.h"

namespace parley::bench {
namespace {

void SetBytes(benchmark::State& state, size_t bytes_each) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes_each));
}

void Split(benchmark::State& state, const std::string& text) {
  LineSplitter splitter;
  for (auto _ : state) {
    size_t lines = 0;
    splitter.Feed(AsBytes(text), 4096, [&](const LineSplitter::Line&) {
      ++lines;
      return true;
    });
    benchmark::DoNotOptimize(lines);
  }
  SetBytes(state, text.size());
}

void LineSplitterLf(benchmark::State& state) {
  Split(state, MakeLines(kReadBytes, static_cast<size_t>(state.range(0)), "\n"));
}
BENCHMARK(LineSplitterLf)->Arg(4096)->Arg(512)->Arg(64)->Arg(16)->Arg(1);

void LineSplitterCrLf(benchmark::State& state) {
  Split(state, MakeLines(kReadBytes, static_cast<size_t>(state.range(0)), "\r\n"));
}
BENCHMARK(LineSplitterCrLf)->Arg(4096)->Arg(512)->Arg(64)->Arg(16)->Arg(2);

void LineSplitterCr(benchmark::State& state) {
  Split(state, MakeLines(kReadBytes, static_cast<size_t>(state.range(0)), "\r"));
}
BENCHMARK(LineSplitterCr)->Arg(4096)->Arg(512)->Arg(64)->Arg(16)->Arg(1);

// A line without an end, over the limit: bytes that are looked through and dropped.
void LineSplitterNoEnd(benchmark::State& state) { Split(state, MakeText(kReadBytes)); }
BENCHMARK(LineSplitterNoEnd);

void MemchrLf(benchmark::State& state) {
  const std::string text = MakeLines(kReadBytes, static_cast<size_t>(state.range(0)), "\n");
  for (auto _ : state) {
    size_t lines = 0;
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end; ++lines) {
      const void* found = std::memchr(at, '\n', static_cast<size_t>(end - at));
      if (found == nullptr) break;
      at = static_cast<const char*>(found) + 1;
    }
    benchmark::DoNotOptimize(lines);
  }
  SetBytes(state, text.size());
}
BENCHMARK(MemchrLf)->Arg(4096)->Arg(512)->Arg(64)->Arg(16)->Arg(1);

void StdStringFindFirstOf(benchmark::State& state) {
  const std::string text = MakeLines(kReadBytes, static_cast<size_t>(state.range(0)), "\n");
  for (auto _ : state) {
    size_t lines = 0;
    for (size_t at = text.find_first_of("\r\n"); at != std::string::npos;
         at = text.find_first_of("\r\n", at + 1)) {
      ++lines;
    }
    benchmark::DoNotOptimize(lines);
  }
  SetBytes(state, text.size());
}
BENCHMARK(StdStringFindFirstOf)->Arg(512)->Arg(64);

}  // namespace
}  // namespace parley::bench
