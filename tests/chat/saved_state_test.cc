#include "chat/transport/saved_state.h"

#include <gtest/gtest.h>

#include <string>

namespace parley::chat {
namespace {

std::string Saved() {
  SavedWriter writer("lf", 1);
  writer.Text("text");
  writer.Number(~uint64_t{0});
  return writer.Finish();
}

TEST(SavedState, GivesBackWhatWasWritten) {
  const std::string saved = Saved();
  absl::StatusOr<SavedReader> reader = SavedReader::Open(saved, "lf", 1);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->Text(), "text");
  EXPECT_EQ(reader->Number(), ~uint64_t{0});
  EXPECT_TRUE(reader->ok());
}

TEST(SavedState, SaysWhatIsWrong) {
  const std::string saved = Saved();
  const auto error = [](absl::string_view bytes, absl::string_view name, uint64_t version) {
    return std::string(SavedReader::Open(bytes, name, version).status().message());
  };
  EXPECT_EQ(error("abc", "lf", 1), "the saved state of 'lf' is cut off");
  EXPECT_EQ(error(saved.substr(1), "lf", 1),
            "the saved state of 'lf' is damaged: its checksum is wrong");
  EXPECT_EQ(error(saved, "crlf", 1), "the saved state of 'crlf' is that of 'lf'");
  EXPECT_EQ(error(saved, "lf", 2),
            "the saved state of 'lf' has version 1, and this program reads 2");
}

TEST(SavedState, FieldsThatAreMissingOrLeftOverAreErrors) {
  const std::string saved = Saved();
  absl::StatusOr<SavedReader> reader = SavedReader::Open(saved, "lf", 1);
  ASSERT_TRUE(reader.ok());
  reader->Text();
  EXPECT_FALSE(reader->ok());
  EXPECT_EQ(reader->error().message(), "the saved state of 'lf' has too many fields");
  reader->Number();
  EXPECT_TRUE(reader->ok());
  EXPECT_EQ(reader->Text(), "");
  EXPECT_EQ(reader->error().message(), "the saved state of 'lf' is cut off");
}

TEST(SavedState, TheChecksumIsCrc32) {
  SavedWriter writer("", 0);
  const std::string saved = writer.Finish();
  // Of 16 zero bytes (no name, version 0), as zlib computes it; least significant byte first.
  EXPECT_EQ(saved.substr(16), "\x55\x4b\xbb\xec");
}

}  // namespace
}  // namespace parley::chat
