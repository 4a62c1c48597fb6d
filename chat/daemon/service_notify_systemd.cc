#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "chat/daemon/service_notify.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"

namespace parley::chat {

// A manager that cannot be reached is no reason to stop serving: the results are not looked at.

void NotifyReady(const std::string& status) {
  sd_notify(0, absl::StrCat("READY=1\nSTATUS=", status).c_str());
}

// Called in the loop, and sd_notify(3) waits for a manager that does not read: sent here as the
// protocol says, or not at all.
void NotifyStopping() {
  const char* manager = std::getenv("NOTIFY_SOCKET");
  if (manager == nullptr) return;
  const absl::StatusOr<SocketAddress> address =
      SocketAddress::Parse(absl::StrCat("unix:", manager));
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!address.ok() || !fd) return;
  constexpr absl::string_view kMessage = "STOPPING=1\nSTATUS=Saying goodbye";
  ::sendto(fd.get(), kMessage.data(), kMessage.size(), MSG_DONTWAIT | MSG_NOSIGNAL, address->get(),
           address->size());
}

// The variable alone says nothing: a shell started by a service hands it on (systemd.exec(5)).
bool LogsToJournal() {
  const char* journal = std::getenv("JOURNAL_STREAM");
  struct stat error_stream = {};
  if (journal == nullptr || ::fstat(STDERR_FILENO, &error_stream) != 0) return false;
  return absl::StrCat(error_stream.st_dev, ":", error_stream.st_ino) == journal;
}

}  // namespace parley::chat
