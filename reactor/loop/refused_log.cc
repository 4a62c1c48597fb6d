#include "reactor/loop/refused_log.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "reactor/base/log.h"
#include "reactor/engine/close_reason.h"

namespace parley {

RefusedLog::~RefusedLog() {
  if (due_ != kNever) Tell(TimePoint());
}

void RefusedLog::Add(int error, int peers, TimePoint now) {
  error_ = error;
  peers_ += static_cast<uint64_t>(peers);
  if (due_ == kNever) due_ = std::max(Later(now, kFirstAfter), next_);
}

void RefusedLog::Tell(TimePoint now) {
  Log(Severity::kWarning, absl::StrCat("no descriptor for new connections (",
                                       CloseReason{CloseCause::kError, error_}.ToString(), "): ",
                                       peers_ == 0 ? std::string("not even to refuse them")
                                                   : absl::StrCat(peers_, " refused"),
                                       "; raise the limit on open files"));
  peers_ = 0;
  due_ = kNever;
  next_ = Later(now, kEvery);
}

}  // namespace parley
