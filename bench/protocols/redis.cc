#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bench/protocols/all.h"
#include "bench/protocols/line_frame.h"

namespace parley::bench {
namespace {

constexpr size_t kLineEndBytes = 2;

// The size of one RESP2 value: a line, or a bulk string, or an array of values.
size_t ValueSize(absl::string_view bytes, int depth) {
  const size_t line = LineFrameSize(bytes);
  if (line == Protocol::kUnfinished) return line;
  if (bytes[0] != '$' && bytes[0] != '*') return line;
  int count = 0;
  if (line < 3 || !absl::SimpleAtoi(bytes.substr(1, line - 1 - kLineEndBytes), &count)) {
    return Protocol::kMalformed;
  }
  if (count < 0) return line;
  size_t size = line;
  if (bytes[0] == '$') {
    size += static_cast<size_t>(count) + kLineEndBytes;
    return bytes.size() < size ? Protocol::kUnfinished : size;
  }
  if (depth > 1) return Protocol::kMalformed;
  for (int i = 0; i < count; ++i) {
    if (size >= bytes.size()) return Protocol::kUnfinished;
    const size_t element = ValueSize(bytes.substr(size), depth + 1);
    if (element == Protocol::kUnfinished || element == Protocol::kMalformed) return element;
    size += element;
  }
  return size;
}

void AppendBulk(absl::string_view bytes, std::string* out) {
  absl::StrAppend(out, "$", bytes.size(), "\r\n", bytes, "\r\n");
}

void AppendPublishCommand(absl::string_view channel, absl::string_view text, std::string* out) {
  absl::StrAppend(out, "*3\r\n");
  AppendBulk("PUBLISH", out);
  AppendBulk(channel, out);
  AppendBulk(text, out);
}

class RedisProtocol : public Protocol {
 public:
  bool publisher_listens() const override { return false; }
  bool can_tell() const override { return true; }
  size_t tail_size() const override { return kLineEndBytes; }

  // Inline commands; a subscriber is in when its subscription is confirmed, a publisher at PONG.
  void AppendHello(const Identity& who, std::string* out) const override {
    if (!who.listens) {
      absl::StrAppend(out, "PING\r\n");
      return;
    }
    absl::StrAppend(out, "SUBSCRIBE ", RoomName(who.room), who.hears_tells ? " " : "",
                    who.hears_tells ? who.name : "", "\r\n");
  }

  Admission OnFrame(absl::string_view frame, const Identity& /*who*/, Admission now,
                    std::string* /*out*/) const override {
    if (now == Admission::kReady) return now;
    if (absl::StartsWith(frame, "-")) return Admission::kRefused;
    return Admission::kReady;
  }

  void AppendPublish(const Identity& who, absl::string_view text, std::string* out) const override {
    AppendPublishCommand(RoomName(who.room), text, out);
  }

  void AppendTell(const Identity& to, absl::string_view text, std::string* out) const override {
    AppendPublishCommand(to.name, text, out);
  }

  size_t FrameSize(absl::string_view bytes) const override { return ValueSize(bytes, 0); }
};

}  // namespace

std::unique_ptr<Protocol> MakeRedisProtocol() { return std::make_unique<RedisProtocol>(); }

}  // namespace parley::bench
