#ifndef CHAT_PROFILES_ALL_H_
#define CHAT_PROFILES_ALL_H_

// Every profile of this build, in the order in which they are listed. Thread: any.

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "chat/delivery/profile.h"
#include "chat/wire/gateway.h"

namespace parley::chat {

std::vector<const Profile*> AllProfiles();
// The place of the profile of this name among them.
std::optional<ProfileId> FindProfile(absl::string_view name);

}  // namespace parley::chat

#endif  // CHAT_PROFILES_ALL_H_
