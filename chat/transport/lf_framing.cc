#include "chat/transport/lf_framing.h"

#include "absl/strings/match.h"
#include "chat/transport/line_end.h"
#include "chat/transport/saved_state.h"

namespace parley::chat {
namespace {

constexpr char kLfName[] = "lf";
constexpr uint64_t kLfVersion = 1;

}  // namespace

LfFraming::LfFraming(size_t max_message_bytes)
    : parser_(Terminator::String("\n"), max_message_bytes + 1) {}

absl::StatusOr<size_t> LfFraming::Feed(ByteSpan bytes, MessageSink& sink) {
  return parser_.Feed(bytes, [&](const MessageParser::Message& message) {
    return HandOverLine(message.too_long ? message.text : WithoutCarriageReturn(message.text),
                        max_message_bytes(), sink);
  });
}

void LfFraming::Finish(MessageSink& sink) { HandOverLast(parser_, max_message_bytes(), sink); }

std::string LfFraming::Save() const {
  SavedWriter writer(kLfName, kLfVersion);
  writer.Number(parser_.dropping() ? 1 : 0);
  writer.Text(parser_.unfinished().Copy());
  return writer.Finish();
}

absl::Status LfFraming::Restore(absl::string_view saved) {
  absl::StatusOr<SavedReader> reader = SavedReader::Open(saved, kLfName, kLfVersion);
  if (!reader.ok()) return reader.status();
  const uint64_t dropping = reader->Number();
  const absl::string_view unfinished = reader->Text();
  if (!reader->ok()) return reader->error();
  if (dropping > 1) return reader->Refuse("has a flag that is neither 0 nor 1");
  if (dropping == 1 && !unfinished.empty()) return reader->Refuse("keeps a line that is dropped");
  if (absl::StrContains(unfinished, '\n')) return reader->Refuse("has LF in an unfinished line");
  parser_.Resume(AsBytes(unfinished), dropping == 1);
  return absl::OkStatus();
}

}  // namespace parley::chat
