#include "reactor/base/log.h"

#include <atomic>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "reactor/base/log_writer.h"

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

std::string FormatPlain(Severity severity, absl::string_view message) {
  return absl::StrCat(SeverityName(severity), ": ", message);
}
std::atomic<LogFormat> log_format{&FormatPlain};

std::string Format(Severity severity, absl::string_view message) {
  return log_format.load(std::memory_order_relaxed)(severity, message);
}

std::string DroppedLine(size_t lines) {
  return Format(Severity::kWarning,
                absl::StrCat(lines, lines == 1 ? " log line was" : " log lines were",
                             " dropped: nobody read ", lines == 1 ? "it" : "them"));
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
  {
    SinkHolder& holder = Holder();
    const std::lock_guard<std::mutex> lock(holder.mutex);
    if (holder.sink) return holder.sink(severity, message);
  }
  LogWriter::Write(Format(severity, message), &DroppedLine);
}

void SetLogSink(LogSink sink) {
  SinkHolder& holder = Holder();
  const std::lock_guard<std::mutex> lock(holder.mutex);
  holder.sink = std::move(sink);
}

void SetLogFormat(LogFormat format) {
  log_format.store(format == nullptr ? &FormatPlain : format, std::memory_order_relaxed);
}

}  // namespace parley
