#include "chat/transport/any_line_end_framing.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "chat/transport/saved_state.h"
#include "chat/transport/telnet_commands.h"
#include "chat/transport/telnet_decoder.h"
#include "chat/transport/telnet_position.h"
#include "reactor/base/check.h"
#include "reactor/base/message_parser.h"

namespace parley::chat {
namespace {

constexpr char kAnyLineEndName[] = "any line end";
constexpr uint64_t kAnyLineEndVersion = 1;
constexpr auto kCommand = static_cast<char>(telnet::kInterpretAsCommand);

// Where the first IAC is, or the end.
size_t FindCommand(ByteSpan bytes) {
  const void* found = bytes.empty() ? nullptr : std::memchr(bytes.data(), 0xff, bytes.size());
  return found == nullptr
             ? bytes.size()
             : static_cast<size_t>(static_cast<const std::byte*>(found) - bytes.data());
}

// Up to and with the first line end, or up to the next IAC: at most one line, and one command.
ByteSpan FirstStep(ByteSpan bytes) {
  const absl::string_view text = AsText(bytes);
  constexpr char kEnds[] = {'\r', '\n', kCommand};
  const size_t end = text.find_first_of(absl::string_view(kEnds, 3), text[0] == kCommand ? 1 : 0);
  if (end == absl::string_view::npos) return bytes;
  return bytes.first(text[end] == kCommand ? end : end + 1);
}

}  // namespace

struct AnyLineEndFraming::Telnet {
  // What was typed last, in the line that is being typed: what a command may stand inside of. The
  // splitter would know, but for a line that is too long.
  void Type(absl::string_view text) {
    constexpr size_t kKept = TelnetDecoder::kLongestBeginning;
    absl::StrAppend(&typed, text.substr(text.size() - std::min(text.size(), kKept)));
    typed.erase(0, typed.size() - std::min(typed.size(), kKept));
  }

  TelnetDecoder decoder;
  TelnetPosition position;
  std::string typed;
};

AnyLineEndFraming::AnyLineEndFraming(size_t max_message_bytes)
    : max_message_bytes_(static_cast<uint32_t>(max_message_bytes)) {
  PARLEY_CHECK(max_message_bytes > 0 && max_message_bytes <= MessageParser::kLargestLimit,
               max_message_bytes);
}

AnyLineEndFraming::~AnyLineEndFraming() = default;

absl::StatusOr<size_t> AnyLineEndFraming::Feed(ByteSpan bytes, MessageSink& sink) {
  if (telnet_ != nullptr) return FeedTelnet(bytes, sink);
  const size_t plain = FindCommand(bytes);
  const Progress progress = FeedText(bytes.first(plain), sink);
  if (plain == bytes.size() || !progress.go_on) return progress.consumed;
  BeginTelnet(bytes.first(plain));
  absl::StatusOr<size_t> more = FeedTelnet(bytes.subspan(plain), sink);
  if (!more.ok()) return more;
  return plain + *more;
}

AnyLineEndFraming::Progress AnyLineEndFraming::FeedText(ByteSpan text, MessageSink& sink) {
  Progress progress;
  progress.consumed =
      splitter_.FeedUntilStop(text, max_message_bytes_, [&](const LineSplitter::Line& line) {
        progress.go_on = line.too_long ? sink.OnTooLong(line.text) : sink.OnMessage(line.text);
        return progress.go_on;
      });
  return progress;
}

void AnyLineEndFraming::BeginTelnet(ByteSpan text_before) {
  telnet_ = std::make_unique<Telnet>();
  const absl::string_view line = splitter_.Last(TelnetDecoder::kLongestBeginning);
  telnet_->Type(line.empty() ? AsText(text_before) : line);
}

absl::StatusOr<size_t> AnyLineEndFraming::FeedTelnet(ByteSpan bytes, MessageSink& sink) {
  ByteSpan rest = bytes;
  while (!rest.empty()) {
    const ByteSpan step = FirstStep(rest);
    rest = rest.subspan(step.size());
    const absl::StatusOr<bool> go_on = FeedStep(step, sink);
    if (!go_on.ok()) return go_on.status();
    if (!*go_on) break;
  }
  return bytes.size() - rest.size();
}

// Returns whether to go on.
absl::StatusOr<bool> AnyLineEndFraming::FeedStep(ByteSpan step, MessageSink& sink) {
  const TelnetDecoder::Decoded decoded = telnet_->decoder.Decode(step, telnet_->typed);
  telnet_->position.Follow(step, decoded.answer);
  if (!decoded.answer.empty()) sink.OnAnswer(decoded.answer);
  bool go_on = true;
  for (size_t part = 0; part < decoded.typed.size(); ++part) {
    if (part > 0) {
      splitter_.DropUnfinished();
      telnet_->typed.clear();
      sink.OnInterrupt();
    }
    const std::string& text = decoded.typed[part];
    telnet_->Type(text);
    const Progress progress = FeedText(AsBytes(text), sink);
    // A line ends where its step does, so that a sink that says stop has left nothing of it.
    PARLEY_CHECK(progress.consumed == text.size(), progress.consumed, text.size());
    go_on = progress.go_on;
  }
  if (!decoded.error.empty()) return absl::InvalidArgumentError(decoded.error);
  return go_on;
}

void AnyLineEndFraming::Finish(MessageSink& sink) {
  splitter_.Finish([&](const LineSplitter::Line& line) {
    if (line.text.size() > max_message_bytes_) {  // when it began under another limit
      return sink.OnTooLong(line.text.substr(0, max_message_bytes_));
    }
    return sink.OnMessage(line.text);
  });
}

std::string AnyLineEndFraming::Save() const {
  const LineSplitter::Position line = splitter_.position();
  SavedWriter writer(kAnyLineEndName, kAnyLineEndVersion);
  writer.Text(line.unfinished);
  writer.Number(line.after_return ? 1 : 0);
  writer.Number(line.discarding ? 1 : 0);
  writer.Number(telnet_ != nullptr ? 1 : 0);
  writer.Text(telnet_ == nullptr ? "" : telnet_->typed);
  (telnet_ == nullptr ? TelnetPosition() : telnet_->position).Save(writer);
  return writer.Finish();
}

absl::Status AnyLineEndFraming::Restore(absl::string_view saved) {
  absl::StatusOr<SavedReader> reader =
      SavedReader::Open(saved, kAnyLineEndName, kAnyLineEndVersion);
  if (!reader.ok()) return reader.status();
  const absl::string_view unfinished = reader->Text();
  const uint64_t after_return = reader->Number();
  const uint64_t discarding = reader->Number();
  const uint64_t speaks_telnet = reader->Number();
  const absl::string_view typed = reader->Text();
  const absl::StatusOr<TelnetPosition> position = TelnetPosition::Read(*reader);
  if (!reader->ok()) return reader->error();
  if (!position.ok()) return position.status();
  if (after_return > 1 || discarding > 1 || speaks_telnet > 1) {
    return reader->Refuse("has a flag that is neither 0 nor 1");
  }
  if (unfinished.find_first_of("\r\n") != absl::string_view::npos) {
    return reader->Refuse("has a line end in an unfinished line");
  }
  if (!unfinished.empty() && (after_return == 1 || discarding == 1)) {
    return reader->Refuse("keeps a line that has ended");
  }
  if (typed.size() > TelnetDecoder::kLongestBeginning) return reader->Refuse("remembers too much");
  splitter_.Resume({std::string(unfinished), after_return == 1, discarding == 1});
  if (speaks_telnet == 1) {
    telnet_ = std::make_unique<Telnet>();
    telnet_->position = *position;
    position->Replay(telnet_->decoder);
    telnet_->typed = std::string(typed);
  }
  return absl::OkStatus();
}

}  // namespace parley::chat
