#include "chat/transport/saved_state.h"

#include "absl/strings/str_cat.h"

namespace parley::chat {
namespace {

constexpr size_t kNumberBytes = 8;
constexpr size_t kChecksumBytes = 4;

// Bit by bit: what is saved is short, and saved once.
uint32_t Checksum(absl::string_view bytes) {
  constexpr uint32_t kReversedPolynomial = 0xedb88320;
  uint32_t sum = 0xffffffff;
  for (const char byte : bytes) {
    sum ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      sum = (sum >> 1) ^ ((sum & 1) != 0 ? kReversedPolynomial : 0);
    }
  }
  return ~sum;
}

void AppendNumber(uint64_t number, size_t bytes, std::string& to) {
  for (size_t i = 0; i < bytes; ++i) to += static_cast<char>(number >> (8 * i));
}

uint64_t NumberIn(absl::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = bytes.size(); i > 0; --i) {
    number = number << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return number;
}

}  // namespace

SavedWriter::SavedWriter(absl::string_view name, uint64_t version) {
  Text(name);
  Number(version);
}

void SavedWriter::Number(uint64_t number) { AppendNumber(number, kNumberBytes, bytes_); }

void SavedWriter::Text(absl::string_view text) {
  Number(text.size());
  absl::StrAppend(&bytes_, text);
}

std::string SavedWriter::Finish() {
  AppendNumber(Checksum(bytes_), kChecksumBytes, bytes_);
  return std::move(bytes_);
}

absl::StatusOr<SavedReader> SavedReader::Open(absl::string_view saved, absl::string_view name,
                                              uint64_t version) {
  SavedReader reader(name, saved);
  if (saved.size() < kChecksumBytes) return reader.Refuse("is cut off");
  reader.rest_.remove_suffix(kChecksumBytes);
  if (Checksum(reader.rest_) != NumberIn(saved.substr(reader.rest_.size()))) {
    return reader.Refuse("is damaged: its checksum is wrong");
  }
  const absl::string_view saved_name = reader.Text();
  const uint64_t saved_version = reader.Number();
  if (reader.beyond_end_) return reader.Refuse("is cut off");
  if (saved_name != name) return reader.Refuse(absl::StrCat("is that of '", saved_name, "'"));
  if (saved_version != version) {
    return reader.Refuse(
        absl::StrCat("has version ", saved_version, ", and this program reads ", version));
  }
  return reader;
}

uint64_t SavedReader::Number() {
  if (rest_.size() < kNumberBytes) {
    beyond_end_ = true;
    rest_ = {};
    return 0;
  }
  const uint64_t number = NumberIn(rest_.substr(0, kNumberBytes));
  rest_.remove_prefix(kNumberBytes);
  return number;
}

absl::string_view SavedReader::Text() {
  const uint64_t size = Number();
  if (size > rest_.size()) {
    beyond_end_ = true;
    rest_ = {};
    return "";
  }
  const absl::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

absl::Status SavedReader::error() const {
  return ok() ? absl::OkStatus() : Refuse(beyond_end_ ? "is cut off" : "has too many fields");
}

absl::Status SavedReader::Refuse(absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat("the saved state of '", name_, "' ", what));
}

}  // namespace parley::chat
