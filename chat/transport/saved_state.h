#ifndef CHAT_TRANSPORT_SAVED_STATE_H_
#define CHAT_TRANSPORT_SAVED_STATE_H_

// What one process writes down for its successor, as bytes: the name of what was saved, the version
// of its layout, the fields, and a checksum (CRC-32, ISO 3309) over all of it.
//
//   SavedWriter writer("lf", 1);                  absl::StatusOr<SavedReader> reader =
//   writer.Text(collected);                           SavedReader::Open(saved, "lf", 1);
//   writer.Number(flags);                         const absl::string_view text = reader->Text();
//   return writer.Finish();                       const uint64_t flags = reader->Number();
//                                                 if (!reader->ok()) return reader->error();
//
// Fields are read in the order in which they were written. Reading beyond the end gives 0 and "";
// ok() is asked once, behind the last field, and is false too when fields are left over.
//
// Numbers are 8 bytes, least significant first, on any machine. Views from Text lie in `saved`.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parley::chat {

class SavedWriter {
 public:
  SavedWriter(absl::string_view name, uint64_t version);
  void Number(uint64_t number);
  void Text(absl::string_view text);
  std::string Finish();

 private:
  std::string bytes_;
};

class SavedReader {
 public:
  // Errors: damaged or cut off; saved by something of another name; of another version.
  static absl::StatusOr<SavedReader> Open(absl::string_view saved, absl::string_view name,
                                          uint64_t version);
  uint64_t Number();
  absl::string_view Text();

  // Whether every field was there, and no more.
  bool ok() const { return !beyond_end_ && rest_.empty(); }
  absl::Status error() const;
  // For fields that are there and make no sense: `what` is the end of a sentence.
  absl::Status Refuse(absl::string_view what) const;

 private:
  SavedReader(absl::string_view name, absl::string_view rest) : name_(name), rest_(rest) {}

  absl::string_view name_;
  absl::string_view rest_;
  bool beyond_end_ = false;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_SAVED_STATE_H_
