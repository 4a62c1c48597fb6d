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

void Console::OnNews(const News& news) {
  if (news.kind == News::Kind::kArrived) Arrived(news);
  if (news.kind == News::Kind::kGone) Gone(news.client);
  if (news.kind == News::Kind::kSpoke) {
    const auto known = known_.find(news.client);
    if (known != known_.end() && known->second.profile == &RelayProfile()) {
      Print(Sanitise(news.text));
    }
  }
  server_.OnNews(news);
}

void Console::Arrived(const News& news) {
  const Profile* const profile = &server_.ProfileOf(news.entrance);
  uint64_t number = 0;
  if (profile == &QqProfile()) Print(absl::StrCat("connection attemp from  ", HostOf(news.text)));
  if (profile == &RelayProfile()) Print(absl::StrCat("Connection from  ", HostOf(news.text)));
  if (profile == &PickleProfile()) {
    number = ++pickle_people_;
    Print(absl::StrCat("Chat server: got connection ", number, " from ", news.text));
  }
  if (profile == &RelayProfile() || profile == &PickleProfile()) {
    known_[news.client] = {profile, number};
  }
}

void Console::Gone(ClientId client) {
  const auto known = known_.find(client);
  if (known == known_.end()) return;
  if (known->second.profile == &PickleProfile()) {
    Print(absl::StrCat("Chat server: ", known->second.number, " hung up"));
  }
  known_.erase(known);
}

}  // namespace parley::chat
