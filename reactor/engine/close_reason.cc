#include "reactor/engine/close_reason.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace parley {

const char* CloseCauseName(CloseCause cause) {
  switch (cause) {
    case CloseCause::kNone:
      return "open";
    case CloseCause::kAsked:
      return "closed here";
    case CloseCause::kPeerClosed:
      return "closed by peer";
    case CloseCause::kReset:
      return "reset by peer";
    case CloseCause::kConnectFailed:
      return "connect failed";
    case CloseCause::kConnectTimeout:
      return "connect timed out";
    case CloseCause::kDrainTimeout:
      return "did not drain in time";
    case CloseCause::kLag:
      return "fell too far behind";
    case CloseCause::kUnreadNotice:
      return "did not read in time that lines were skipped";
    case CloseCause::kStalled:
      return "stopped reading";
    case CloseCause::kDeadline:
      return "deadline passed";
    case CloseCause::kShutdown:
      return "reactor shut down";
    case CloseCause::kError:
      return "error";
  }
  return "unknown";
}

std::string CloseReason::ToString() const {
  if (error == 0) return CloseCauseName(cause);
  return absl::StrCat(CloseCauseName(cause), " (", std::strerror(error), ")");
}

}  // namespace parley
