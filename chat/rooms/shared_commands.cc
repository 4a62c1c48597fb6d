#include "chat/rooms/shared_commands.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "chat/rooms/chat_room.h"
#include "chat/rooms/chat_session.h"
#include "chat/rooms/house.h"
#include "chat/rooms/listing.h"
#include "chat/text/names.h"
#include "chat/text/utf8.h"

namespace parley::chat {
namespace {

std::string Padded(absl::string_view text, int columns) {
  const int width = DisplayWidth(text);
  return absl::StrCat(text, std::string(static_cast<size_t>(std::max(1, columns - width)), ' '));
}

}  // namespace

void Who(const CommandCall& call) {
  constexpr int kColumns = static_cast<int>(kMaxNameCharacters) + 2;
  const UserTable& users = call.house.users;
  std::string text = users.size() == 0 ? "Nobody is logged in.\r\n"
                                       : absl::StrCat(CountOf(users.size(), "person", "people"),
                                                      " on the server:\r\n");
  const TimePoint now = call.house.gateway.Now();
  for (const ChatSession* user : users.Sorted(kMaxListedNames)) {
    // Who has a name is in a chat room.
    const auto& room = static_cast<const ChatRoom&>(user->room());
    absl::StrAppend(&text, "  ", Padded(user->name(), kColumns), Padded(room.name(), kColumns),
                    "idle ", ShortDuration(user->IdleTime(now)), "\r\n");
  }
  if (users.size() > kMaxListedNames) {
    absl::StrAppend(&text, "  and ", users.size() - kMaxListedNames, " more\r\n");
  }
  call.session.Reply(text);
}

void Logout(const CommandCall& call) {
  call.session.Reply("Goodbye.\r\n");
  call.session.Enter(call.house.logout_room);
}

}  // namespace parley::chat
