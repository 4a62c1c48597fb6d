#include "chat/profiles/friendly/friendly_renderer.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chat/profiles/friendly/friendly_commands.h"
#include "chat/profiles/friendly/phrases.h"
#include "chat/text/sanitise.h"
#include "chat/text/words.h"

namespace parley::chat {
namespace {

using Code = Outcome::Code;

constexpr int kQuotedColumns = 30;
// Appends lines to `out`.
struct Lines {
  std::string& out;
  const absl::string_view end;

  template <typename... Parts>
  void operator()(const Parts&... parts) const {
    (Append(parts), ...);
    Append(end);
  }
  void Append(const absl::AlphaNum& part) const { out.append(part.data(), part.size()); }
};

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", Excerpt(text, kQuotedColumns), "\"");
}

std::string DidYouMean(absl::string_view word, bool before_login) {
  const auto closest = ClosestFriendlyCommand(word, before_login);
  return closest ? absl::StrCat(" Did you mean /", *closest, "?") : "";
}

std::string Syntax(const FriendlyCommand& command) {
  return absl::StrCat(command.name, command.arguments.empty() ? "" : " ", command.arguments);
}

void ListCommands(const Outcome& outcome, const Lines& line) {
  constexpr size_t kColumns = 16;
  line("Commands (with or without a / in front):");
  for (const FriendlyCommand& command : FriendlyCommands(outcome.before_login)) {
    const std::string syntax = Syntax(command);
    const size_t padding = syntax.size() < kColumns ? kColumns - syntax.size() : 1;
    line("  ", syntax, std::string(padding, ' '), command.summary);
  }
  if (outcome.before_login) {
    line("\"help COMMAND\" tells more. There are more commands after login;");
    line("any other line is spoken to the room then.");
  } else {
    line("\"help COMMAND\" tells more. Any other line is spoken to the room;");
    line("a ' in front says a line that begins like a command.");
  }
}

void Help(const Outcome& outcome, const Lines& line) {
  if (outcome.word.empty()) return ListCommands(outcome, line);
  absl::string_view word = outcome.word;
  absl::ConsumePrefix(&word, "/");
  const FriendlyCommand* command = FindFriendlyCommand(word, outcome.before_login);
  if (command == nullptr) {
    return line("There is no command ", Quoted(word), ".", DidYouMean(word, outcome.before_login),
                " \"help\" lists the commands.");
  }
  line(Syntax(*command));
  line("  ", command->summary);
  if (!command->details.empty()) line("  ", command->details);
  if (!command->alias.empty()) line("  Also: ", command->alias);
}

void Missing(const Outcome& outcome, const Lines& line) {
  switch (outcome.wanted) {
    case OperationKind::kLogin:
      return line("Please say who you are: login NAME. ", NameRules());
    case OperationKind::kJoin:
      return line("Join which room? join ROOM (\"rooms\" lists them)");
    case OperationKind::kSpeak:
      return line("Say what? say TEXT");
    case OperationKind::kAct:
      return line("Do what? me ACTION");
    case OperationKind::kTell:
      return line("Tell whom what? tell NAME TEXT");
    default:
      return line("Something is missing behind that. \"help\" lists the commands.");
  }
}

void TopicOf(const Outcome& outcome, const Lines& line) {
  if (!outcome.text.empty()) line("Topic: ", outcome.text);
}

void Welcome(const Outcome& outcome, const Lines& line) {
  if (outcome.count == 0) {
    line("You are in ", outcome.room, ". Nobody else is here.");
  } else {
    line("You are in ", outcome.room, " with ", NamesOf(outcome), ".");
  }
  TopicOf(outcome, line);
}

void DescribeRoom(const Outcome& outcome, const Lines& line) {
  if (outcome.count == 0) {
    line("Room ", outcome.room, ": nobody is here.");
  } else {
    line("Room ", outcome.room, ": ", CountOf(outcome.count, "person", "people"), ": ",
         NamesOf(outcome));
  }
  TopicOf(outcome, line);
}

void AndMore(size_t listed, size_t count, const Lines& line) {
  if (listed < count) line("  and ", count - listed, " more");
}

void ListPeople(const Outcome& outcome, const Lines& line) {
  constexpr int kColumns = static_cast<int>(kMaxNameCharacters) + 2;
  if (outcome.count == 0) return line("Nobody is logged in.");
  line(CountOf(outcome.count, "person", "people"), " on the server:");
  for (const Outcome::Person& person : outcome.people) {
    line("  ", Padded(person.name, kColumns), Padded(person.room, kColumns), "idle ",
         ShortDuration(person.idle));
  }
  AndMore(outcome.people.size(), outcome.count, line);
}

void ListRooms(const Outcome& outcome, const Lines& line) {
  line(CountOf(outcome.count, "room", "rooms"), ":");
  for (const Outcome::RoomLine& room : outcome.rooms) {
    line("  ", room.name, ": ", CountOf(room.people, "person", "people"),
         room.topic.empty() ? "" : "; topic: ", room.topic);
  }
  AndMore(outcome.rooms.size(), outcome.count, line);
}

}  // namespace

void FriendlyRenderer::Render(const RoomEvent& event, const Rendering&, std::string& out) const {
  const Lines line{out, end_};
  const absl::string_view name = event.actor.name;
  switch (event.kind) {
    case RoomEvent::Kind::kSaid:
      return ForEachLine(event.text, [&](absl::string_view text) { line(name, ": ", text); });
    case RoomEvent::Kind::kActed:
      return ForEachLine(event.text, [&](absl::string_view text) { line("* ", name, " ", text); });
    case RoomEvent::Kind::kEntered:
      return line(name, " has entered the room.");
    case RoomEvent::Kind::kLeft:
      return line(name, " has left the room.");
    case RoomEvent::Kind::kTopicSet:
      return line(name, " sets the topic: ", event.text);
  }
}

void FriendlyRenderer::Skipped(uint64_t messages, const Rendering&, std::string& out) const {
  Lines{out, end_}("[", messages, " lines skipped]");
}

void FriendlyRenderer::Render(const Outcome& outcome, const Rendering&, std::string& out) const {
  const Lines line{out, end_};
  switch (outcome.code) {
    case Code::kNone:
      return;
    case Code::kGreeting:
      return line("Welcome to Parley. Type \"login NAME\" to come in, \"help\" for more.");
    case Code::kLogInFirst:
      return line("Please log in first: login NAME. \"help\" lists what else works here.");
    case Code::kMissing:
      return Missing(outcome, line);
    case Code::kNameIllegal:
      return line(NameSentence("name", outcome.name, outcome.problem));
    case Code::kRoomNameIllegal:
      return line(NameSentence("room name", outcome.name, outcome.problem));
    case Code::kNameTaken:
      return line("The name \"", outcome.name, "\" is taken. Please choose another.");
    case Code::kLoggedIn:
      line("Hello, ", outcome.name,
           ". \"help\" lists the commands; any other line is spoken to the room.");
      return Welcome(outcome, line);
    case Code::kLoggedInAlready:
      return line("You are logged in as ", outcome.name, ". To change your name, log out first.");
    case Code::kJoined:
      return Welcome(outcome, line);
    case Code::kInRoomAlready:
      return line("You are in ", outcome.room, " already.");
    case Code::kInLobbyAlready:
      return line("You are in the lobby already. \"logout\" leaves the server.");
    case Code::kLeftRoom:
      return line("You have left ", outcome.room, ".");
    case Code::kNotInRoom:
      return line("You are not in a room ", Quoted(outcome.name), ". \"rooms\" lists the rooms.");
    case Code::kTooManyRooms:
      return line("You are in ", outcome.limit, " rooms, and may not be in more. Leave one first.");
    case Code::kRoom:
      return DescribeRoom(outcome, line);
    case Code::kNoRoom:
      return line("There is no room ", Quoted(outcome.name),
                  ". \"rooms\" lists the rooms; to say this line, begin it with a '.");
    case Code::kPeople:
      return ListPeople(outcome, line);
    case Code::kRooms:
      return ListRooms(outcome, line);
    case Code::kTopic:
      if (outcome.text.empty()) line("This room has no topic. topic TEXT sets one.");
      return TopicOf(outcome, line);
    case Code::kTopicTooLong:
      return line("A topic may have at most ", outcome.limit, " bytes; this one has ",
                  outcome.number, ".");
    case Code::kYouTold:
      return line("You tell ", outcome.name, ": ", outcome.text);
    case Code::kToldBy:
      return line(outcome.name, " tells you: ", outcome.text);
    case Code::kNobody:
      return line("Nobody called ", Quoted(outcome.name), " is here. \"who\" lists who is.");
    case Code::kHelp:
      return Help(outcome, line);
    case Code::kUnknownCommand:
      return line("There is no command \"/", Excerpt(outcome.word, kQuotedColumns), "\".",
                  DidYouMean(outcome.word, outcome.before_login), " \"help\" lists the commands.");
    case Code::kMayBeSpeech:
      return line("\"", outcome.word,
                  "\" takes nothing behind it. To say this line, begin it with a '; for the "
                  "command, type /",
                  outcome.word, ".");
    case Code::kGoodbye:
      return line("Goodbye.");
    case Code::kLineTooLong:
      return line("That line is longer than ", CountOf(outcome.limit, "byte", "bytes"),
                  "; it was dropped.");
    case Code::kBrokeProtocol:
      return line(outcome.text, " Goodbye.");
    case Code::kLoginTooLate:
      return line("You did not log in within ", ExactDuration(outcome.duration), ". Goodbye.");
    case Code::kIdleTooLong:
      return line("You were idle for ", ExactDuration(outcome.duration), ". Goodbye.");
    case Code::kGoingDown:
      return line("The server is going down. Goodbye.");
    case Code::kServerFull:
      return line("The server is full (", CountOf(outcome.limit, "connection", "connections"),
                  "). Please try again later.");
    case Code::kAddressFull:
      return line("Too many connections from your address (at most ", outcome.limit, ").");
  }
}

}  // namespace parley::chat
