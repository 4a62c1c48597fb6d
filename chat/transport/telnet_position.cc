#include "chat/transport/telnet_position.h"

#include <string>

#include "absl/strings/match.h"
#include "chat/transport/telnet_commands.h"

namespace parley::chat {
namespace {

// More than the decoder takes in one subnegotiation.
constexpr uint64_t kMostSubnegotiationBytes = uint64_t{1} << 20;

std::string Bytes(std::initializer_list<uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

void TelnetPosition::Follow(ByteSpan bytes, absl::string_view answer) {
  for (const std::byte byte : bytes) FollowByte(std::to_integer<uint8_t>(byte));
  // A DO that answers no WILL is the decoder's own wish (telnet_decoder.h: a byte was put back).
  if (client_ == Binary::kNo && absl::StrContains(answer, Bytes({telnet::kInterpretAsCommand,
                                                                 telnet::kDo, telnet::kBinary}))) {
    client_ = Binary::kAsked;
  }
}

void TelnetPosition::FollowByte(uint8_t byte) {
  switch (state_) {
    case State::kText:
      if (byte == telnet::kInterpretAsCommand) state_ = State::kCommand;
      break;
    case State::kCommand:
      state_ = State::kText;
      if (byte == telnet::kSubnegotiationBegin) state_ = State::kSubnegotiationOption;
      if (byte >= telnet::kWill && byte <= telnet::kDont) {
        state_ = State::kOption;
        command_ = byte;
      }
      break;
    case State::kOption:
      FollowOption(byte);
      state_ = State::kText;
      command_ = 0;
      break;
    case State::kSubnegotiationOption:
      option_ = byte;
      state_ = State::kSubnegotiation;
      break;
    case State::kSubnegotiation:
      if (byte == telnet::kInterpretAsCommand) {
        state_ = State::kSubnegotiationCommand;
      } else {
        ++subnegotiation_bytes_;
      }
      break;
    case State::kSubnegotiationCommand:
      if (byte == telnet::kInterpretAsCommand) {
        ++subnegotiation_bytes_;
        state_ = State::kSubnegotiation;
      } else {  // its end; or an error, and then nothing follows
        state_ = State::kText;
        option_ = 0;
        subnegotiation_bytes_ = 0;
      }
      break;
  }
}

void TelnetPosition::FollowOption(uint8_t option) {
  if (option != telnet::kBinary) return;
  if (command_ == telnet::kWill) client_ = Binary::kYes;
  if (command_ == telnet::kWont) client_ = Binary::kNo;
  if (command_ == telnet::kDo) server_ = Binary::kYes;
  if (command_ == telnet::kDont) server_ = Binary::kNo;
}

void TelnetPosition::Replay(TelnetDecoder& fresh) const {
  const auto tell = [&](absl::string_view bytes) { fresh.Decode(AsBytes(bytes), ""); };
  if (server_ == Binary::kYes)
    tell(Bytes({telnet::kInterpretAsCommand, telnet::kDo, telnet::kBinary}));
  if (client_ == Binary::kYes)
    tell(Bytes({telnet::kInterpretAsCommand, telnet::kWill, telnet::kBinary}));
  // What makes the decoder ask: a break inside a character of two bytes.
  if (client_ == Binary::kAsked) tell("\xc3\xff\xf3");
  std::string unfinished;
  if (state_ != State::kText) unfinished = Bytes({telnet::kInterpretAsCommand});
  if (state_ == State::kOption) unfinished += static_cast<char>(command_);
  if (state_ >= State::kSubnegotiationOption) {
    unfinished += static_cast<char>(telnet::kSubnegotiationBegin);
  }
  if (state_ >= State::kSubnegotiation) {
    unfinished += static_cast<char>(option_);
    unfinished.append(subnegotiation_bytes_, 'x');
  }
  if (state_ == State::kSubnegotiationCommand) {
    unfinished += static_cast<char>(telnet::kInterpretAsCommand);
  }
  tell(unfinished);
}

void TelnetPosition::Save(SavedWriter& writer) const {
  writer.Number(static_cast<uint64_t>(state_));
  writer.Number(command_);
  writer.Number(option_);
  writer.Number(subnegotiation_bytes_);
  writer.Number(static_cast<uint64_t>(client_));
  writer.Number(static_cast<uint64_t>(server_));
}

absl::StatusOr<TelnetPosition> TelnetPosition::Read(SavedReader& reader) {
  const uint64_t state = reader.Number();
  const uint64_t command = reader.Number();
  const uint64_t option = reader.Number();
  const uint64_t subnegotiation_bytes = reader.Number();
  const uint64_t client = reader.Number();
  const uint64_t server = reader.Number();
  if (state > static_cast<uint64_t>(State::kSubnegotiationCommand)) {
    return reader.Refuse("is inside an unknown telnet command");
  }
  const bool needs_command = state == static_cast<uint64_t>(State::kOption);
  if (needs_command ? command < telnet::kWill || command > telnet::kDont : command != 0) {
    return reader.Refuse("is inside an unknown telnet command");
  }
  if (option > 255 || subnegotiation_bytes > kMostSubnegotiationBytes) {
    return reader.Refuse("is inside a telnet subnegotiation that cannot be");
  }
  if (client > static_cast<uint64_t>(Binary::kYes) ||
      (server != static_cast<uint64_t>(Binary::kNo) &&
       server != static_cast<uint64_t>(Binary::kYes))) {
    return reader.Refuse("has agreed on what telnet does not know");
  }
  TelnetPosition position;
  position.state_ = static_cast<State>(state);
  position.command_ = static_cast<uint8_t>(command);
  position.option_ = static_cast<uint8_t>(option);
  position.subnegotiation_bytes_ = static_cast<uint32_t>(subnegotiation_bytes);
  position.client_ = static_cast<Binary>(client);
  position.server_ = static_cast<Binary>(server);
  return position;
}

}  // namespace parley::chat
