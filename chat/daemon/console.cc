#include "chat/daemon/console.h"

#include "absl/strings/str_cat.h"
#include "chat/profiles/classic/classic.h"
#include "chat/profiles/friendly/phrases.h"
#include "chat/profiles/pickle/pickle.h"
#include "chat/profiles/qq/qq.h"
#include "chat/profiles/relay/relay.h"
#include "chat/text/sanitise.h"
#include "reactor/base/log_writer.h"

namespace parley::chat {
namespace {

std::string DroppedLine(size_t lines) {
  return absl::StrCat("[", CountOf(lines, "line was", "lines were"), " dropped]");
}

void Print(absl::string_view line) {
  LogWriter::Write(line, &DroppedLine, LogWriter::Stream::kOutput);
}

}  // namespace

void Console::Opened(const ListenSpec& listener) {
  has_classic_ = has_classic_ || listener.profile == &ClassicProfile();
  has_pickle_ = has_pickle_ || listener.profile == &PickleProfile();
  if (listener.profile != &ClassicProfile()) return;
  const std::string host = listener.address.Host();
  Print(absl::StrCat("chat server run at '", host == "*" ? "0.0.0.0" : host, ":",
                     listener.address.port(), "'"));
}

void Console::Stopping() {
  if (has_pickle_) Print("Shutting down server...");
}

void Console::Stopped() {
  if (has_classic_) Print("chat server exit");
}

void Console::ClientArrived(ClientId client, EntranceId entrance, absl::string_view address) {
  const Profile* const profile = &server_.ProfileOf(entrance);
  uint64_t number = 0;
  if (profile == &QqProfile()) Print(absl::StrCat("connection attemp from  ", HostOf(address)));
  if (profile == &RelayProfile()) Print(absl::StrCat("Connection from  ", HostOf(address)));
  if (profile == &PickleProfile()) {
    number = ++pickle_people_;
    Print(absl::StrCat("Chat server: got connection ", number, " from ", address));
  }
  if (profile == &RelayProfile() || profile == &PickleProfile()) {
    known_[client] = {profile, number};
  }
  server_.ClientArrived(client, entrance, address);
}

void Console::ClientSpoke(ClientId client, absl::string_view message) {
  const auto known = known_.find(client);
  if (known != known_.end() && known->second.profile == &RelayProfile()) Print(Sanitise(message));
  server_.ClientSpoke(client, message);
}

void Console::ClientGone(ClientId client, absl::string_view reason) {
  if (const auto known = known_.find(client); known != known_.end()) {
    if (known->second.profile == &PickleProfile()) {
      Print(absl::StrCat("Chat server: ", known->second.number, " hung up"));
    }
    known_.erase(known);
  }
  server_.ClientGone(client, reason);
}

}  // namespace parley::chat
