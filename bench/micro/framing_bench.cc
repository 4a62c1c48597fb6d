// Messages out of one read, through the framings, beside the splitter and the parser below them.

#include <benchmark/benchmark.h>

#include <string>

#include "bench/micro/made_text.h"
#include "chat/transport/any_line_end_framing.h"
#include "chat/transport/crlf_framing.h"
#include "chat/transport/length_prefix_framing.h"
#include "chat/transport/lf_framing.h"
#include "reactor/base/message_parser.h"

namespace parley::bench {
namespace {

constexpr size_t kLimit = 4096;

class CountingSink final : public chat::MessageSink {
 public:
  bool OnMessage(absl::string_view message) override {
    benchmark::DoNotOptimize(message.data());
    ++messages;
    return true;
  }
  bool OnTooLong(absl::string_view) override { return true; }
  void OnInterrupt() override {}
  void OnAnswer(absl::string_view) override {}
  void OnLearned(const chat::Capability&) override {}

  size_t messages = 0;
};

void Feed(benchmark::State& state, chat::Framing& framing, const std::string& text) {
  CountingSink sink;
  for (auto _ : state) {
    const absl::StatusOr<size_t> consumed = framing.Feed(AsBytes(text), sink);
    benchmark::DoNotOptimize(consumed.ok());
  }
  state.SetItemsProcessed(static_cast<int64_t>(sink.messages));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

std::string Lines(const benchmark::State& state, absl::string_view end) {
  return MakeLines(kReadBytes, static_cast<size_t>(state.range(0)), end);
}

void FramingAnyLineEnd(benchmark::State& state) {
  chat::AnyLineEndFraming framing(kLimit);
  Feed(state, framing, Lines(state, "\r\n"));
}
BENCHMARK(FramingAnyLineEnd)->Arg(512)->Arg(64)->Arg(16);

void FramingLf(benchmark::State& state) {
  chat::LfFraming framing(kLimit);
  Feed(state, framing, Lines(state, "\n"));
}
BENCHMARK(FramingLf)->Arg(512)->Arg(64)->Arg(16);

void FramingCrLf(benchmark::State& state) {
  chat::CrLfFraming framing(kLimit);
  Feed(state, framing, Lines(state, "\r\n"));
}
BENCHMARK(FramingCrLf)->Arg(512)->Arg(64)->Arg(16);

void FramingLengthPrefix(benchmark::State& state) {
  const auto payload_bytes = static_cast<size_t>(state.range(0)) - 4;
  const std::string frame = std::string{'\0', '\0', static_cast<char>(payload_bytes >> 8),
                                        static_cast<char>(payload_bytes)} +
                            std::string(payload_bytes, 'x');
  std::string text;
  while (text.size() + frame.size() <= kReadBytes) text += frame;
  chat::LengthPrefixFraming framing(kLimit);
  Feed(state, framing, text);
}
BENCHMARK(FramingLengthPrefix)->Arg(512)->Arg(64)->Arg(16);

void MessageParserLf(benchmark::State& state) {
  const std::string text = Lines(state, "\n");
  MessageParser parser(Terminator::String("\n"), kLimit);
  for (auto _ : state) {
    size_t messages = 0;
    parser.Feed(AsBytes(text), [&](const MessageParser::Message&) {
      ++messages;
      return true;
    });
    benchmark::DoNotOptimize(messages);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(MessageParserLf)->Arg(512)->Arg(64)->Arg(16);

}  // namespace
}  // namespace parley::bench
