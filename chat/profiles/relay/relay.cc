#include "chat/profiles/relay/relay.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "chat/profiles/friendly/friendly_renderer.h"
#include "chat/text/sanitise.h"

namespace parley::chat {
namespace {

using Code = Outcome::Code;

constexpr absl::string_view kEnd = "\r\n";

class RelayGrammar final : public Grammar {
 public:
  Operation Parse(absl::string_view message, bool, std::string& buffer) const override {
    if (IsClean(message)) return {.kind = OperationKind::kSpeak, .text = message};
    buffer = SanitiseLines(message);
    return {.kind = OperationKind::kSpeak, .text = buffer};
  }
};

class RelayRenderer final : public Renderer {
 public:
  void Render(const RoomEvent& event, const Rendering& rendering, std::string& out) const override {
    switch (event.kind) {
      case RoomEvent::Kind::kSaid:
        if (event.actor.profile == rendering.profile) {
          return absl::StrAppend(&out, event.text, kEnd);
        }
        return friendly_.Render(event, rendering, out);
      case RoomEvent::Kind::kEntered:
      case RoomEvent::Kind::kLeft:
        return;
      default:
        return friendly_.Render(event, rendering, out);
    }
  }

  void Render(const Outcome& outcome, const Rendering& rendering, std::string& out) const override {
    switch (outcome.code) {
      case Code::kGreeting:
        return absl::StrAppend(&out, "Welcome to ChatRoom \r\n");
      case Code::kLoggedIn:
        return;
      default:
        return friendly_.Render(outcome, rendering, out);
    }
  }

  void Skipped(uint64_t messages, const Rendering& rendering, std::string& out) const override {
    friendly_.Skipped(messages, rendering, out);
  }

  bool ActorHears(RoomEvent::Kind) const override { return true; }

 private:
  const FriendlyRenderer friendly_{kEnd};
};

}  // namespace

const Profile& RelayProfile() {
  static const auto* const grammar = new RelayGrammar;
  static const auto* const renderer = new RelayRenderer;
  static const auto* const profile = new Profile{.name = "relay",
                                                 .grammar = *grammar,
                                                 .renderer = *renderer,
                                                 .framing = FramingKind::kCrLf,
                                                 .admits_guests = true};
  return *profile;
}

}  // namespace parley::chat
