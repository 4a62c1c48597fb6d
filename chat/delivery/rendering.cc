#include "chat/delivery/rendering.h"

#include "chat/delivery/profile.h"

namespace parley::chat {

RenderingId RenderingTable::Intern(const Rendering& rendering) {
  if (const auto found = ids_.find(rendering); found != ids_.end()) return found->second;
  const Rendering base = rendering.Base();
  // There are few of them, so they always find room.
  if (renderings_.size() >= kMost && !(rendering == base)) return Intern(base);
  const auto id = static_cast<RenderingId>(renderings_.size());
  renderings_.emplace_back(rendering);
  ids_.emplace(rendering, id);
  return id;
}

std::string RenderingTable::Interned::Of(uint64_t messages) const {
  std::string notice;
  rendering.profile->renderer.Skipped(messages, rendering, notice);
  return notice;
}

}  // namespace parley::chat
