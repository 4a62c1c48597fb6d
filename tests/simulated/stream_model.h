#ifndef TESTS_SIMULATED_STREAM_MODEL_H_
#define TESTS_SIMULATED_STREAM_MODEL_H_

// What one recipient must hear, by the most naive of models: every line that is spoken to it is
// pushed into a queue of its own, in the order in which it is spoken. What it hears is taken from
// the front, as it comes, and must be just that.
//
// A reader that falls behind may have lines of its room skipped, where that is allowed: then a
// notice stands in place of the first of them and says how many, and nothing that was said to it
// alone is missing.
//
// Spoken lines end with LF.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace parley {

class StreamModel {
 public:
  explicit StreamModel(bool may_skip = false) : may_skip_(may_skip) {}

  // A line, or several, of its room's; or for it alone.
  void SpeakInRoom(absl::string_view lines) { Speak(lines, true); }
  void SpeakAlone(absl::string_view lines) { Speak(lines, false); }

  // Takes what was heard since. Returns what is wrong with it, or "".
  std::string Hear(absl::string_view bytes);
  // What is missing of a stream that was heard to its end; "" if nothing is.
  std::string Missing() const;

  uint64_t spoken_bytes() const { return spoken_bytes_; }
  uint64_t heard_bytes() const { return heard_bytes_; }
  uint64_t skipped_lines() const { return skipped_lines_; }

 private:
  struct Line {
    std::string text;
    bool in_room;
  };

  void Speak(absl::string_view lines, bool in_room);
  std::string HearLine(absl::string_view line);

  const bool may_skip_;
  std::vector<Line> lines_;
  size_t next_ = 0;     // the first line that was neither heard nor passed over
  std::string begun_;   // of a line that has not been heard to its end
  uint64_t owing_ = 0;  // lines that a notice has told of and that are still to be passed over
  uint64_t spoken_bytes_ = 0;
  uint64_t heard_bytes_ = 0;
  uint64_t skipped_lines_ = 0;
};

}  // namespace parley

#endif  // TESTS_SIMULATED_STREAM_MODEL_H_
