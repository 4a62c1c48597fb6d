// Messages that many hold: slices of shared segments, beside a shared_ptr to a string for each.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/micro/made_text.h"
#include "reactor/base/segment.h"

namespace parley::bench {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kHeld = 256;  // messages that are alive at a time

void SetItems(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

void SegmentWriterAppend(benchmark::State& state) {
  const std::string line = MakeText(kLine);
  SegmentWriter writer;
  std::vector<Slice> held(kHeld);
  size_t next = 0;
  for (auto _ : state) {
    held[next] = writer.Append(AsBytes(line));
    next = (next + 1) % kHeld;
  }
  SetItems(state);
}
BENCHMARK(SegmentWriterAppend);

void MakeSharedString(benchmark::State& state) {
  const std::string line = MakeText(kLine);
  std::vector<std::shared_ptr<const std::string>> held(kHeld);
  size_t next = 0;
  for (auto _ : state) {
    held[next] = std::make_shared<const std::string>(line);
    next = (next + 1) % kHeld;
  }
  SetItems(state);
}
BENCHMARK(MakeSharedString);

void SliceCopy(benchmark::State& state) {
  SegmentWriter writer;
  const Slice slice = writer.Append(AsBytes(MakeText(kLine)));
  for (auto _ : state) {
    Slice copy = slice;
    benchmark::DoNotOptimize(copy);
  }
  SetItems(state);
}
BENCHMARK(SliceCopy);

void SharedStringCopy(benchmark::State& state) {
  const auto text = std::make_shared<const std::string>(MakeText(kLine));
  for (auto _ : state) {
    std::shared_ptr<const std::string> copy = text;
    benchmark::DoNotOptimize(copy);
  }
  SetItems(state);
}
BENCHMARK(SharedStringCopy);

void StdStringCopy(benchmark::State& state) {
  const std::string text = MakeText(kLine);
  for (auto _ : state) {
    std::string copy = text;
    benchmark::DoNotOptimize(copy);
  }
  SetItems(state);
}
BENCHMARK(StdStringCopy);

}  // namespace
}  // namespace parley::bench
