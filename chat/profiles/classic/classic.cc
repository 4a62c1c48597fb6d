#include "chat/profiles/classic/classic.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "chat/profiles/friendly/friendly_renderer.h"
#include "chat/profiles/words_grammar.h"

namespace parley::chat {
namespace {

using Code = Outcome::Code;

class ClassicRenderer final : public Renderer {
 public:
  void Render(const RoomEvent& event, const Rendering& rendering, std::string& out) const override {
    // "NAME: TEXT", "NAME has entered the room.": the friendly profile has its words from here.
    friendly_.Render(event, rendering, out);
  }

  void Render(const Outcome& outcome, const Rendering& rendering, std::string& out) const override {
    switch (outcome.code) {
      case Code::kGreeting:
        return absl::StrAppend(&out, "Connect Success");
      case Code::kUnknownCommand:
        return absl::StrAppend(&out, "Unknown command ", outcome.word, " \n");
      case Code::kMissing:
        return absl::StrAppend(&out, "UserName Empty");
      case Code::kNameTaken:
        return absl::StrAppend(&out, "UserName Exist");
      case Code::kNameIllegal:
        return absl::StrAppend(&out, "UserName Illegal");
      case Code::kLoggedIn:
        return absl::StrAppend(&out, "Login Success");
      case Code::kRoom:
        absl::StrAppend(&out, "Online Users:\n");
        for (const absl::string_view name : outcome.names) absl::StrAppend(&out, name, "\n");
        return;
      case Code::kGoodbye:
        return;  // the connection is closed without a word
      default:
        return friendly_.Render(outcome, rendering, out);
    }
  }

  void Skipped(uint64_t messages, const Rendering& rendering, std::string& out) const override {
    friendly_.Skipped(messages, rendering, out);
  }

  bool ActorHears(RoomEvent::Kind kind) const override { return kind != RoomEvent::Kind::kEntered; }

 private:
  const FriendlyRenderer friendly_{"\n"};
};

}  // namespace

const Profile& ClassicProfile() {
  static const auto* const grammar =
      new WordsGrammar({.strips_speech = true, .look = OperationKind::kLook});
  static const auto* const renderer = new ClassicRenderer;
  static const auto* const profile = new Profile{"classic", *grammar, *renderer};
  return *profile;
}

}  // namespace parley::chat
