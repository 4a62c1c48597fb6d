#ifndef REACTOR_BASE_LINE_SPLITTER_H_
#define REACTOR_BASE_LINE_SPLITTER_H_

// Splits what a terminal sends into lines, whatever it calls the end of a line: CR LF, LF, CR NUL
// (RFC 854, "The NVT printer and keyboard") or CR alone, in any split over pieces. A CR ends the line at
// once; an LF or NUL right behind it belongs to it.
//
//   splitter.Feed(bytes, /*max_line_bytes=*/4096, [&](LineSplitter::Line line) { ...; return true; });
//
// A line that arrives whole is handed over where it lies; only an unfinished tail is copied, into a ring
// that is given back when it empties. A line longer than the limit is reported once, as too long, with
// its first bytes; the rest of it is dropped as it comes, so a line without end costs max_line_bytes.
// NUL bytes inside a line are kept. Not thread-safe. 16 bytes.

#include <cstddef>
#include <cstdint>
#include <cstring>

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

  // Feeds `bytes` and calls sink(Line) for each line, in order. The sink returns whether to go on: when
  // it returns false, what is left is kept and comes with the next Feed (which may be of nothing).
  // max_line_bytes = 0 means no limit. The sink must not destroy the splitter.
  template <typename Sink>
  void Feed(ByteSpan bytes, size_t max_line_bytes, Sink&& sink);

  // Hands over a last line that has no end, when the stream is over. A sink that said stop is fed its
  // lines first.
  template <typename Sink>
  void Finish(Sink&& sink);

  // Keeps `bytes` for the next Feed without looking for lines.
  void Keep(ByteSpan bytes) { pending_.Append(bytes); }
  // Drops the line that is being typed: what came behind the last line end.
  void DropUnfinished() {
    const absl::string_view waiting = AsText(pending_.Contiguous());
    const size_t end = waiting.find_last_of("\r\n");
    if (end != absl::string_view::npos) return pending_.Truncate(end + 1);  // after a sink said stop
    if (!waiting.empty()) after_return_ = false;
    pending_.Clear();
    searched_ = 0;
    discarding_ = false;
  }

  // Bytes that wait for their end, or for a sink that said stop.
  size_t pending() const { return pending_.size(); }
  size_t memory() const { return pending_.capacity(); }

 private:
  // Where a line ends in `text` from `from` on, or npos.
  static size_t FindEnd(absl::string_view text, size_t from);
  // Drops the LF or NUL that belongs to a CR already seen.
  absl::string_view AfterCarriageReturn(absl::string_view text);

  template <typename Sink>
  size_t Split(absl::string_view text, size_t searched, size_t max_line_bytes, Sink& sink,
               bool& go_on);

  RingBuffer pending_;
  uint32_t searched_ = 0;         // bytes of pending_ known to hold no line end
  bool after_return_ = false;     // the last byte taken was the CR that ended a line
  bool discarding_ = false;       // in a line that was reported as too long
};

inline size_t LineSplitter::FindEnd(absl::string_view text, size_t from) {
  // Two memchr runs over the same bytes are faster than one loop that looks for both; the second
  // stops at what the first found.
  const char* begin = text.data() + from;
  const size_t size = text.size() - from;
  if (size == 0) return absl::string_view::npos;
  const auto* feed = static_cast<const char*>(std::memchr(begin, '\n', size));
  const size_t until = feed == nullptr ? size : static_cast<size_t>(feed - begin);
  const auto* carriage =
      until == 0 ? nullptr : static_cast<const char*>(std::memchr(begin, '\r', until));
  const char* end = carriage != nullptr ? carriage : feed;
  return end == nullptr ? absl::string_view::npos : static_cast<size_t>(end - text.data());
}

inline absl::string_view LineSplitter::AfterCarriageReturn(absl::string_view text) {
  if (after_return_ && !text.empty()) {
    after_return_ = false;
    if (text[0] == '\n' || text[0] == '\0') text.remove_prefix(1);
  }
  return text;
}

// Hands over the lines of `text` and returns how many bytes are done with.
template <typename Sink>
size_t LineSplitter::Split(absl::string_view text, size_t searched, size_t max_line_bytes, Sink& sink,
                           bool& go_on) {
  const char* const begin = text.data();
  size_t from = searched;
  while (go_on) {
    const absl::string_view rest = AfterCarriageReturn(text);
    if (rest.size() != text.size()) from = 0;
    text = rest;
    const size_t end = FindEnd(text, from);
    from = 0;
    const bool has_end = end != absl::string_view::npos;
    const size_t length = has_end ? end : text.size();
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
      // The end is taken before the sink runs, so that a sink that stops does not see the line again.
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
void LineSplitter::Finish(Sink&& sink) {
  const absl::string_view last = AfterCarriageReturn(AsText(pending_.Contiguous()));
  if (!last.empty() && !discarding_) sink(Line{last, false});
  pending_.Clear();
  searched_ = 0;
}

}  // namespace parley

#endif  // REACTOR_BASE_LINE_SPLITTER_H_
