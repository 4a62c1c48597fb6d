#ifndef CHAT_PROFILES_FRIENDLY_FRIENDLY_RENDERER_H_
#define CHAT_PROFILES_FRIENDLY_FRIENDLY_RENDERER_H_

// What people of the friendly profile read: sentences in lines. Other profiles of lines say in these
// words what their originals have no words for, with the line ends of their own.

#include <string>

#include "absl/strings/string_view.h"
#include "chat/delivery/renderer.h"

namespace parley::chat {

class FriendlyRenderer final : public Renderer {
 public:
  // `end`: of a line; outlives the renderer.
  explicit FriendlyRenderer(absl::string_view end = "\r\n") : end_(end) {}

  void Render(const RoomEvent& event, const Rendering& rendering, std::string& out) const override;
  void Render(const Outcome& outcome, const Rendering& rendering, std::string& out) const override;
  void Skipped(uint64_t messages, const Rendering& rendering, std::string& out) const override;
  bool ActorHears(RoomEvent::Kind kind) const override {
    return kind != RoomEvent::Kind::kEntered;  // who enters is told where, and with whom
  }

 private:
  const absl::string_view end_;
};

}  // namespace parley::chat

#endif  // CHAT_PROFILES_FRIENDLY_FRIENDLY_RENDERER_H_
