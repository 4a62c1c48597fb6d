#ifndef REACTOR_BASE_LINE_SPLITTER_H_
#define REACTOR_BASE_LINE_SPLITTER_H_

// Splits what a terminal sends into lines, whatever it calls the end of a line: CR LF, LF, CR NUL
// (RFC 854, "The NVT printer and keyboard") or CR alone, in any split over pieces. A CR ends the
// line at once; an LF or NUL right behind it belongs to it.
//
//   splitter.Feed(bytes, /*max_line_bytes=*/4096, [&](LineSplitter::Line line) {
//     Use(line.text);
//     return true;
//   });
//
// A line that arrives whole is handed over where it lies; only an unfinished tail is copied, into a
// ring that is given back when it empties. A line longer than the limit is reported once, as too
// long, with its first bytes; the rest of it is dropped as it comes, so a line without end costs
// max_line_bytes. NUL bytes inside a line are kept. Not thread-safe. 16 bytes.
//
// A splitter is fed either with Feed, which keeps what a sink that said stop has not taken, or with
// FeedUntilStop, which leaves it to the caller; not with both.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "reactor/base/bytes.h"
#include "reactor/base/ring_buffer.h"

namespace parley {

class LineSplitter {
 public:
  struct Line {
    absl::string_view text;  // without its end; valid during the call only
    bool too_long = false;   // the line went over the limit; text is its first bytes
  };

  // Feeds `bytes` and calls sink(Line) for each line, in order. The sink returns whether to go on:
  // when it returns false, what is left is kept and comes with the next Feed (which may be of
  // nothing). max_line_bytes = 0 means no limit. The sink must not destroy the splitter.
  template <typename Sink>
  void Feed(ByteSpan bytes, size_t max_line_bytes, Sink&& sink);

  // As Feed, but when the sink says stop, what is left is not kept: returns how many bytes are done
  // with; those behind have to be fed again. Memory: at most max_line_bytes, which are not 0.
  template <typename Sink>
  size_t FeedUntilStop(ByteSpan bytes, size_t max_line_bytes, Sink&& sink);

  // Hands over a last line that has no end, when the stream is over. A sink that said stop is fed
  // its lines first.
  template <typename Sink>
  void Finish(Sink&& sink);

  // Keeps `bytes` for the next Feed without looking for lines.
  void Keep(ByteSpan bytes) { pending_.Append(bytes); }
  // Drops the line that is being typed: what came behind the last line end.
  void DropUnfinished() {
    const absl::string_view waiting = AsText(pending_.Contiguous());
    const size_t end = waiting.find_last_of("\r\n");
    if (end != absl::string_view::npos) {  // after a sink said stop
      return pending_.Truncate(end + 1);
    }
    if (!waiting.empty()) after_return_ = false;
    pending_.Clear();
    searched_ = 0;
    discarding_ = false;
  }

  // What is at the end of all that waits; valid until the next call.
  absl::string_view Last(size_t most) {
    const absl::string_view waiting = AsText(pending_.Contiguous());
    return waiting.substr(waiting.size() - std::min(most, waiting.size()));
  }

  // Between two calls of FeedUntilStop: everything that is remembered of what came before. A
  // splitter that resumes with it goes on as this one would.
  struct Position {
    std::string unfinished;  // what has come of a line that has no end yet: no CR, no LF
    bool after_return = false;
    bool discarding = false;
  };
  Position position() const { return {pending_.Copy(), after_return_, discarding_}; }
  void Resume(const Position& position) {
    pending_.Clear();
    pending_.Append(AsBytes(position.unfinished));
    after_return_ = position.after_return;
    discarding_ = position.discarding;
  }

  // Bytes that wait for their end, or for a sink that said stop.
  size_t pending() const { return pending_.size(); }
  size_t memory() const { return pending_.capacity(); }

 private:
  class LineEnds;
  // Drops the LF or NUL that belongs to a CR already seen.
  absl::string_view AfterCarriageReturn(absl::string_view text);

  template <typename Sink>
  size_t Split(absl::string_view text, size_t searched, size_t max_line_bytes, Sink& sink,
               bool& go_on);
  // Goes on with the line of which pending_ is the beginning. Returns how many bytes of `text` are
  // done with.
  template <typename Sink>
  size_t FinishPending(absl::string_view text, size_t max_line_bytes, Sink& sink, bool& go_on);

  RingBuffer pending_;
  uint32_t searched_ = 0;      // bytes of pending_ known to hold no line end
  bool after_return_ = false;  // the last byte taken was the CR that ended a line
  bool discarding_ = false;    // in a line that was reported as too long
};

// Finds the line ends of one text, in order. Two searches with memchr are faster than one loop that
// looks for both bytes; each remembers what it has found until that is passed, so that no byte is
// looked at twice for the same.
class LineSplitter::LineEnds {
 public:
  // Before `from` there is none.
  LineEnds(absl::string_view text, size_t from)
      : end_(text.data() + text.size()),
        feed_(Find('\n', text.data() + from)),
        carriage_(Find('\r', text.data() + from)) {}

  // The first CR or LF at or behind `from`, or the text's end. `from` never goes back.
  const char* Next(const char* from) {
    if (feed_ < from) feed_ = Find('\n', from);
    if (carriage_ < from) carriage_ = Find('\r', from);
    return std::min(feed_, carriage_);
  }

 private:
  const char* Find(char wanted, const char* from) const {
    if (from == end_) return end_;
    const void* found = std::memchr(from, wanted, static_cast<size_t>(end_ - from));
    return found == nullptr ? end_ : static_cast<const char*>(found);
  }

  const char* const end_;
  const char* feed_;      // the LF that is next, or end_
  const char* carriage_;  // the CR that is next, or end_
};

inline absl::string_view LineSplitter::AfterCarriageReturn(absl::string_view text) {
  if (after_return_ && !text.empty()) {
    after_return_ = false;
    if (text[0] == '\n' || text[0] == '\0') text.remove_prefix(1);
  }
  return text;
}

// Hands over the lines of `text` and returns how many bytes are done with.
template <typename Sink>
size_t LineSplitter::Split(absl::string_view text, size_t searched, size_t max_line_bytes,
                           Sink& sink, bool& go_on) {
  const char* const begin = text.data();
  LineEnds ends(text, searched);
  size_t from = searched;
  while (go_on) {
    const absl::string_view rest = AfterCarriageReturn(text);
    if (rest.size() != text.size()) from = 0;
    text = rest;
    const auto length = static_cast<size_t>(ends.Next(text.data() + from) - text.data());
    from = 0;
    const bool has_end = length < text.size();
    if (discarding_) {
      text.remove_prefix(length);
    } else if (max_line_bytes != 0 && length > max_line_bytes) {
      discarding_ = true;
      const absl::string_view kept = text.substr(0, max_line_bytes);
      text.remove_prefix(length);
      go_on = sink(Line{kept, true});
    } else if (has_end) {
      const absl::string_view line = text.substr(0, length);
      text.remove_prefix(length);
      // The end is taken before the sink runs, so that a sink that stops does not see the line
      // again.
      after_return_ = text[0] == '\r';
      text.remove_prefix(1);
      go_on = sink(Line{line, false});
      continue;
    }
    if (!has_end) break;
    discarding_ = false;
    after_return_ = text[0] == '\r';
    text.remove_prefix(1);
  }
  return static_cast<size_t>(text.data() - begin);
}

template <typename Sink>
void LineSplitter::Feed(ByteSpan bytes, size_t max_line_bytes, Sink&& sink) {
  bool go_on = true;
  if (pending_.empty()) {
    const size_t done = Split(AsText(bytes), 0, max_line_bytes, sink, go_on);
    pending_.Append(bytes.subspan(done));
  } else {
    pending_.Append(bytes);
    const size_t done =
        Split(AsText(pending_.Contiguous()), searched_, max_line_bytes, sink, go_on);
    pending_.Consume(done);
  }
  searched_ = go_on ? static_cast<uint32_t>(pending_.size()) : 0;
}

template <typename Sink>
size_t LineSplitter::FeedUntilStop(ByteSpan bytes, size_t max_line_bytes, Sink&& sink) {
  bool go_on = true;
  size_t done = 0;
  if (!pending_.empty()) done = FinishPending(AsText(bytes), max_line_bytes, sink, go_on);
  if (!go_on || done == bytes.size()) return done;
  done += Split(AsText(bytes.subspan(done)), 0, max_line_bytes, sink, go_on);
  if (!go_on) return done;
  pending_.Append(bytes.subspan(done));
  return bytes.size();
}

template <typename Sink>
size_t LineSplitter::FinishPending(absl::string_view text, size_t max_line_bytes, Sink& sink,
                                   bool& go_on) {
  const auto length = static_cast<size_t>(LineEnds(text, 0).Next(text.data()) - text.data());
  const bool too_long = pending_.size() + length > max_line_bytes;
  const size_t room = max_line_bytes - std::min(pending_.size(), max_line_bytes);
  pending_.Append(AsBytes(text.substr(0, too_long ? std::min(room, length) : length)));
  const bool has_end = length < text.size();
  if (!too_long && !has_end) return length;
  // The end is taken before the sink runs, as in Split.
  RingBuffer line = std::exchange(pending_, RingBuffer());
  discarding_ = too_long && !has_end;
  if (has_end) after_return_ = text[length] == '\r';
  go_on = sink(Line{AsText(line.Contiguous()).substr(0, max_line_bytes), too_long});
  return has_end ? length + 1 : length;
}

template <typename Sink>
void LineSplitter::Finish(Sink&& sink) {
  const absl::string_view last = AfterCarriageReturn(AsText(pending_.Contiguous()));
  if (!last.empty() && !discarding_) sink(Line{last, false});
  pending_.Clear();
  searched_ = 0;
}

}  // namespace parley

#endif  // REACTOR_BASE_LINE_SPLITTER_H_
