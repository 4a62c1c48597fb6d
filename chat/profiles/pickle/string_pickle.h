#ifndef CHAT_PROFILES_PICKLE_STRING_PICKLE_H_
#define CHAT_PROFILES_PICKLE_STRING_PICKLE_H_

// Pickles of one string, as Python writes them (the opcodes are those of its pickletools module). To
// unpickle anything else is to run what a stranger sends; here a pickle is data that either is one
// string or is refused.
//
//   absl::StatusOr<PickledString> said = ParsePickledString(message);
//   AppendPickledString("hello", /*unicode=*/false, out);       // S'hello' LF p1 LF .
//
// Accepted, of protocols 0 to 5: PROTO and FRAME in front; one of STRING, BINSTRING,
// SHORT_BINSTRING (`str` of Python 2: bytes) and UNICODE, BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
// (text); then PUT, BINPUT, LONG_BINPUT or MEMOIZE, any number of them; STOP; and nothing behind it.
//
// Written: protocol 0, the form that cPickle gives it. Memory: as much as the text; nothing is taken
// for a length that is only announced. Thread: any. Units: bytes.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parley::chat {

struct PickledString {
  std::string text;      // of a `str`: its bytes, as they are; of text: UTF-8
  bool unicode = false;  // it was pickled as text
};

// Errors: a sentence that says what is wrong with the pickle.
absl::StatusOr<PickledString> ParsePickledString(absl::string_view pickle);

// `text` is UTF-8. As `str` of Python 2 its bytes are written, escaped where they are not printable
// ASCII; as unicode its code points.
void AppendPickledString(absl::string_view text, bool unicode, std::string& out);

}  // namespace parley::chat

#endif  // CHAT_PROFILES_PICKLE_STRING_PICKLE_H_
