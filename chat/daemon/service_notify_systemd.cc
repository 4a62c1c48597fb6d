#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "chat/daemon/service_notify.h"

namespace parley::chat {

// A manager that cannot be reached is no reason to stop serving: the results are not looked at.

void NotifyReady(const std::string& status) {
  sd_notify(0, absl::StrCat("READY=1\nSTATUS=", status).c_str());
}

void NotifyStopping() { sd_notify(0, "STOPPING=1\nSTATUS=Saying goodbye"); }

// The variable alone says nothing: a shell started by a service hands it on (systemd.exec(5)).
bool LogsToJournal() {
  const char* journal = std::getenv("JOURNAL_STREAM");
  struct stat error_stream = {};
  if (journal == nullptr || ::fstat(STDERR_FILENO, &error_stream) != 0) return false;
  return absl::StrCat(error_stream.st_dev, ":", error_stream.st_ino) == journal;
}

}  // namespace parley::chat
