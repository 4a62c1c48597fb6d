#ifndef CHAT_TEXT_SANITISE_H_
#define CHAT_TEXT_SANITISE_H_

// What one person sends is shown on another person's terminal. Sanitise makes that safe: nothing in
// its result moves a cursor, sets a clipboard, changes a title, turns the reading direction, hides,
// or is not UTF-8. What is taken out stays visible, so that nobody is fooled and nothing is lost:
//
// clang-format off
//   in the text                                                in the result
//   C0 control but TAB; DEL                                    its picture: ESC is U+241B, DEL U+2421
//   C1 control (U+0080 to U+009F)                              <U+0085>
//   bidi control (U+061C, 200E, 200F, 202A-202E, 2066-2069)    <U+202E>
//   invisible or zero-width character, line or paragraph
//     separator, tag character, format control                 <U+200B>
//   ZWJ or ZWNJ (U+200D, U+200C) that joins nothing            <U+200D>
//   more than 8 combining marks in a row                       the first 8, then <marks>, once
//   bytes that are not UTF-8 (one maximal subpart)             U+FFFD
//   noncharacter (U+FDD0 to FDEF, any U+xxFFFE, U+xxFFFF)      U+FFFD
//   U+FEFF at the very beginning (a byte order mark)           nothing
// clang-format on
//
// A joiner joins when visible characters from U+0590 on stand at both sides: emoji, Indic and
// Arabic need that, Latin, Greek and Cyrillic do not. Variation selectors count as combining marks.
// Private and unassigned code points pass: new emoji are older than this machine's tables only for
// a while.
//
//   room.Append(AsBytes(Sanitise(line)));  // LF is a control character here: one line at a time
//
// Sanitise(Sanitise(x)) == Sanitise(x), and IsClean(Sanitise(x)) holds for every x. The result is
// at most four times as long as the text. Thread: any. Errors: none; every input has an answer.

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace parley::chat {

inline constexpr int kMaxMarksInARow = 8;

// Whether Sanitise would return `text` as it is. Plain ASCII is checked eight bytes at a time.
bool IsClean(absl::string_view text);

std::string Sanitise(absl::string_view text);

// The same for a text of several lines: LF stays, but for those behind the last line that a text may
// have, because each line is shown with its speaker's name. kMaxLinesOfAText is at least 1.
inline constexpr size_t kMaxLinesOfAText = 16;
std::string SanitiseLines(absl::string_view text);

// Sanitised and cut to `columns` terminal columns, with "…" as the last of them where something was
// cut: for quoting what somebody typed in an answer. Costs no more for a long text than for a
// short.
std::string Excerpt(absl::string_view text, int columns);

}  // namespace parley::chat

#endif  // CHAT_TEXT_SANITISE_H_
