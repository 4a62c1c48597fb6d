#include "chat/daemon/service_notify.h"

namespace parley::chat {

void NotifyReady(const std::string&) {}
void NotifyStopping() {}
bool LogsToJournal() { return false; }

}  // namespace parley::chat
