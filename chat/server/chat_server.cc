#include "chat/server/chat_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "chat/rooms/listing.h"
#include "chat/text/sanitise.h"
#include "reactor/base/check.h"

namespace parley::chat {

ChatSession* ChatServer::Find(ClientId client) {
  if (client.thread >= sessions_.size()) return nullptr;
  std::optional<ChatSession>& session = sessions_[client.thread].At(client.connection.slot);
  return session && session->client() == client ? &*session : nullptr;
}

void ChatServer::ClientArrived(ClientId client, absl::string_view) {
  if (client.thread >= sessions_.size()) sessions_.resize(client.thread + 1);
  std::optional<ChatSession>& place = sessions_[client.thread].At(client.connection.slot);
  PARLEY_CHECK(!place, client.connection.slot);
  place.emplace(house_, client);
  ++session_count_;
  if (log_.left_out() != 0) log_.TellLeftOut(house_.gateway.Now());
  house_.login_room.Entered(house_, *place);
}

void ChatServer::ClientSpoke(ClientId client, absl::string_view line) {
  if (ChatSession* session = Find(client)) session->HandleLine(line);
}

void ChatServer::ClientSpokeTooLong(ClientId client) {
  if (ChatSession* session = Find(client)) {
    session->Reply(absl::StrCat("That line is longer than ",
                                CountOf(house_.limits.longest_line_bytes(), "byte", "bytes"),
                                "; it was dropped.\r\n"));
  }
}

void ChatServer::ClientBrokeProtocol(ClientId client, absl::string_view why) {
  ChatSession* session = Find(client);
  if (session == nullptr) return;
  session->Reply(absl::StrCat(why, " Goodbye.\r\n"));
  session->Enter(house_.logout_room);
}

void ChatServer::ClientFinished(ClientId client) {
  if (ChatSession* session = Find(client)) session->Enter(house_.logout_room);
}

void ChatServer::ClientOutOfPatience(ClientId client, Patience patience) {
  ChatSession* session = Find(client);
  if (session == nullptr) return;
  // An I/O thread's clock may run out while the login waits for this thread.
  if (patience == Patience::kLogin && session->logged_in()) return;
  // Or its last line has only just come here, because it waited for this thread or for its rate.
  if (patience == Patience::kIdle &&
      session->IdleTime(house_.gateway.Now()) < house_.limits.idle_time) {
    return house_.gateway.SetPatience(client, Patience::kIdle);
  }
  session->Reply(patience == Patience::kLogin
                     ? absl::StrCat("You did not log in within ",
                                    ExactDuration(house_.limits.login_deadline), ". Goodbye.\r\n")
                     : absl::StrCat("You were idle for ", ExactDuration(house_.limits.idle_time),
                                    ". Goodbye.\r\n"));
  session->Enter(house_.logout_room);
}

void ChatServer::ClientFellBehind(ClientId client, absl::string_view how) {
  ChatSession* session = Find(client);
  PARLEY_CHECK(session != nullptr, client.connection.slot);
  const std::string who = session->logged_in() ? absl::StrCat("\"", session->name(), "\"")
                                               : std::string("somebody without a name");
  log_.Note(house_.gateway.Now(), Sanitise(absl::StrCat(who, " ", how)));
}

void ChatServer::ClientGone(ClientId client, absl::string_view) {
  ChatSession* session = Find(client);
  PARLEY_CHECK(session != nullptr, client.connection.slot);
  session->Enter(house_.logout_room);
  sessions_[client.thread][client.connection.slot].reset();
  --session_count_;
  if (log_.left_out() != 0) log_.TellLeftOut(house_.gateway.Now());
}

void ChatServer::SayGoodbye() {
  log_.TellLeftOut(kNever);
  for (auto& of_thread : sessions_) {
    for (uint32_t slot = 0; slot < of_thread.capacity(); ++slot) {
      std::optional<ChatSession>& session = of_thread[slot];
      if (!session) continue;
      session->Reply("The server is going down. Goodbye.\r\n");
      house_.gateway.HangUp(session->client());
    }
  }
}

}  // namespace parley::chat
