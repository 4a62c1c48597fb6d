#ifndef CHAT_TRANSPORT_TELNET_DECODER_H_
#define CHAT_TRANSPORT_TELNET_DECODER_H_

// Takes telnet's commands (RFC 854) out of a client's bytes, with libtelnet. Made at the first IAC
// byte a client sends: most never send one, and those pay nothing.
//
// Every option but binary is refused (RFC 1143 keeps that from looping); this is enough for every
// telnet client to stay in its line mode with its own echo. DO TIMING-MARK, which Ctrl-C
// sends, is answered each time: without an answer the client hides all output for ever. AYT is
// answered. Interrupt, erase line and break drop the line being typed. Subnegotiations never reach
// libtelnet, which looks into some of them and begins to inflate at one (subnegotiation_filter.h).
//
// A command inside a character of UTF-8 is no command: GNU inetutils' telnet (2.4) takes the eighth
// bit off what is typed before it looks for Ctrl-C and its like, so that the 0x9C of "Ü" or "本"
// goes out as the break of Ctrl-\. The byte is put back, and the client asked to send binary (RFC
// 856), in which it does no such thing.
//
// Ownership: owns its libtelnet state. Thread: one.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "chat/transport/subnegotiation_filter.h"
#include "reactor/base/bytes.h"

struct telnet_t;
union telnet_event_t;

namespace parley::chat {

class TelnetDecoder {
 public:
  TelnetDecoder();
  ~TelnetDecoder();
  TelnetDecoder(const TelnetDecoder&) = delete;
  TelnetDecoder& operator=(const TelnetDecoder&) = delete;

  struct Decoded {
    // What was typed, cut at every interrupt: the line that is unfinished at the end of each part
    // but the last is dropped. At least one part, which may be empty.
    std::vector<std::string> typed = {""};
    std::string answer;  // to be sent to the client
    std::string error;   // a sentence: the client's bytes make no sense; say so and hang up
  };
  // `typed_before` is the end of the line being typed, as far as it came before `bytes`: at least
  // its last kLongestBeginning bytes, if it has so many.
  Decoded Decode(ByteSpan bytes, absl::string_view typed_before);

  // Of a character of UTF-8 that lacks its last byte.
  static constexpr size_t kLongestBeginning = 3;

 private:
  static void OnEvent(telnet_t* telnet, telnet_event_t* event, void* self);
  void Handle(const telnet_event_t& event);
  void HandleCommand(unsigned char command);
  bool PutBack(char byte);
  void Interrupt();
  void Refuse(absl::string_view why);

  struct Free {
    void operator()(telnet_t* telnet) const;
  };
  SubnegotiationFilter subnegotiations_;
  std::unique_ptr<telnet_t, Free> telnet_;
  // During Decode:
  Decoded* decoded_ = nullptr;
  absl::string_view typed_before_;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_TELNET_DECODER_H_
