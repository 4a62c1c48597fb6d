#include "chat/rooms/login_room.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "chat/rooms/chat_room.h"
#include "chat/rooms/chat_session.h"
#include "chat/rooms/house.h"
#include "chat/rooms/shared_commands.h"
#include "chat/text/names.h"

namespace parley::chat {
namespace {

constexpr char kHint[] =
    "Please log in first: login NAME. \"help\" lists what else works here.\r\n";

void Login(const CommandCall& call) {
  ChatSession& session = call.session;
  if (call.arguments.empty()) {
    return session.Reply(absl::StrCat("Please say who you are: login NAME. ", NameRules(), "\r\n"));
  }
  absl::StatusOr<std::string> name = CheckName(call.typed, "name");
  if (!name.ok()) return session.Reply(absl::StrCat(name.status().message(), "\r\n"));
  if (!session.TakeName(*name)) {
    return session.Reply(
        absl::StrCat("The name \"", *name, "\" is taken. Please choose another.\r\n"));
  }
  call.house.gateway.SetPatience(session.client(), Patience::kIdle);
  session.Reply(absl::StrCat("Hello, ", *name,
                             ". \"help\" lists the commands; any other line is "
                             "spoken to the room.\r\n"));
  session.Enter(call.house.rooms.lobby());
}

constexpr Command kCommands[] = {
    {"login", "", "NAME", "come in under this name",
     "The name is yours until you leave; upper and lower case count as the same.", &Login},
    {"who", "", "", "who is on the server", "", &Who},
    {"help", "?", "[COMMAND]", "this list, or more about one command", "", &Help},
    {"logout", "quit", "", "leave the server", "", &Logout},
};

}  // namespace

std::span<const Command> LoginRoom::commands() const { return kCommands; }

void LoginRoom::Entered(House&, ChatSession& session) {
  session.Reply("Welcome to Parley. Type \"login NAME\" to come in, \"help\" for more.\r\n");
}

void LoginRoom::HandleSpeech(House&, ChatSession& session, absl::string_view) {
  session.Reply(kHint);
}

}  // namespace parley::chat
