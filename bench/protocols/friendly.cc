#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/protocols/all.h"
#include "bench/protocols/line_frame.h"

namespace parley::bench {
namespace {

class FriendlyProtocol : public Protocol {
 public:
  explicit FriendlyProtocol(int rooms) : in_lobby_(rooms == 1) {}

  bool publisher_listens() const override { return true; }
  bool can_tell() const override { return true; }
  size_t tail_size() const override { return 2; }

  // "p00001: TEXT\r\n"
  size_t TextSize(size_t payload_bytes) const override {
    return TextSizeBehindName(payload_bytes, tail_size());
  }

  void AppendHello(const Identity& who, std::string* out) const override {
    absl::StrAppend(out, "login ", who.name, "\n");
  }

  // Told of others who come and go at every frame, so the question is asked only before the client
  // is in. The line that confirms a room is any that names it: notices about others do not.
  Admission OnFrame(absl::string_view frame, const Identity& who, Admission now,
                    std::string* out) const override {
    if (now == Admission::kReady) return now;
    if (absl::StartsWith(frame, absl::StrCat("Hello, ", who.name))) {
      if (in_lobby_) return Admission::kReady;
      absl::StrAppend(out, "/join ", RoomName(who.room), "\n");
      return Admission::kPending;
    }
    if (!in_lobby_ && absl::StrContains(frame, RoomName(who.room))) return Admission::kReady;
    return Admission::kPending;
  }

  void AppendPublish(const Identity& /*who*/, absl::string_view text,
                     std::string* out) const override {
    absl::StrAppend(out, text, "\n");
  }

  void AppendTell(const Identity& to, absl::string_view text, std::string* out) const override {
    absl::StrAppend(out, "/tell ", to.name, " ", text, "\n");
  }

  size_t FrameSize(absl::string_view bytes) const override { return LineFrameSize(bytes); }

 private:
  const bool in_lobby_;
};

}  // namespace

std::unique_ptr<Protocol> MakeFriendlyProtocol(int rooms) {
  return std::make_unique<FriendlyProtocol>(rooms);
}

}  // namespace parley::bench
