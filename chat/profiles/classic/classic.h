#ifndef CHAT_PROFILES_CLASSIC_CLASSIC_H_
#define CHAT_PROFILES_CLASSIC_CLASSIC_H_

// The profile of original 0, port 6666: login, say, look and logout, answered word for word as that
// server does. Some answers have no line end; that is how it was. Lines end with LF.

#include "chat/delivery/profile.h"

namespace parley::chat {

const Profile& ClassicProfile();

}  // namespace parley::chat

#endif  // CHAT_PROFILES_CLASSIC_CLASSIC_H_
