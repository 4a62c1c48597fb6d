#include "chat/profiles/all.h"

#include "chat/profiles/classic/classic.h"
#include "chat/profiles/friendly/friendly.h"
#include "chat/profiles/pickle/pickle.h"
#include "chat/profiles/qq/qq.h"
#include "chat/profiles/relay/relay.h"

namespace parley::chat {

std::vector<const Profile*> AllProfiles() {
  return {&FriendlyProfile(), &ClassicProfile(), &QqProfile(), &RelayProfile(), &PickleProfile()};
}

const Profile* FindProfile(absl::string_view name) {
  for (const Profile* profile : AllProfiles()) {
    if (profile->name == name) return profile;
  }
  return nullptr;
}

}  // namespace parley::chat
