#include "chat/wire/telnet_decoder.h"

#include <libtelnet.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace parley::chat {
namespace {

constexpr telnet_telopt_t kNoOptions[] = {{-1, 0, 0}};
// What libtelnet is given at once. It begins to inflate when a client says so, which ends the
// client, but only behind the piece: a small one cannot become much.
constexpr size_t kPieceBytes = 1024;
constexpr char kStillHere[] = "[parley: yes, still here]\r\n";

}  // namespace

TelnetDecoder::TelnetDecoder() : telnet_(telnet_init(kNoOptions, &OnEvent, 0, this)) {}
TelnetDecoder::~TelnetDecoder() = default;

void TelnetDecoder::Free::operator()(telnet_t* telnet) const { telnet_free(telnet); }

TelnetDecoder::Decoded TelnetDecoder::Decode(ByteSpan bytes) {
  Decoded decoded;
  decoded_ = &decoded;
  while (!bytes.empty() && decoded.error.empty()) {
    const ByteSpan piece = bytes.first(std::min(bytes.size(), kPieceBytes));
    telnet_recv(telnet_.get(), reinterpret_cast<const char*>(piece.data()), piece.size());
    bytes = bytes.subspan(piece.size());
  }
  decoded_ = nullptr;
  return decoded;
}

void TelnetDecoder::OnEvent(telnet_t*, telnet_event_t* event, void* self) {
  static_cast<TelnetDecoder*>(self)->Handle(*event);
}

void TelnetDecoder::Interrupt() {
  decoded_->interrupted = true;
  decoded_->before += decoded_->text;
  decoded_->text.clear();
}

void TelnetDecoder::Refuse(const char* why) {
  if (decoded_->error.empty()) decoded_->error = absl::StrCat("telnet: ", why);
}

void TelnetDecoder::Handle(const telnet_event_t& event) {
  if (decoded_ == nullptr) return;
  switch (event.type) {
    case TELNET_EV_DATA:
      // What libtelnet takes for text behind an error may be the rest of something else.
      if (decoded_->error.empty()) decoded_->text.append(event.data.buffer, event.data.size);
      break;
    case TELNET_EV_SEND:
      decoded_->answer.append(event.data.buffer, event.data.size);
      break;
    case TELNET_EV_IAC:
      if (event.iac.cmd == TELNET_AYT) decoded_->answer += kStillHere;
      if (event.iac.cmd == TELNET_IP || event.iac.cmd == TELNET_EL ||
          event.iac.cmd == TELNET_BREAK) {
        Interrupt();
      }
      break;
    case TELNET_EV_WARNING:  // a subnegotiation that is too large, or broken
    case TELNET_EV_ERROR:
      Refuse(event.error.msg);
      break;
    case TELNET_EV_COMPRESS:
      Refuse("compression was not agreed on");
      break;
    default:
      break;  // options and subnegotiations: refused by libtelnet, or of no use here
  }
}

}  // namespace parley::chat
