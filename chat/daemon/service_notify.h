#ifndef CHAT_DAEMON_SERVICE_NOTIFY_H_
#define CHAT_DAEMON_SERVICE_NOTIFY_H_

// Tells the service manager how the service is: sd_notify(3) where there is systemd, nothing
// elsewhere and nothing when no manager asked.

#include <string>

namespace parley::chat {

void NotifyReady(const std::string& status);
void NotifyStopping();
// Whether standard error goes to a journal, which wants a priority in front of each line
// (sd-daemon(3)).
bool LogsToJournal();

}  // namespace parley::chat

#endif  // CHAT_DAEMON_SERVICE_NOTIFY_H_
