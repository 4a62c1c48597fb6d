#include "chat/profiles/pickle/pickle.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chat/profiles/friendly/friendly_renderer.h"
#include "chat/profiles/pickle/string_pickle.h"
#include "chat/text/sanitise.h"

namespace parley::chat {
namespace {

using Code = Outcome::Code;

// Rendering::capabilities of this profile.
constexpr uint32_t kReadsUnicode = 1;  // what it sends is text, and not `str` of Python 2

class PickleGrammar final : public Grammar {
 public:
  Operation Parse(absl::string_view message, bool before_login,
                  std::string& buffer) const override {
    absl::StatusOr<PickledString> pickled = ParsePickledString(message);
    if (!pickled.ok()) return {.kind = OperationKind::kUnknown};
    Operation operation = MakeOperation(std::move(pickled->text), before_login, buffer);
    if (pickled->unicode) operation.learned = kReadsUnicode;
    return operation;
  }

 private:
  static Operation MakeOperation(std::string text, bool before_login, std::string& buffer) {
    if (text.empty()) return {.kind = OperationKind::kLogout};
    if (!before_login) {
      buffer = IsClean(text) ? std::move(text) : SanitiseLines(text);
      return {.kind = OperationKind::kSpeak, .text = buffer};
    }
    buffer = std::move(text);
    absl::string_view name = buffer;
    if (!absl::ConsumePrefix(&name, "NAME: ")) return {.kind = OperationKind::kUnknown};
    return {.kind = OperationKind::kLoginAs, .name = name};
  }
};

void AppendBigEndian(uint64_t number, int bytes, std::string& out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift & 0xff));
  }
}

void AppendLength(size_t length, LengthPrefix prefix, std::string& out) {
  AppendBigEndian(length, prefix == LengthPrefix::kBigEndian8 ? 8 : 4, out);
  if (prefix == LengthPrefix::kBigEndian4Zeros4) out.append(4, '\0');
}

void AppendFrame(absl::string_view text, const Rendering& rendering, std::string& out) {
  std::string pickle;
  AppendPickledString(text, (rendering.capabilities & kReadsUnicode) != 0, pickle);
  AppendLength(pickle.size(), rendering.length_prefix, out);
  out += pickle;
}

// NAME@ADDRESS for who is shown with an address, NAME@PROFILE for everybody else.
std::string Who(const Actor& actor, const Rendering& rendering) {
  const bool has_address = actor.profile == rendering.profile;
  return absl::StrCat(actor.name, "@", has_address ? actor.host : actor.profile->name);
}

class PickleRenderer final : public Renderer {
 public:
  void Render(const RoomEvent& event, const Rendering& rendering, std::string& out) const override {
    const std::string who = Who(event.actor, rendering);
    switch (event.kind) {
      case RoomEvent::Kind::kSaid:
        return AppendFrame(absl::StrCat("\n#[", who, "]>>", event.text), rendering, out);
      case RoomEvent::Kind::kActed:
        return AppendFrame(absl::StrCat("\n* ", who, " ", event.text), rendering, out);
      case RoomEvent::Kind::kEntered:
        return AppendFrame(
            absl::StrCat("\n (Connected: New client (", event.people, ") from ", who), rendering,
            out);
      case RoomEvent::Kind::kLeft:
        return AppendFrame(absl::StrCat("\n(now hung up: client from ", who, ")"), rendering, out);
      case RoomEvent::Kind::kTopicSet:
        return AppendFrame(absl::StrCat("\n(", who, " sets the topic: ", event.text, ")"),
                           rendering, out);
    }
  }

  void Render(const Outcome& outcome, const Rendering& rendering, std::string& out) const override {
    switch (outcome.code) {
      case Code::kGreeting:  // the client speaks first
      case Code::kGoodbye:
      case Code::kBrokeProtocol:  // how its frames look is not known
      case Code::kServerFull:
      case Code::kAddressFull:
        return;
      case Code::kLoggedIn:
        AppendFrame(absl::StrCat("CLIENT: ", outcome.host), rendering, out);
        if (outcome.name == outcome.word) return;
        return AppendFrame(absl::StrCat("\n(You are ", outcome.name, " here)"), rendering, out);
      case Code::kUnknownCommand:
        return AppendFrame(outcome.before_login ? "\n(Say who you are first: \"NAME: x\")"
                                                : "\n(Only pickled strings are understood here)",
                           rendering, out);
      case Code::kLineTooLong:
        return AppendFrame(
            absl::StrCat("\n(A message of more than ", outcome.limit, " bytes was dropped)"),
            rendering, out);
      default:
        return RenderSentence(outcome, rendering, out);
    }
  }

  void Skipped(uint64_t messages, const Rendering& rendering, std::string& out) const override {
    AppendFrame(absl::StrCat("\n(", messages, " messages skipped)"), rendering, out);
  }

  // Who speaks does not read it; who comes hears "CLIENT: ".
  bool ActorHears(RoomEvent::Kind) const override { return false; }

 private:
  void RenderSentence(const Outcome& outcome, const Rendering& rendering, std::string& out) const {
    std::string sentence;
    friendly_.Render(outcome, rendering, sentence);
    absl::string_view text = sentence;
    absl::ConsumeSuffix(&text, "\n");
    if (!text.empty()) AppendFrame(absl::StrCat("\n(", text, ")"), rendering, out);
  }

  const FriendlyRenderer friendly_{"\n"};
};

}  // namespace

const Profile& PickleProfile() {
  static const auto* const grammar = new PickleGrammar;
  static const auto* const renderer = new PickleRenderer;
  static const auto* const profile = new Profile{.name = "pickle",
                                                 .grammar = *grammar,
                                                 .renderer = *renderer,
                                                 .framing = FramingKind::kLengthPrefix,
                                                 .shows_address = true};
  return *profile;
}

}  // namespace parley::chat
