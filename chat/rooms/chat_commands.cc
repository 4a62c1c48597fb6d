// The commands of a chat room.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "chat/rooms/chat_room.h"
#include "chat/rooms/chat_session.h"
#include "chat/rooms/house.h"
#include "chat/rooms/listing.h"
#include "chat/rooms/shared_commands.h"
#include "chat/text/sanitise.h"

namespace parley::chat {
namespace {

constexpr int kQuotedColumns = 30;

// These commands are only in ChatRoom's table.
ChatRoom& RoomOf(const CommandCall& call) { return static_cast<ChatRoom&>(call.session.room()); }

void Say(const CommandCall& call) {
  if (call.arguments.empty()) return call.session.Reply("Say what? say TEXT\r\n");
  RoomOf(call).Announce(absl::StrCat(call.session.name(), ": ", call.arguments, "\r\n"));
}

void Me(const CommandCall& call) {
  if (call.arguments.empty()) return call.session.Reply("Do what? me ACTION\r\n");
  RoomOf(call).Announce(absl::StrCat("* ", call.session.name(), " ", call.arguments, "\r\n"));
}

void Tell(const CommandCall& call) {
  const auto [name, text] = SplitFirstWord(call.arguments);
  if (text.empty()) return call.session.Reply("Tell whom what? tell NAME TEXT\r\n");
  ChatSession* other = call.house.users.Find(name);
  if (other == nullptr) {
    return call.session.Reply(absl::StrCat("Nobody called \"", Excerpt(name, kQuotedColumns),
                                           "\" is here. \"who\" lists who is.\r\n"));
  }
  other->Reply(absl::StrCat(call.session.name(), " tells you: ", text, "\r\n"));
  if (other == &call.session) return;
  call.session.Reply(absl::StrCat("You tell ", other->name(), ": ", text, "\r\n"));
}

void Look(const CommandCall& call) {
  const ChatRoom* room =
      call.arguments.empty() ? &RoomOf(call) : call.house.rooms.Find(call.arguments);
  if (room == nullptr) {
    const std::string quoted = Excerpt(call.arguments, kQuotedColumns);
    return call.session.Reply(absl::StrCat("There is no room \"", quoted,
                                           "\". \"rooms\" lists the rooms; to say this "
                                           "line, begin it with a '.\r\n"));
  }
  call.session.Reply(DescribeRoom(*room));
}

void Rooms(const CommandCall& call) {
  const auto rooms = call.house.rooms.Sorted();
  std::string text = absl::StrCat(CountOf(rooms.size(), "room", "rooms"), ":\r\n");
  size_t listed = 0;
  for (const ChatRoom* room : rooms) {
    if (listed++ == kMaxListedNames) break;
    absl::StrAppend(&text, "  ", room->name(), ": ",
                    CountOf(room->people().size(), "person", "people"));
    if (!room->topic().empty()) absl::StrAppend(&text, "; topic: ", room->topic());
    absl::StrAppend(&text, "\r\n");
  }
  if (rooms.size() > kMaxListedNames) {
    absl::StrAppend(&text, "  and ", rooms.size() - kMaxListedNames, " more\r\n");
  }
  call.session.Reply(text);
}

void Join(const CommandCall& call) {
  if (call.arguments.empty()) {
    return call.session.Reply("Join which room? join ROOM (\"rooms\" lists them)\r\n");
  }
  absl::StatusOr<ChatRoom*> room = call.house.rooms.FindOrMake(call.typed);
  if (!room.ok()) return call.session.Reply(absl::StrCat(room.status().message(), "\r\n"));
  if (*room == &RoomOf(call)) {
    return call.session.Reply(absl::StrCat("You are in ", (*room)->name(), " already.\r\n"));
  }
  call.session.Enter(**room);
}

void Leave(const CommandCall& call) {
  if (&RoomOf(call) == &call.house.rooms.lobby()) {
    return call.session.Reply("You are in the lobby already. \"logout\" leaves the server.\r\n");
  }
  call.session.Enter(call.house.rooms.lobby());
}

void Topic(const CommandCall& call) {
  ChatRoom& room = RoomOf(call);
  if (call.arguments.empty()) {
    return call.session.Reply(room.topic().empty()
                                  ? std::string("This room has no topic. topic TEXT sets one.\r\n")
                                  : absl::StrCat("Topic: ", room.topic(), "\r\n"));
  }
  if (call.arguments.size() > kMaxTopicBytes) {
    return call.session.Reply(absl::StrCat("A topic may have at most ", kMaxTopicBytes,
                                           " bytes; this one has ", call.arguments.size(),
                                           ".\r\n"));
  }
  room.set_topic(std::string(call.arguments));
  room.Announce(absl::StrCat(call.session.name(), " sets the topic: ", room.topic(), "\r\n"));
}

void LoginAgain(const CommandCall& call) {
  call.session.Reply(absl::StrCat("You are logged in as ", call.session.name(),
                                  ". To change your name, log out first.\r\n"));
}

constexpr Command kCommands[] = {
    {"say", "", "TEXT", "speak to the room", "A line that is no command is spoken without it.",
     &Say},
    {"look", "", "[ROOM]", "who is in this room, or in another", "", &Look},
    {"who", "", "", "who is on the server, where, and how long idle", "", &Who},
    {"rooms", "", "", "which rooms there are", "", &Rooms},
    {"join", "", "ROOM", "go to a room; a new one is made for you",
     "A room other than the lobby is gone when the last person leaves it.", &Join},
    {"leave", "", "", "go back to the lobby", "", &Leave},
    {"topic", "", "[TEXT]", "show or set what this room is about", "", &Topic},
    {"tell", "", "NAME TEXT", "say something to one person, wherever they are", "", &Tell},
    {"me", "", "ACTION", "do something: \"me waves\" shows \"* NAME waves\"", "", &Me},
    {"help", "?", "[COMMAND]", "this list, or more about one command", "", &Help},
    {"login", "", "NAME", "how to change your name", "", &LoginAgain},
    {"logout", "quit", "", "leave the server", "", &Logout},
};

}  // namespace

std::span<const Command> ChatRoom::commands() const { return kCommands; }

}  // namespace parley::chat
