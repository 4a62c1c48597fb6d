#ifndef CHAT_ROOMS_COMMAND_HANDLER_H_
#define CHAT_ROOMS_COMMAND_HANDLER_H_

// Turns a line into a call of a command. Each room has a table of commands; a command is a row with
// its names, its syntax and its help, so that `help` and "did you mean" know whatever can be
// called.
//
//   /word rest    is always a command
//   word rest     is a command when the first word is one (in any case)
//   word rest     is not run when its command takes nothing behind it and the room has ears:
//                 "leave me alone" may be speech, and its sender is told how to make it either
//   'rest         is always speech
//   anything else is speech where the room has ears, and a hint where it has none
//
// Text that reaches a command is safe for terminals already: sanitise.h has been over it.

#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace parley::chat {

class ChatSession;
struct House;

// What a command is called with. `arguments` is what follows the first word, without spaces at its
// ends; `typed` is the same as the client sent it, which no terminal must be shown.
struct CommandCall {
  House& house;
  ChatSession& session;
  absl::string_view arguments;
  absl::string_view typed;
};

struct Command {
  absl::string_view name;
  absl::string_view alias;      // another name, or ""
  absl::string_view arguments;  // as help shows them: "NAME TEXT"
  absl::string_view summary;    // one short sentence
  absl::string_view details;    // more, for `help COMMAND`; or ""
  void (*run)(const CommandCall& call);
};

class CommandHandler {
 public:
  virtual ~CommandHandler() = default;

  virtual std::span<const Command> commands() const = 0;
  // Whether anybody hears what is no command.
  virtual bool has_ears() const = 0;

  // Handles one line as the client sent it.
  void HandleLine(House& house, ChatSession& session, absl::string_view line);

  // The command called `word`, in any case; null when there is none.
  const Command* FindCommand(absl::string_view word) const;
  // "", or a sentence that offers the command that `word` may have meant.
  std::string DidYouMean(absl::string_view word) const;

 protected:
  // A line that is no command.
  virtual void HandleSpeech(House& house, ChatSession& session, absl::string_view text) = 0;
};

// Splits off the first word; both parts come without spaces at their ends.
struct FirstWord {
  absl::string_view word;
  absl::string_view rest;
};
FirstWord SplitFirstWord(absl::string_view text);

// `help` and `help COMMAND`, for every room's table.
void Help(const CommandCall& call);

}  // namespace parley::chat

#endif  // CHAT_ROOMS_COMMAND_HANDLER_H_
