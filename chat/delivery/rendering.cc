#include "chat/delivery/rendering.h"

namespace parley::chat {

RenderingId RenderingTable::Intern(const Rendering& rendering) {
  if (const auto found = ids_.find(rendering); found != ids_.end()) return found->second;
  const Rendering base{.profile = rendering.profile};
  // There are few profiles, so their bases always find room.
  if (renderings_.size() >= kMost && !(rendering == base)) return Intern(base);
  const auto id = static_cast<RenderingId>(renderings_.size());
  renderings_.push_back(rendering);
  ids_.emplace(rendering, id);
  return id;
}

}  // namespace parley::chat
