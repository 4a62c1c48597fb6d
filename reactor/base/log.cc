#include "reactor/base/log.h"

#include <cstdio>
#include <mutex>
#include <utility>

namespace parley {
namespace {

// Never destroyed, so that a thread may log while the process ends.
struct SinkHolder {
  std::mutex mutex;
  LogSink sink;
};
SinkHolder& Holder() {
  static auto* holder = new SinkHolder;
  return *holder;
}

}  // namespace

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return "debug";
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "unknown";
}

void Log(Severity severity, absl::string_view message) {
  SinkHolder& holder = Holder();
  const std::lock_guard<std::mutex> lock(holder.mutex);
  if (holder.sink) return holder.sink(severity, message);
  const absl::string_view name = SeverityName(severity);
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(name.size()), name.data(),
               static_cast<int>(message.size()), message.data());
}

void SetLogSink(LogSink sink) {
  SinkHolder& holder = Holder();
  const std::lock_guard<std::mutex> lock(holder.mutex);
  holder.sink = std::move(sink);
}

}  // namespace parley
