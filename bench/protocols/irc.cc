#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/protocols/all.h"
#include "bench/protocols/line_frame.h"

namespace parley::bench {
namespace {

class IrcProtocol : public Protocol {
 public:
  bool publisher_listens() const override { return false; }
  bool can_tell() const override { return true; }
  size_t tail_size() const override { return 2; }

  void AppendHello(const Identity& who, std::string* out) const override {
    absl::StrAppend(out, "NICK ", who.name, "\r\nUSER ", who.name, " 0 * :bench\r\n");
  }

  // 001 welcomes, 366 ends the list of names that answers a JOIN, 376 and 422 end or replace the
  // message of the day; 433 says that the nickname is taken (RFC 2812, section 5).
  Admission OnFrame(absl::string_view frame, const Identity& who, Admission now,
                    std::string* out) const override {
    if (absl::StartsWith(frame, "PING")) {
      absl::StrAppend(out, "PONG", frame.substr(4));
      return now;
    }
    if (now == Admission::kReady) return now;
    if (absl::StartsWith(frame, "ERROR")) return Admission::kRefused;
    const absl::string_view code = NumericOf(frame);
    if (code == "433") return Admission::kRefused;
    if (code == "001") {
      if (!who.listens) return Admission::kReady;
      absl::StrAppend(out, "JOIN #", RoomName(who.room), "\r\n");
    }
    return code == "366" ? Admission::kReady : Admission::kPending;
  }

  void AppendPublish(const Identity& who, absl::string_view text, std::string* out) const override {
    absl::StrAppend(out, "PRIVMSG #", RoomName(who.room), " :", text, "\r\n");
  }

  void AppendTell(const Identity& to, absl::string_view text, std::string* out) const override {
    absl::StrAppend(out, "PRIVMSG ", to.name, " :", text, "\r\n");
  }

  size_t FrameSize(absl::string_view bytes) const override { return LineFrameSize(bytes); }

 private:
  // ":server 001 nick ..." -> "001"
  static absl::string_view NumericOf(absl::string_view frame) {
    const size_t space = frame.find(' ');
    return space == absl::string_view::npos ? absl::string_view() : frame.substr(space + 1, 3);
  }
};

}  // namespace

std::unique_ptr<Protocol> MakeIrcProtocol() { return std::make_unique<IrcProtocol>(); }

}  // namespace parley::bench
