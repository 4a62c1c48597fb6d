#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/protocols/all.h"
#include "bench/protocols/line_frame.h"

namespace parley::bench {
namespace {

class ClassicProtocol : public Protocol {
 public:
  bool publisher_listens() const override { return true; }
  size_t tail_size() const override { return 1; }

  // "p00001: TEXT\n"
  size_t TextSize(size_t payload_bytes) const override {
    return TextSizeBehindName(payload_bytes, tail_size());
  }

  void AppendHello(const Identity& who, std::string* out) const override {
    absl::StrAppend(out, "login ", who.name, "\n");
  }

  Admission OnFrame(absl::string_view frame, const Identity& /*who*/, Admission now,
                    std::string* /*out*/) const override {
    if (absl::StartsWith(frame, "UserName Exist")) return Admission::kRefused;
    return absl::StartsWith(frame, "Login Success") ? Admission::kReady : now;
  }

  void AppendPublish(const Identity& /*who*/, absl::string_view text,
                     std::string* out) const override {
    absl::StrAppend(out, "say ", text, "\n");
  }

  size_t FrameSize(absl::string_view bytes) const override { return LineFrameSize(bytes); }
};

}  // namespace

std::unique_ptr<Protocol> MakeClassicProtocol() { return std::make_unique<ClassicProtocol>(); }

}  // namespace parley::bench
