#ifndef CHAT_PROFILES_ALL_H_
#define CHAT_PROFILES_ALL_H_

// Every profile of this build, in the order in which they are listed. Thread: any.

#include <vector>

#include "absl/strings/string_view.h"
#include "chat/delivery/profile.h"

namespace parley::chat {

std::vector<const Profile*> AllProfiles();
// The profile of this name; null when there is none.
const Profile* FindProfile(absl::string_view name);

}  // namespace parley::chat

#endif  // CHAT_PROFILES_ALL_H_
