#include "chat/transport/framing_kind.h"

#include "chat/transport/any_line_end_framing.h"
#include "chat/transport/crlf_framing.h"
#include "chat/transport/length_prefix_framing.h"
#include "chat/transport/lf_framing.h"

namespace parley::chat {

std::unique_ptr<Framing> MakeFraming(FramingKind kind, size_t max_message_bytes) {
  switch (kind) {
    case FramingKind::kAnyLineEnd:
      return std::make_unique<AnyLineEndFraming>(max_message_bytes);
    case FramingKind::kLf:
      return std::make_unique<LfFraming>(max_message_bytes);
    case FramingKind::kCrLf:
      return std::make_unique<CrLfFraming>(max_message_bytes);
    case FramingKind::kLengthPrefix:
      return std::make_unique<LengthPrefixFraming>(max_message_bytes);
  }
  return nullptr;
}

}  // namespace parley::chat
