#ifndef CHAT_PROFILES_PICKLE_PICKLE_H_
#define CHAT_PROFILES_PICKLE_PICKLE_H_

// Original 4: a client of select() and cPickle. Every message is a frame with its length in front
// (length_prefix_framing.h) and a pickle of one string in it (string_pickle.h). The client says
// "NAME: x" first and hears "CLIENT: " with its address; from then on each string is spoken to the
// room, and an empty one hangs up. A reply has the kind of prefix and of string that the client has.

#include "chat/delivery/profile.h"

namespace parley::chat {

const Profile& PickleProfile();

}  // namespace parley::chat

#endif  // CHAT_PROFILES_PICKLE_PICKLE_H_
