#ifndef REACTOR_BASE_LOG_H_
#define REACTOR_BASE_LOG_H_

// What the library tells the operator: rare events, one line each. Nothing is logged per message or per
// connection. Any thread may log; by default lines go to standard error.
//
//   Log(Severity::kWarning, absl::StrCat("listener ", address, ": out of descriptors"));
//
// Logging to standard error never waits for whoever reads it: lines go through a queue of 64 KiB
// (log_writer.h), from which a thread writes them. What does not fit is dropped, and a later line says
// "N log lines were dropped: nobody read them". A process that returns from main or calls exit(3) waits
// up to a second for the last lines to be read; _exit(2) does not. LogWriter::Flush waits at any time.

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace parley {

enum class Severity { kDebug, kInfo, kWarning, kError };

using LogSink = std::function<void(Severity, absl::string_view)>;

void Log(Severity severity, absl::string_view message);

// Replaces where lines go; an empty sink restores standard error. The sink may be called from any
// thread, one call at a time, before Log returns.
void SetLogSink(LogSink sink);

// Replaces how a line is written to standard error, which is "warning: the message"; null restores
// that. The result has no line end. May be called from any thread.
using LogFormat = std::string (*)(Severity, absl::string_view);
void SetLogFormat(LogFormat format);

// "info", "warning" ...
absl::string_view SeverityName(Severity severity);

}  // namespace parley

#endif  // REACTOR_BASE_LOG_H_
