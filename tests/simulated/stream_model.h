#ifndef TESTS_SIMULATED_STREAM_MODEL_H_
#define TESTS_SIMULATED_STREAM_MODEL_H_

// What one recipient must hear, by the most naive of models: every message that is spoken to it is
// pushed into a queue of its own, in the order in which it is spoken. What it hears is taken from
// the front, as it comes, and must be just that, byte for byte.
//
// A reader that falls behind may have messages of its room skipped, where that is allowed: then a
// notice stands in place of the first of them and says how many, and nothing that was said to it
// alone is missing.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace parley {

// A notice of skipped messages at the beginning of what was heard. Of size 0: what was heard may be
// the beginning of one.
struct HeardNotice {
  size_t size = 0;
  uint64_t messages = 0;
};
using NoticeParser = std::function<std::optional<HeardNotice>(absl::string_view heard)>;

// The notice that is `head`, a number, `tail`; nothing when `heard` does not begin so.
std::optional<HeardNotice> ParseNotice(absl::string_view heard, absl::string_view head,
                                       absl::string_view tail);
// "[17 messages skipped]" CR LF, the reactor's own.
std::optional<HeardNotice> ParseReactorsNotice(absl::string_view heard);

class StreamModel {
 public:
  // Without a parser nothing may be skipped.
  explicit StreamModel(NoticeParser notices = nullptr) : notices_(std::move(notices)) {}

  // A message of its room's, or for it alone.
  void SpeakInRoom(absl::string_view message) { Speak(message, true); }
  void SpeakAlone(absl::string_view message) { Speak(message, false); }

  // Takes what was heard since. Returns what is wrong with it, or "".
  std::string Hear(absl::string_view bytes);
  // What is missing of a stream that was heard to its end; "" if nothing is.
  std::string Missing() const;

  uint64_t spoken_bytes() const { return spoken_bytes_; }
  uint64_t heard_bytes() const { return heard_bytes_; }
  uint64_t skipped_messages() const { return skipped_messages_; }

 private:
  struct Message {
    std::string text;
    bool in_room;
  };
  enum class Step { kTaken, kWait, kWrong };

  void Speak(absl::string_view message, bool in_room);
  // Takes a notice or a message off the front of `heard`.
  Step Take(absl::string_view& heard);

  const NoticeParser notices_;
  std::vector<Message> messages_;
  size_t next_ = 0;     // the first message that was neither heard nor passed over
  std::string begun_;   // of a message that has not been heard to its end
  uint64_t owing_ = 0;  // messages that a notice has told of and that are still to be passed over
  uint64_t spoken_bytes_ = 0;
  uint64_t heard_bytes_ = 0;
  uint64_t skipped_messages_ = 0;
};

}  // namespace parley

#endif  // TESTS_SIMULATED_STREAM_MODEL_H_
