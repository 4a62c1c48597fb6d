#include "chat/profiles/qq/qq.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "chat/profiles/friendly/friendly_renderer.h"
#include "chat/profiles/words_grammar.h"
#include "chat/text/sanitise.h"
#include "chat/text/words.h"

namespace parley::chat {
namespace {

using Code = Outcome::Code;

constexpr int kRefusedNameColumns = 24;
constexpr absl::string_view kHowToLogIn = "please log in \n \"Use login <nick>\" \n";
constexpr absl::string_view kTryAgain = "Please try again";

class QqRenderer final : public Renderer {
 public:
  void Render(const RoomEvent& event, const Rendering& rendering, std::string& out) const override {
    const absl::string_view name = event.actor.name;
    switch (event.kind) {
      case RoomEvent::Kind::kSaid:
        return ForEachLine(event.text, [&](absl::string_view line) {
          absl::StrAppend(&out, name, ":", line, "\n");
        });
      case RoomEvent::Kind::kEntered:
        return absl::StrAppend(&out, name, " has enter in the room \n");
      case RoomEvent::Kind::kLeft:
        return absl::StrAppend(&out, name, " has left the room \n");
      default:
        return friendly_.Render(event, rendering, out);
    }
  }

  void Render(const Outcome& outcome, const Rendering& rendering, std::string& out) const override {
    switch (outcome.code) {
      case Code::kGreeting:
        return absl::StrAppend(&out, "welcome to QQ \n");
      case Code::kUnknownCommand:
        if (outcome.before_login) return absl::StrAppend(&out, kHowToLogIn);
        return absl::StrAppend(&out, "Unknown command ", outcome.word, "\n");
      case Code::kMissing:
        return absl::StrAppend(&out, "Please input a name");
      case Code::kNameTaken:
        return absl::StrAppend(&out, "the ", outcome.name, " is taken \n", kTryAgain);
      case Code::kNameIllegal:
        return absl::StrAppend(&out, "the ", Excerpt(outcome.name, kRefusedNameColumns),
                               " is not allowed \n", kTryAgain);
      case Code::kRoom:
        absl::StrAppend(&out, "the following are in the room: \n");
        for (const absl::string_view name : outcome.names) absl::StrAppend(&out, name, "\n");
        return;
      case Code::kLoggedIn:  // the event tells everybody, this person too
      case Code::kGoodbye:   // the connection is closed without a word
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
  const FriendlyRenderer friendly_{"\n"};
};

}  // namespace

const Profile& QqProfile() {
  static const auto* const grammar =
      new WordsGrammar({.strips_speech = false, .look = OperationKind::kLookAloud});
  static const auto* const renderer = new QqRenderer;
  static const auto* const profile = new Profile{"qq", *grammar, *renderer};
  return *profile;
}

}  // namespace parley::chat
