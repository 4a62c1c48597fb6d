#ifndef CHAT_PROFILES_WORDS_GRAMMAR_H_
#define CHAT_PROFILES_WORDS_GRAMMAR_H_

// How the first two originals read a line: what stands before the first space is the command, in
// just this case, and what stands behind it is what the command is given. A line of nothing but
// white space means nothing. What is given to `say` keeps the blanks at its ends where the original
// keeps them.

#include "chat/delivery/grammar.h"

namespace parley::chat {

class WordsGrammar final : public Grammar {
 public:
  struct Rules {
    bool strips_speech;
    OperationKind look;  // kLook or kLookAloud
  };
  explicit WordsGrammar(const Rules& rules) : rules_(rules) {}

  Operation Parse(absl::string_view message, bool before_login, std::string& buffer) const override;

 private:
  const Rules rules_;
};

}  // namespace parley::chat

#endif  // CHAT_PROFILES_WORDS_GRAMMAR_H_
