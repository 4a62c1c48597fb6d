#ifndef CHAT_TRANSPORT_FIRST_LINE_H_
#define CHAT_TRANSPORT_FIRST_LINE_H_

// Recognises clients that speak another protocol by the first bytes they send. A web page can make
// its visitor's browser send any server an HTTP request, whose body would be obeyed line by line.
//
//   FirstLine first_line;
//   switch (first_line.Take(bytes)) {            // every piece as it comes, however it is cut
//     case FirstLine::Verdict::kUndecided: ...   // no line has ended yet, but for blank ones
//     case FirstLine::Verdict::kLines: ...       // a client of ours; ask no more
//     default: ...                               // another protocol, from its first byte on
//   }
//
// The first line is the first that is not blank; telnet's three-byte and two-byte commands in front
// of it are passed over. What counts as another protocol:
//   - HTTP: a request line (RFC 9112, 3), as in "GET / HTTP/1.1" and HTTP/2's preface "PRI *
//     HTTP/2.0": three words, of which the first is any token, the second begins with a slash, has a
//     colon or is an asterisk, and the last is HTTP/ with a version. It may be of any length.
//   - TLS: a handshake record (bytes 0x16 0x03), or a ClientHello in SSL 2.0's form (RFC 5246, E.2).
//     Neither needs a line end.
//   - SSH: "SSH-" and a digit (RFC 4253, 4.2). Needs no line end.
//
// One byte of state; allocates nothing. Thread: one.

#include <cstdint>
#include <string>

#include "reactor/base/bytes.h"

namespace parley::chat {

class FirstLine {
 public:
  enum class Verdict : uint8_t { kUndecided, kLines, kHttp, kTls, kSsh };

  // What the client is, as far as its bytes up to now tell. A verdict other than kUndecided is the
  // last: Take is not called again.
  Verdict Take(ByteSpan bytes);
  // The same when no more bytes come: the end of the input ends the line.
  Verdict Finish() { return Take(AsBytes("\n")); }

 private:
  // Where in the line the next byte stands.
  enum class State : uint8_t {
    kStart,
    kTelnetCommand,  // behind IAC
    kTelnetOption,   // behind IAC and WILL, WONT, DO or DONT
    kTlsVersion,
    kSsl2Length,
    kSsl2Type,
    kSsl2Major,
    kSsl2Minor,
    kSsl3Minor,
    // Of a banner as well as of a method.
    kSshS,
    kSshH,
    kSshHyphen,
    kSshDigit,
    kMethod,
    kBeforeTarget,
    kAsterisk,  // which is a target if nothing follows
    kWord,      // which is a target if there is a colon in it
    kTarget,
    // In the last word, at this place of "HTTP/1.1".
    kVersion,
    kBehindVersion = kVersion + 8,
  };
  Verdict Step(unsigned char byte);
  Verdict AtStart(unsigned char byte);
  Verdict InMethod(unsigned char byte);
  Verdict InTarget(unsigned char byte);
  Verdict InVersion(unsigned char byte);
  Verdict Become(State next) {
    state_ = next;
    return Verdict::kUndecided;
  }

  State state_ = State::kStart;
};

// The sentence that tells a client of another protocol (kHttp, kTls, kSsh) what to use instead.
std::string RefusalOf(FirstLine::Verdict protocol);

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_FIRST_LINE_H_
