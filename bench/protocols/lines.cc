#include "absl/strings/str_cat.h"
#include "bench/protocols/all.h"
#include "bench/protocols/line_frame.h"

namespace parley::bench {
namespace {

class LinesProtocol : public Protocol {
 public:
  bool publisher_listens() const override { return true; }
  bool can_tell() const override { return true; }
  size_t tail_size() const override { return 1; }
  size_t TextSize(size_t payload_bytes) const override { return payload_bytes - 1; }

  void AppendHello(const Identity& who, std::string* out) const override {
    absl::StrAppend(out, who.room, who.hears_tells ? "=" : "", "\n");
  }

  Admission OnFrame(absl::string_view /*frame*/, const Identity& /*who*/, Admission /*now*/,
                    std::string* /*out*/) const override {
    return Admission::kReady;
  }

  void AppendPublish(const Identity& /*who*/, absl::string_view text,
                     std::string* out) const override {
    absl::StrAppend(out, text, "\n");
  }

  // One client is told whatever is told.
  void AppendTell(const Identity& /*to*/, absl::string_view text, std::string* out) const override {
    absl::StrAppend(out, "=", text, "\n");
  }

  size_t FrameSize(absl::string_view bytes) const override { return LineFrameSize(bytes); }
};

}  // namespace

std::unique_ptr<Protocol> MakeLinesProtocol() { return std::make_unique<LinesProtocol>(); }

}  // namespace parley::bench
