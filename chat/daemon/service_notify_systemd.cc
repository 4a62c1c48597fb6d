#include <systemd/sd-daemon.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "chat/daemon/service_notify.h"

namespace parley::chat {

// A manager that cannot be reached is no reason to stop serving: the results are not looked at.

void NotifyReady(const std::string& status) {
  sd_notify(0, absl::StrCat("READY=1\nSTATUS=", status).c_str());
}

void NotifyStopping() { sd_notify(0, "STOPPING=1\nSTATUS=Saying goodbye"); }

bool LogsToJournal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

}  // namespace parley::chat
