#include "chat/transport/length_prefix_framing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "chat/transport/saved_state.h"
#include "reactor/base/check.h"

namespace parley::chat {
namespace {

constexpr char kLengthPrefixName[] = "length prefix";
constexpr uint64_t kLengthPrefixVersion = 1;

uint64_t BigEndian(absl::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

size_t BytesOf(LengthPrefix prefix) { return prefix == LengthPrefix::kBigEndian4 ? 4 : 8; }

absl::Status NotZero(absl::string_view zeros) {
  return absl::InvalidArgumentError(absl::StrCat("a length of 4 bytes is followed by ",
                                                 absl::BytesToHexString(zeros),
                                                 " instead of zero bytes"));
}

}  // namespace

LengthPrefixFraming::LengthPrefixFraming(size_t max_message_bytes)
    : parser_(Terminator::Count(4)), max_message_bytes_(static_cast<uint32_t>(max_message_bytes)) {
  PARLEY_CHECK(max_message_bytes > 0 && max_message_bytes <= kLargestLength, max_message_bytes);
}

absl::StatusOr<size_t> LengthPrefixFraming::Feed(ByteSpan bytes, MessageSink& sink) {
  ByteSpan rest = bytes;
  while (parser_.HasNext(rest)) {
    const TerminatorParser::Piece piece = parser_.Next(rest);
    rest = rest.subspan(piece.consumed);
    if (part_ == Part::kRest) {
      if (piece.found) AwaitPrefix();
      continue;
    }
    if (!piece.found) {
      unfinished_.Append(piece.bytes);
      continue;
    }
    RingBuffer whole;
    absl::string_view part = AsText(piece.bytes);
    if (!unfinished_.empty()) {
      unfinished_.Append(piece.bytes);
      whole = std::move(unfinished_);
      part = AsText(whole.Contiguous());
    }
    const absl::StatusOr<bool> go_on = Take(part, sink);
    if (!go_on.ok()) return go_on.status();
    if (!*go_on) break;
  }
  return bytes.size() - rest.size();
}

absl::StatusOr<bool> LengthPrefixFraming::Take(absl::string_view part, MessageSink& sink) {
  absl::Status status;
  switch (part_) {
    case Part::kPayload:
      return TakePayload(part, sink);
    case Part::kFifth:
      return TakeFifth(part, sink);
    case Part::kPrefix:
      status = TakePrefix(part);
      break;
    case Part::kFirst4:
      if (BigEndian(part) == 0) {
        Await(Part::kFirst4Lower, 4);
        break;
      }
      status = SetLength(BigEndian(part));
      Await(Part::kFifth, 1);
      break;
    case Part::kFirst4Lower:
      status = SetLength(BigEndian(part));
      if (status.ok()) Learn(LengthPrefix::kBigEndian8, sink);
      break;
    case Part::kZeros3:
      if (BigEndian(part) != 0) return NotZero(absl::StrCat(absl::string_view("\0", 1), part));
      Learn(LengthPrefix::kBigEndian4Zeros4, sink);
      break;
    case Part::kRest:
      break;  // is dropped as it comes
  }
  if (!status.ok()) return status;
  return true;
}

absl::StatusOr<bool> LengthPrefixFraming::TakeFifth(absl::string_view byte, MessageSink& sink) {
  if (byte[0] == '\0') {
    Await(Part::kZeros3, 3);
    return true;
  }
  Learn(LengthPrefix::kBigEndian4, sink);
  if (parser_.terminator().remaining() == 1) return TakePayload(byte, sink);
  unfinished_.Append(AsBytes(byte));
  Await(Part::kPayload, parser_.terminator().remaining() - 1);
  return true;
}

absl::Status LengthPrefixFraming::TakePrefix(absl::string_view prefix) {
  uint64_t length = BigEndian(prefix);
  if (prefix_ == LengthPrefix::kBigEndian4Zeros4) {
    if (BigEndian(prefix.substr(4)) != 0) return NotZero(prefix.substr(4));
    length = BigEndian(prefix.substr(0, 4));
  }
  absl::Status status = SetLength(length);
  if (status.ok()) AwaitPayload();
  return status;
}

// The framing awaits what follows before the sink is told.
bool LengthPrefixFraming::TakePayload(absl::string_view payload, MessageSink& sink) {
  const size_t over = length_ - payload.size();
  if (over > 0) {
    Await(Part::kRest, over);
  } else {
    AwaitPrefix();
  }
  // `payload` is longer than the limit only when it began under another one (Restore).
  if (over > 0 || payload.size() > max_message_bytes_) {
    return sink.OnTooLong(payload.substr(0, max_message_bytes_));
  }
  return sink.OnMessage(payload);
}

absl::Status LengthPrefixFraming::SetLength(uint64_t length) {
  if (length == 0) return absl::InvalidArgumentError("a frame has the length 0");
  if (length > kLargestLength) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a frame has the length ", length, "; the largest that can be is ", kLargestLength));
  }
  length_ = static_cast<uint32_t>(length);
  return absl::OkStatus();
}

void LengthPrefixFraming::Learn(LengthPrefix prefix, MessageSink& sink) {
  prefix_ = prefix;
  AwaitPayload();
  sink.OnLearned(prefix);
}

void LengthPrefixFraming::Await(Part part, uint64_t bytes) {
  part_ = part;
  parser_.SetTerminator(Terminator::Count(bytes));
}

void LengthPrefixFraming::AwaitPrefix() { Await(Part::kPrefix, BytesOf(prefix_)); }

void LengthPrefixFraming::AwaitPayload() {
  Await(Part::kPayload, std::min(length_, max_message_bytes_));
}

void LengthPrefixFraming::Finish(MessageSink&) { unfinished_.Clear(); }

std::string LengthPrefixFraming::Save() const {
  SavedWriter writer(kLengthPrefixName, kLengthPrefixVersion);
  writer.Number(static_cast<uint64_t>(part_));
  writer.Number(parser_.terminator().remaining());
  writer.Number(static_cast<uint64_t>(prefix_));
  writer.Number(length_);
  writer.Text(unfinished_.Copy());
  return writer.Finish();
}

absl::Status LengthPrefixFraming::Restore(absl::string_view saved) {
  absl::StatusOr<SavedReader> reader =
      SavedReader::Open(saved, kLengthPrefixName, kLengthPrefixVersion);
  if (!reader.ok()) return reader.status();
  const uint64_t part_number = reader->Number();
  const uint64_t remaining = reader->Number();
  const uint64_t prefix_number = reader->Number();
  const uint64_t length = reader->Number();
  const absl::string_view unfinished = reader->Text();
  if (!reader->ok()) return reader->error();
  if (part_number > static_cast<uint64_t>(Part::kRest)) return reader->Refuse("has no such part");
  if (prefix_number > static_cast<uint64_t>(LengthPrefix::kBigEndian8)) {
    return reader->Refuse("has no such prefix");
  }
  const auto part = static_cast<Part>(part_number);
  const auto prefix = static_cast<LengthPrefix>(prefix_number);
  if (length > kLargestLength) return reader->Refuse("has a length that cannot be");
  if (remaining == 0 || !IsPossible(part, prefix, unfinished.size(), remaining, length)) {
    return reader->Refuse("counts bytes that cannot be");
  }
  Await(part, remaining);
  prefix_ = prefix;
  length_ = static_cast<uint32_t>(length);
  unfinished_.Clear();
  unfinished_.Append(AsBytes(unfinished));
  return absl::OkStatus();
}

// Whether `come` and `remaining` bytes can be those of `part`, in a frame of `length` bytes.
bool LengthPrefixFraming::IsPossible(Part part, LengthPrefix prefix, uint64_t come,
                                     uint64_t remaining, uint64_t length) {
  if (remaining > kLargestLength) return false;
  const uint64_t bytes = come + remaining;
  switch (part) {
    case Part::kFirst4:
    case Part::kFirst4Lower:
      return bytes == 4;
    case Part::kFifth:
      return bytes == 1 && length > 0;
    case Part::kZeros3:
      return bytes == 3 && length > 0;
    case Part::kPrefix:
      return bytes == BytesOf(prefix);
    case Part::kPayload:
      return bytes <= length;
    case Part::kRest:
      return come == 0 && remaining < length;
  }
  return false;
}

}  // namespace parley::chat
