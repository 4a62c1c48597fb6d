#include "chat/rooms/command_handler.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chat/rooms/chat_session.h"
#include "chat/rooms/room.h"
#include "chat/text/sanitise.h"
#include "chat/text/suggest.h"

namespace parley::chat {
namespace {

constexpr int kQuotedColumns = 30;
constexpr absl::string_view kByteOrderMark = "\uFEFF";

std::string Syntax(const Command& command) {
  return absl::StrCat(command.name, command.arguments.empty() ? "" : " ", command.arguments);
}

// What separates words. Other white space is refused in a name, so it must not vanish here.
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

absl::string_view StripBlanks(absl::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// The first word of a line and what is behind it, without the slash of a command.
FirstWord SplitCommand(absl::string_view line, bool has_slash) {
  line = StripBlanks(line);
  return SplitFirstWord(has_slash ? line.substr(1) : line);
}

void ListCommands(const CommandCall& call) {
  std::string text = "Commands (with or without a / in front):\r\n";
  for (const Command& command : call.session.room().commands()) {
    const std::string syntax = Syntax(command);
    const size_t padding = syntax.size() < 16 ? 16 - syntax.size() : 1;
    absl::StrAppend(&text, "  ", syntax, std::string(padding, ' '), command.summary, "\r\n");
  }
  absl::StrAppend(&text, "\"help COMMAND\" tells more. ",
                  call.session.room().has_ears()
                      ? "Any other line is spoken to the room;\r\n"
                        "a ' in front says a line that begins like a command.\r\n"
                      : "There are more commands after login;\r\n"
                        "any other line is spoken to the room then.\r\n");
  call.session.Reply(text);
}

}  // namespace

FirstWord SplitFirstWord(absl::string_view text) {
  text = StripBlanks(text);
  const auto* const end = std::find_if(text.begin(), text.end(), IsBlank);
  const auto length = static_cast<size_t>(end - text.begin());
  return {text.substr(0, length), StripBlanks(text.substr(length))};
}

const Command* CommandHandler::FindCommand(absl::string_view word) const {
  for (const Command& command : commands()) {
    if (absl::EqualsIgnoreCase(word, command.name)) return &command;
    if (!command.alias.empty() && absl::EqualsIgnoreCase(word, command.alias)) return &command;
  }
  return nullptr;
}

std::string CommandHandler::DidYouMean(absl::string_view word) const {
  std::vector<absl::string_view> known;
  for (const Command& command : commands()) {
    known.push_back(command.name);
    if (command.alias.size() > 1) known.push_back(command.alias);  // nobody mistypes "?"
  }
  const auto closest = ClosestWord(word, known);
  return closest ? absl::StrCat(" Did you mean /", *closest, "?") : "";
}

void CommandHandler::HandleLine(House& house, ChatSession& session, absl::string_view line) {
  absl::ConsumePrefix(&line, kByteOrderMark);  // which some editors put before the first word
  const std::string safe = Sanitise(line);
  const absl::string_view text = StripBlanks(safe);
  if (text.empty()) return;
  if (text[0] == '\'') {
    const absl::string_view speech = StripBlanks(text.substr(1));
    if (!speech.empty()) HandleSpeech(house, session, speech);
    return;
  }
  const bool has_slash = text[0] == '/';
  const auto [word, rest] = SplitCommand(text, has_slash);
  const Command* command = FindCommand(word);
  if (command != nullptr && command->arguments.empty() && !rest.empty() && !has_slash &&
      has_ears()) {
    session.Reply(absl::StrCat("\"", word, "\" takes nothing behind it. To say this line, begin ",
                               "it with a '; for the command, type /", word, ".\r\n"));
  } else if (command != nullptr) {
    command->run({house, session, rest, SplitCommand(line, has_slash).rest});
  } else if (has_slash) {
    session.Reply(absl::StrCat("There is no command \"/", Excerpt(word, kQuotedColumns), "\".",
                               DidYouMean(word), " \"help\" lists the commands.\r\n"));
  } else {
    HandleSpeech(house, session, text);
  }
}

void Help(const CommandCall& call) {
  if (call.arguments.empty()) return ListCommands(call);
  absl::string_view word = SplitFirstWord(call.arguments).word;
  if (word[0] == '/') word.remove_prefix(1);
  const Room& room = call.session.room();
  const Command* command = room.FindCommand(word);
  if (command == nullptr) {
    return call.session.Reply(absl::StrCat("There is no command \"", Excerpt(word, kQuotedColumns),
                                           "\".", room.DidYouMean(word),
                                           " \"help\" lists the commands.\r\n"));
  }
  std::string text = absl::StrCat(Syntax(*command), "\r\n  ", command->summary, "\r\n");
  if (!command->details.empty()) absl::StrAppend(&text, "  ", command->details, "\r\n");
  if (!command->alias.empty()) absl::StrAppend(&text, "  Also: ", command->alias, "\r\n");
  call.session.Reply(text);
}

}  // namespace parley::chat
