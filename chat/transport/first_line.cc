#include "chat/transport/first_line.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "chat/transport/telnet_commands.h"

namespace parley::chat {
namespace {

// TLS: a record of the handshake protocol, and the major version of SSL 3.0 and every TLS.
constexpr unsigned char kHandshake = 0x16;
constexpr unsigned char kTlsMajor = 3;
// SSL 2.0: the first byte of a record of less than 256 bytes, and a ClientHello.
constexpr unsigned char kSsl2Record = 0x80;
constexpr unsigned char kSsl2ClientHello = 1;
constexpr unsigned char kNewestMinor = 4;
// 0 stands for a digit.
constexpr absl::string_view kVersionForm = "HTTP/0.0";

bool IsBlank(unsigned char byte) { return byte == ' ' || byte == '\t'; }
bool IsLineEnd(unsigned char byte) { return byte == '\n' || byte == '\r'; }
// Of a token (RFC 9110, 5.6.2).
bool IsTokenCharacter(unsigned char byte) {
  return absl::ascii_isalnum(byte) ||
         (byte != '\0' && absl::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(byte)) !=
                              absl::string_view::npos);
}

}  // namespace

FirstLine::Verdict FirstLine::Take(ByteSpan bytes) {
  for (const std::byte byte : bytes) {
    const Verdict verdict = Step(std::to_integer<unsigned char>(byte));
    if (verdict != Verdict::kUndecided) return verdict;
  }
  return Verdict::kUndecided;
}

FirstLine::Verdict FirstLine::Step(unsigned char byte) {
  switch (state_) {
    case State::kStart:
      return AtStart(byte);
    case State::kTelnetCommand:
      if (byte == telnet::kInterpretAsCommand || byte == telnet::kSubnegotiationBegin)
        return Verdict::kLines;
      return Become(byte >= telnet::kWill ? State::kTelnetOption : State::kStart);
    case State::kTelnetOption:
      return Become(State::kStart);
    case State::kTlsVersion:
      return byte == kTlsMajor ? Verdict::kTls : Verdict::kLines;
    case State::kSsl2Length:
      return Become(State::kSsl2Type);
    case State::kSsl2Type:
      return byte == kSsl2ClientHello ? Become(State::kSsl2Major) : Verdict::kLines;
    case State::kSsl2Major:
      if (byte == 0) return Become(State::kSsl2Minor);
      return byte == kTlsMajor ? Become(State::kSsl3Minor) : Verdict::kLines;
    case State::kSsl2Minor:
      return byte == 2 ? Verdict::kTls : Verdict::kLines;
    case State::kSsl3Minor:
      return byte <= kNewestMinor ? Verdict::kTls : Verdict::kLines;
    case State::kSshS:
      return byte == 'S' ? Become(State::kSshH) : InMethod(byte);
    case State::kSshH:
      return byte == 'H' ? Become(State::kSshHyphen) : InMethod(byte);
    case State::kSshHyphen:
      return byte == '-' ? Become(State::kSshDigit) : InMethod(byte);
    case State::kSshDigit:
      return absl::ascii_isdigit(byte) ? Verdict::kSsh : InMethod(byte);
    case State::kMethod:
      return InMethod(byte);
    case State::kBeforeTarget:
    case State::kAsterisk:
    case State::kWord:
    case State::kTarget:
      return InTarget(byte);
    default:
      return InVersion(byte);
  }
}

FirstLine::Verdict FirstLine::AtStart(unsigned char byte) {
  switch (byte) {
    case '\r':
    case '\n':
    case '\0':  // behind a CR
      return Verdict::kUndecided;
    case telnet::kInterpretAsCommand:
      return Become(State::kTelnetCommand);
    case kHandshake:
      return Become(State::kTlsVersion);
    case kSsl2Record:
      return Become(State::kSsl2Length);
    case 'S':
      return Become(State::kSshS);
    default:
      return IsTokenCharacter(byte) ? Become(State::kMethod) : Verdict::kLines;
  }
}

// What may be a banner may be a method just as well.
FirstLine::Verdict FirstLine::InMethod(unsigned char byte) {
  if (IsBlank(byte)) return Become(State::kBeforeTarget);
  return IsTokenCharacter(byte) ? Become(State::kMethod) : Verdict::kLines;
}

FirstLine::Verdict FirstLine::InTarget(unsigned char byte) {
  if (IsLineEnd(byte)) return Verdict::kLines;
  if (IsBlank(byte)) {
    if (state_ == State::kBeforeTarget) return Verdict::kUndecided;
    return state_ == State::kWord ? Verdict::kLines : Become(State::kVersion);
  }
  if (state_ == State::kTarget || byte == ':') return Become(State::kTarget);
  if (state_ == State::kBeforeTarget && byte == '/') return Become(State::kTarget);
  if (state_ == State::kBeforeTarget && byte == '*') return Become(State::kAsterisk);
  return Become(State::kWord);
}

FirstLine::Verdict FirstLine::InVersion(unsigned char byte) {
  if (state_ == State::kBehindVersion) {
    if (IsLineEnd(byte)) return Verdict::kHttp;
    return IsBlank(byte) ? Verdict::kUndecided : Verdict::kLines;
  }
  const auto place = static_cast<size_t>(state_) - static_cast<size_t>(State::kVersion);
  if (place == 0 && IsBlank(byte)) return Verdict::kUndecided;
  const auto wanted = static_cast<unsigned char>(kVersionForm[place]);
  if (wanted == '0' ? !absl::ascii_isdigit(byte) : byte != wanted) return Verdict::kLines;
  return Become(static_cast<State>(static_cast<uint8_t>(state_) + 1));
}

std::string RefusalOf(FirstLine::Verdict protocol) {
  const absl::string_view name = protocol == FirstLine::Verdict::kHttp  ? "HTTP"
                                 : protocol == FirstLine::Verdict::kTls ? "TLS"
                                                                        : "SSH";
  return absl::StrCat("This port speaks plain lines of text, not ", name,
                      ": connect with telnet, nc or parley instead.");
}

}  // namespace parley::chat
