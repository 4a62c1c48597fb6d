#ifndef CHAT_PROFILES_FRIENDLY_FRIENDLY_GRAMMAR_H_
#define CHAT_PROFILES_FRIENDLY_FRIENDLY_GRAMMAR_H_

// How people speak to the friendly profile:
//
//   /word rest    is always a command
//   word rest     is a command when the first word is one (in any case)
//   word rest     is not carried out when its command takes nothing behind it and the room hears
//                 speech: "leave me alone" may be speech, and its sender is told how to make it
//                 either
//   'rest         is always speech
//   anything else is speech

#include "chat/delivery/grammar.h"

namespace parley::chat {

class FriendlyGrammar final : public Grammar {
 public:
  Operation Parse(absl::string_view message, bool before_login, std::string& buffer) const override;
};

}  // namespace parley::chat

#endif  // CHAT_PROFILES_FRIENDLY_FRIENDLY_GRAMMAR_H_
