#include "chat/profiles/friendly/friendly.h"

#include "chat/profiles/friendly/friendly_grammar.h"
#include "chat/profiles/friendly/friendly_renderer.h"

namespace parley::chat {

const Profile& FriendlyProfile() {
  static const auto* const grammar = new FriendlyGrammar;
  static const auto* const renderer = new FriendlyRenderer;
  static const auto* const profile = new Profile{"friendly", *grammar, *renderer};
  return *profile;
}

}  // namespace parley::chat
