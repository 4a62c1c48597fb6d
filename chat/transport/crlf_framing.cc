#include "chat/transport/crlf_framing.h"

#include "absl/strings/match.h"
#include "chat/transport/line_end.h"
#include "chat/transport/saved_state.h"

namespace parley::chat {
namespace {

constexpr char kCrLfName[] = "crlf";
constexpr uint64_t kCrLfVersion = 1;

}  // namespace

CrLfFraming::CrLfFraming(size_t max_message_bytes)
    : parser_(Terminator::String("\n"), max_message_bytes + 1) {}

absl::StatusOr<size_t> CrLfFraming::Feed(ByteSpan bytes, MessageSink& sink) {
  return parser_.Feed(
      bytes, [&](const MessageParser::Message& message) { return HandOver(message, sink); });
}

bool CrLfFraming::HandOver(const MessageParser::Message& message, MessageSink& sink) {
  absl::string_view line = message.text;
  if (line_end_ != LineEnd::kCrLf && !message.too_long) {
    line = WithoutCarriageReturn(line);
    if (line_end_ == LineEnd::kUndecided && line.size() <= max_message_bytes()) {
      Decide(line.size() < message.text.size() ? LineEnd::kCrLf : LineEnd::kLf);
    }
  }
  return HandOverLine(line, max_message_bytes(), sink);
}

void CrLfFraming::Decide(LineEnd line_end) {
  line_end_ = line_end;
  if (line_end == LineEnd::kCrLf) parser_.SetTerminator(Terminator::String("\r\n"));
}

void CrLfFraming::Finish(MessageSink& sink) {
  // A CR that came last is held back by the parser where CR LF ends lines, and is dropped there.
  if (line_end_ != LineEnd::kCrLf) return HandOverLast(parser_, max_message_bytes(), sink);
  RingBuffer last = parser_.TakeUnfinished();
  if (!last.empty()) HandOverLine(AsText(last.Contiguous()), max_message_bytes(), sink);
}

std::string CrLfFraming::Save() const {
  SavedWriter writer(kCrLfName, kCrLfVersion);
  writer.Number(static_cast<uint64_t>(line_end_));
  writer.Number(parser_.dropping() ? 1 : 0);
  writer.Text(parser_.unfinished().Copy());
  writer.Text(parser_.terminator().Held());
  return writer.Finish();
}

absl::Status CrLfFraming::Restore(absl::string_view saved) {
  absl::StatusOr<SavedReader> reader = SavedReader::Open(saved, kCrLfName, kCrLfVersion);
  if (!reader.ok()) return reader.status();
  const uint64_t line_end = reader->Number();
  const uint64_t dropping = reader->Number();
  const absl::string_view unfinished = reader->Text();
  const absl::string_view held = reader->Text();
  if (!reader->ok()) return reader->error();
  if (line_end > static_cast<uint64_t>(LineEnd::kCrLf)) {
    return reader->Refuse("has an unknown line end");
  }
  const bool is_cr_lf = line_end == static_cast<uint64_t>(LineEnd::kCrLf);
  if (dropping > 1) return reader->Refuse("has a flag that is neither 0 nor 1");
  if (dropping == 1 && !unfinished.empty()) return reader->Refuse("keeps a line that is dropped");
  if (absl::StrContains(unfinished, is_cr_lf ? "\r\n" : "\n")) {
    return reader->Refuse("has a line end in an unfinished line");
  }
  if (!held.empty() && (!is_cr_lf || held != "\r")) {
    return reader->Refuse("holds back what begins no line end");
  }
  Decide(static_cast<LineEnd>(line_end));
  parser_.Resume(AsBytes(unfinished), dropping == 1);
  parser_.Feed(AsBytes(held), [](const MessageParser::Message&) { return true; });
  return absl::OkStatus();
}

}  // namespace parley::chat
