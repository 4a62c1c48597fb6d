#ifndef CHAT_PROFILES_RELAY_RELAY_H_
#define CHAT_PROFILES_RELAY_RELAY_H_

// The profile of original 2, port 5267: whoever connects is in the room at once, under the name of
// a guest, and every line goes to everybody, its sender too, as it is. There are no commands. What
// people of other profiles say has their names in front. Lines end with CR LF.

#include "chat/delivery/profile.h"

namespace parley::chat {

const Profile& RelayProfile();

}  // namespace parley::chat

#endif  // CHAT_PROFILES_RELAY_RELAY_H_
