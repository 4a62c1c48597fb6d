#ifndef CHAT_TRANSPORT_TELNET_COMMANDS_H_
#define CHAT_TRANSPORT_TELNET_COMMANDS_H_

// The bytes of telnet's commands (RFC 854) and of the options that are known by number here.

namespace parley::chat::telnet {

inline constexpr unsigned char kSubnegotiationEnd = 240;
inline constexpr unsigned char kSubnegotiationBegin = 250;
inline constexpr unsigned char kWill = 251;
inline constexpr unsigned char kWont = 252;
inline constexpr unsigned char kDo = 253;
inline constexpr unsigned char kDont = 254;
inline constexpr unsigned char kInterpretAsCommand = 255;

inline constexpr unsigned char kBinary = 0;  // RFC 856

}  // namespace parley::chat::telnet

#endif  // CHAT_TRANSPORT_TELNET_COMMANDS_H_
