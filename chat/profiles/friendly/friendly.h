#ifndef CHAT_PROFILES_FRIENDLY_FRIENDLY_H_
#define CHAT_PROFILES_FRIENDLY_FRIENDLY_H_

// The friendly profile: for people with telnet or nc who were told nothing beforehand.

#include "chat/delivery/profile.h"

namespace parley::chat {

const Profile& FriendlyProfile();

}  // namespace parley::chat

#endif  // CHAT_PROFILES_FRIENDLY_FRIENDLY_H_
