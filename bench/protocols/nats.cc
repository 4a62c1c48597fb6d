#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bench/protocols/all.h"
#include "bench/protocols/line_frame.h"

namespace parley::bench {
namespace {

constexpr absl::string_view kNatsLineEnd = "\r\n";

void AppendPub(absl::string_view subject, absl::string_view text, std::string* out) {
  absl::StrAppend(out, "PUB ", subject, " ", text.size(), kNatsLineEnd, text, kNatsLineEnd);
}

class NatsProtocol : public Protocol {
 public:
  bool publisher_listens() const override { return false; }
  bool can_tell() const override { return true; }
  size_t tail_size() const override { return kNatsLineEnd.size(); }

  // The PONG that answers our PING says that the subscriptions before it stand.
  void AppendHello(const Identity& who, std::string* out) const override {
    absl::StrAppend(out, "CONNECT {\"verbose\":false,\"pedantic\":false,\"name\":\"", who.name,
                    "\",\"lang\":\"bench\",\"version\":\"1\"}", kNatsLineEnd);
    if (who.listens) absl::StrAppend(out, "SUB ", RoomName(who.room), " 1", kNatsLineEnd);
    if (who.hears_tells) absl::StrAppend(out, "SUB ", who.name, " 2", kNatsLineEnd);
    absl::StrAppend(out, "PING", kNatsLineEnd);
  }

  Admission OnFrame(absl::string_view frame, const Identity& /*who*/, Admission now,
                    std::string* out) const override {
    if (absl::StartsWith(frame, "PING")) absl::StrAppend(out, "PONG", kNatsLineEnd);
    if (absl::StartsWith(frame, "-ERR")) return Admission::kRefused;
    return absl::StartsWith(frame, "PONG") ? Admission::kReady : now;
  }

  void AppendPublish(const Identity& who, absl::string_view text, std::string* out) const override {
    AppendPub(RoomName(who.room), text, out);
  }

  void AppendTell(const Identity& to, absl::string_view text, std::string* out) const override {
    AppendPub(to.name, text, out);
  }

  // "MSG subject 1 64\r\n" is followed by as many bytes and a line end; all else is a line.
  size_t FrameSize(absl::string_view bytes) const override {
    const size_t line = LineFrameSize(bytes);
    if (line == kUnfinished || !absl::StartsWith(bytes, "MSG ")) return line;
    const absl::string_view head = bytes.substr(0, line - kNatsLineEnd.size());
    int size = 0;
    if (!absl::SimpleAtoi(head.substr(head.rfind(' ') + 1), &size) || size < 0) return kMalformed;
    const size_t whole = line + static_cast<size_t>(size) + kNatsLineEnd.size();
    return bytes.size() < whole ? kUnfinished : whole;
  }
};

}  // namespace

std::unique_ptr<Protocol> MakeNatsProtocol() { return std::make_unique<NatsProtocol>(); }

}  // namespace parley::bench
