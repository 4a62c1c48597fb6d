// Bytes that wait for the rest of their message, beside what the standard library offers for that.

#include <benchmark/benchmark.h>

#include <deque>
#include <string>

#include "bench/micro/made_text.h"
#include "reactor/base/ring_buffer.h"

namespace parley::bench {
namespace {

constexpr size_t kPiece = 64;

void SetBytes(benchmark::State& state, size_t bytes_each) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes_each));
}

// The same calls for each of the three.
struct Ring {
  void Append(absl::string_view bytes) { bytes_.Append(AsBytes(bytes)); }
  void Consume(size_t count) { bytes_.Consume(count); }
  RingBuffer bytes_;
};
struct StdString {
  void Append(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }
  void Consume(size_t count) { bytes_.erase(0, count); }
  std::string bytes_;
};
struct StdDeque {
  void Append(absl::string_view bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void Consume(size_t count) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  std::deque<char> bytes_;
};

// An unfinished line: a piece comes, then the rest, and nothing is left.
template <typename Buffer>
void UnfinishedLine(benchmark::State& state) {
  const std::string piece = MakeText(kPiece);
  Buffer buffer;
  for (auto _ : state) {
    buffer.Append(piece);
    benchmark::DoNotOptimize(&buffer);
    buffer.Consume(kPiece);
  }
  SetBytes(state, kPiece);
}
BENCHMARK(UnfinishedLine<Ring>);
BENCHMARK(UnfinishedLine<StdString>);
BENCHMARK(UnfinishedLine<StdDeque>);

// A line that comes byte by byte.
template <typename Buffer>
void ByteByByte(benchmark::State& state) {
  const std::string piece = MakeText(kPiece);
  Buffer buffer;
  for (auto _ : state) {
    for (const char& byte : piece) buffer.Append(absl::string_view(&byte, 1));
    benchmark::DoNotOptimize(&buffer);
    buffer.Consume(kPiece);
  }
  SetBytes(state, kPiece);
}
BENCHMARK(ByteByByte<Ring>);
BENCHMARK(ByteByByte<StdString>);
BENCHMARK(ByteByByte<StdDeque>);

// A queue that stays so many bytes long.
template <typename Buffer>
void LongQueue(benchmark::State& state) {
  const std::string piece = MakeText(kPiece);
  Buffer buffer;
  buffer.Append(MakeText(static_cast<size_t>(state.range(0))));
  for (auto _ : state) {
    buffer.Append(piece);
    benchmark::DoNotOptimize(&buffer);
    buffer.Consume(kPiece);
  }
  SetBytes(state, kPiece);
}
BENCHMARK(LongQueue<Ring>)->Arg(4096)->Arg(65536);
BENCHMARK(LongQueue<StdString>)->Arg(4096)->Arg(65536);
BENCHMARK(LongQueue<StdDeque>)->Arg(4096)->Arg(65536);

}  // namespace
}  // namespace parley::bench
