#include "chat/transport/gateway.h"

namespace parley::chat {

AudienceId Gateway::OpenAudience(const SkipNotice& notice) {
  if (free_audiences_.empty()) {
    notices_.emplace_back();
    free_audiences_.push_back(static_cast<AudienceId>(notices_.size()));
  }
  const AudienceId audience = free_audiences_.back();
  free_audiences_.pop_back();
  notices_[audience - 1] = &notice;
  return audience;
}

void Gateway::CloseAudience(AudienceId audience) {
  Obey({.kind = Order::Kind::kCloseAudience, .audience = audience});
  free_audiences_.push_back(audience);
}

}  // namespace parley::chat
