#ifndef CHAT_PROFILES_QQ_QQ_H_
#define CHAT_PROFILES_QQ_QQ_H_

// The profile of original 1, port 5005, which names its server QQ. Its `look` is read by everybody
// of this profile in the room. Some answers have no line end; that is how it was. Lines end with
// LF.

#include "chat/delivery/profile.h"

namespace parley::chat {

const Profile& QqProfile();

}  // namespace parley::chat

#endif  // CHAT_PROFILES_QQ_QQ_H_
