#include "chat/transport/subnegotiation_filter.h"

#include "absl/strings/str_cat.h"
#include "chat/transport/telnet_commands.h"

namespace parley::chat {
namespace {

// MCCP's first version begins with IAC SB COMPRESS WILL SE, its second with IAC SB COMPRESS2 IAC SE.
constexpr unsigned char kCompress = 85;
constexpr unsigned char kCompress2 = 86;

}  // namespace

std::string SubnegotiationFilter::Take(ByteSpan bytes, std::string& rest) {
  for (const std::byte each : bytes) {
    const auto byte = std::to_integer<unsigned char>(each);
    switch (state_) {
      case State::kText:
        if (byte == telnet::kInterpretAsCommand) {
          state_ = State::kCommand;
        } else {
          rest += static_cast<char>(byte);
        }
        break;
      case State::kCommand:
        if (byte == telnet::kSubnegotiationBegin) {
          state_ = State::kSubnegotiationOption;
          break;
        }
        rest += {static_cast<char>(telnet::kInterpretAsCommand), static_cast<char>(byte)};
        state_ = byte >= telnet::kWill && byte <= telnet::kDont ? State::kOption : State::kText;
        break;
      case State::kOption:
        rest += static_cast<char>(byte);
        state_ = State::kText;
        break;
      default:
        if (std::string error = Skip(byte); !error.empty()) return error;
    }
  }
  return "";
}

std::string SubnegotiationFilter::Skip(unsigned char byte) {
  if (state_ == State::kSubnegotiationOption) {
    if (byte == kCompress || byte == kCompress2) return "compression was not agreed on";
    state_ = State::kSubnegotiation;
    skipped_ = 0;
    return "";
  }
  if (state_ == State::kSubnegotiation && byte == telnet::kInterpretAsCommand) {
    state_ = State::kSubnegotiationCommand;
    return "";
  }
  if (state_ == State::kSubnegotiationCommand && byte != telnet::kInterpretAsCommand) {
    state_ = State::kText;
    if (byte == telnet::kSubnegotiationEnd) return "";
    return absl::StrCat("a command (byte ", byte, ") stands inside a subnegotiation");
  }
  state_ = State::kSubnegotiation;
  if (++skipped_ <= kMostBytes) return "";
  return absl::StrCat("a subnegotiation is longer than ", kMostBytes, " bytes");
}

}  // namespace parley::chat
