#include "chat/profiles/all.h"

#include "chat/profiles/classic/classic.h"
#include "chat/profiles/friendly/friendly.h"
#include "chat/profiles/qq/qq.h"
#include "chat/profiles/relay/relay.h"

namespace parley::chat {

std::vector<const Profile*> AllProfiles() {
  return {&FriendlyProfile(), &ClassicProfile(), &QqProfile(), &RelayProfile()};
}

std::optional<ProfileId> FindProfile(absl::string_view name) {
  const std::vector<const Profile*> profiles = AllProfiles();
  for (size_t place = 0; place < profiles.size(); ++place) {
    if (profiles[place]->name == name) return static_cast<ProfileId>(place);
  }
  return std::nullopt;
}

}  // namespace parley::chat
