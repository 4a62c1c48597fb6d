#include "chat/transport/telnet_decoder.h"

#include <libtelnet.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "chat/text/utf8.h"

namespace parley::chat {
namespace {

// What is agreed to; the list ends with -1.
constexpr telnet_telopt_t kOptions[] = {{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO}, {-1, 0, 0}};
constexpr char kStillHere[] = "[parley: yes, still here]\r\n";

// What inetutils' telnet makes of a byte without its eighth bit, with the control characters that
// terminals have unless stty(1) was told otherwise.
char ByteTakenFor(unsigned char command) {
  switch (command) {
    case TELNET_IP:
      return '\x83';  // Ctrl-C
    case TELNET_AO:
      return '\x8f';  // Ctrl-O
    case TELNET_SUSP:
      return '\x9a';  // Ctrl-Z
    case TELNET_BREAK:
      return '\x9c';  // Ctrl-backslash
    default:
      return '\0';
  }
}

}  // namespace

TelnetDecoder::TelnetDecoder() : telnet_(telnet_init(kOptions, &OnEvent, 0, this)) {}
TelnetDecoder::~TelnetDecoder() = default;

void TelnetDecoder::Free::operator()(telnet_t* telnet) const { telnet_free(telnet); }

TelnetDecoder::Decoded TelnetDecoder::Decode(ByteSpan bytes, absl::string_view typed_before) {
  Decoded decoded;
  decoded_ = &decoded;
  typed_before_ = typed_before;
  std::string rest;
  const std::string error = subnegotiations_.Take(bytes, rest);
  telnet_recv(telnet_.get(), rest.data(), rest.size());
  if (!error.empty()) Refuse(error);
  decoded_ = nullptr;
  typed_before_ = {};
  return decoded;
}

void TelnetDecoder::OnEvent(telnet_t*, telnet_event_t* event, void* self) {
  static_cast<TelnetDecoder*>(self)->Handle(*event);
}

void TelnetDecoder::Interrupt() { decoded_->typed.emplace_back(); }

// Whether `byte` goes on with the character that was being typed, and then does.
bool TelnetDecoder::PutBack(char byte) {
  std::string& text = decoded_->typed.back();
  std::string typed(decoded_->typed.size() > 1 ? absl::string_view() : typed_before_);
  typed.append(text, text.size() - std::min(text.size(), kLongestBeginning));
  for (size_t size = 1; size <= std::min(typed.size(), kLongestBeginning); ++size) {
    const std::string begun = typed.substr(typed.size() - size);
    if (DecodeFirst(begun).verdict != Utf8::kIncomplete) continue;
    if (DecodeFirst(begun + byte).verdict == Utf8::kInvalid) return false;
    text += byte;
    return true;
  }
  return false;
}

void TelnetDecoder::HandleCommand(unsigned char command) {
  if (const char byte = ByteTakenFor(command); byte != '\0' && PutBack(byte)) {
    return telnet_negotiate(telnet_.get(), TELNET_DO, TELNET_TELOPT_BINARY);
  }
  if (command == TELNET_AYT) decoded_->answer += kStillHere;
  if (command == TELNET_IP || command == TELNET_EL || command == TELNET_BREAK) Interrupt();
}

void TelnetDecoder::Refuse(absl::string_view why) {
  if (decoded_->error.empty()) decoded_->error = absl::StrCat("telnet: ", why, ".");
}

void TelnetDecoder::Handle(const telnet_event_t& event) {
  if (decoded_ == nullptr) return;
  switch (event.type) {
    case TELNET_EV_DATA:
      // What libtelnet takes for text behind an error may be the rest of something else.
      if (decoded_->error.empty()) {
        decoded_->typed.back().append(event.data.buffer, event.data.size);
      }
      break;
    case TELNET_EV_SEND:
      decoded_->answer.append(event.data.buffer, event.data.size);
      break;
    case TELNET_EV_IAC:
      HandleCommand(event.iac.cmd);
      break;
    case TELNET_EV_WARNING:
    case TELNET_EV_ERROR:
      Refuse(event.error.msg);
      break;
    default:
      break;  // options: refused by libtelnet, or of no use here
  }
}

}  // namespace parley::chat
