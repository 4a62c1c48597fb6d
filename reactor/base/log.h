#ifndef REACTOR_BASE_LOG_H_
#define REACTOR_BASE_LOG_H_

// What the library tells the operator: rare events, one line each. Nothing is logged per message or per
// connection. Any thread may log; by default lines go to standard error.
//
//   Log(Severity::kWarning, absl::StrCat("listener ", address, ": out of descriptors"));

#include <functional>

#include "absl/strings/string_view.h"

namespace parley {

enum class Severity { kDebug, kInfo, kWarning, kError };

using LogSink = std::function<void(Severity, absl::string_view)>;

void Log(Severity severity, absl::string_view message);

// Replaces where lines go; an empty sink restores standard error. The sink may be called from any
// thread, one call at a time.
void SetLogSink(LogSink sink);

// "info", "warning" ...
absl::string_view SeverityName(Severity severity);

}  // namespace parley

#endif  // REACTOR_BASE_LOG_H_
