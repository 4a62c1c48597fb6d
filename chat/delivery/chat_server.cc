#include "chat/delivery/chat_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "chat/text/sanitise.h"
#include "reactor/base/check.h"

namespace parley::chat {

using Code = Outcome::Code;

ChatServer::ChatServer(Gateway& gateway, const Limits& limits, std::vector<const Profile*> profiles)
    : gateway_(gateway),
      limits_(limits),
      profiles_(std::move(profiles)),
      delivery_(gateway),
      chat_(delivery_, [this] { return gateway_.Now(); }) {}

ChatSession* ChatServer::Find(ClientId client) {
  if (client.thread >= sessions_.size()) return nullptr;
  std::optional<ChatSession>& session = sessions_[client.thread].At(client.connection.slot);
  return session && session->client() == client ? &*session : nullptr;
}

void ChatServer::ClientArrived(ClientId client, ProfileId profile_id, absl::string_view) {
  PARLEY_CHECK(profile_id < profiles_.size(), profile_id);
  const Profile& profile = *profiles_[profile_id];
  if (client.thread >= sessions_.size()) sessions_.resize(client.thread + 1);
  std::optional<ChatSession>& place = sessions_[client.thread].At(client.connection.slot);
  PARLEY_CHECK(!place, client.connection.slot);
  place.emplace(chat_, client, profile);
  ++session_count_;
  if (log_.left_out() != 0) log_.TellLeftOut(gateway_.Now());
  delivery_.SetRendering(*place, {.profile = &profile});
  delivery_.Tell(*place, {.code = Code::kGreeting});
  if (profile.admits_guests) {
    delivery_.Answer(*place, place->Handle({.kind = OperationKind::kLoginAs}));
  }
}

void ChatServer::ClientSpoke(ClientId client, absl::string_view line) {
  ChatSession* session = Find(client);
  if (session == nullptr) return;
  const Operation operation =
      session->profile().grammar.Parse(line, !session->logged_in(), buffer_);
  delivery_.Answer(*session, session->Handle(operation));
  HangUpIfEnded(*session);
}

void ChatServer::ClientSpokeTooLong(ClientId client) {
  if (ChatSession* session = Find(client)) {
    delivery_.Tell(*session, {.code = Code::kLineTooLong, .limit = limits_.longest_line_bytes()});
  }
}

void ChatServer::ClientBrokeProtocol(ClientId client, absl::string_view why) {
  ChatSession* session = Find(client);
  if (session == nullptr) return;
  delivery_.Tell(*session, {.code = Code::kBrokeProtocol, .text = why});
  End(*session);
}

void ChatServer::ClientFinished(ClientId client) {
  if (ChatSession* session = Find(client)) End(*session);
}

void ChatServer::ClientOutOfPatience(ClientId client, Patience patience) {
  ChatSession* session = Find(client);
  if (session == nullptr) return;
  if (patience == Patience::kLogin) {
    // An I/O thread's clock may run out while the login waits for this thread.
    if (session->logged_in()) return;
    delivery_.Tell(*session, {.code = Code::kLoginTooLate, .duration = limits_.login_deadline});
  } else {
    // Its last line has only just come here, because it waited for this thread or for its rate.
    if (session->IdleTime(gateway_.Now()) < limits_.idle_time) {
      return gateway_.SetPatience(client, Patience::kIdle);
    }
    delivery_.Tell(*session, {.code = Code::kIdleTooLong, .duration = limits_.idle_time});
  }
  End(*session);
}

void ChatServer::ClientFellBehind(ClientId client, absl::string_view how) {
  ChatSession* session = Find(client);
  PARLEY_CHECK(session != nullptr, client.connection.slot);
  const std::string who = session->logged_in() ? absl::StrCat("\"", session->name(), "\"")
                                               : std::string("somebody without a name");
  log_.Note(gateway_.Now(), Sanitise(absl::StrCat(who, " ", how)));
}

void ChatServer::ClientGone(ClientId client, absl::string_view) {
  ChatSession* session = Find(client);
  PARLEY_CHECK(session != nullptr, client.connection.slot);
  session->Enter(chat_.logout_room);
  sessions_[client.thread][client.connection.slot].reset();
  --session_count_;
  if (log_.left_out() != 0) log_.TellLeftOut(gateway_.Now());
}

void ChatServer::End(ChatSession& session) {
  session.Enter(chat_.logout_room);
  HangUpIfEnded(session);
}

void ChatServer::HangUpIfEnded(const ChatSession& session) {
  if (&session.room() == &chat_.logout_room) gateway_.HangUp(session.client());
}

void ChatServer::SayGoodbye() {
  log_.TellLeftOut(kNever);
  for (auto& of_thread : sessions_) {
    for (uint32_t slot = 0; slot < of_thread.capacity(); ++slot) {
      std::optional<ChatSession>& session = of_thread[slot];
      if (!session) continue;
      delivery_.Tell(*session, {.code = Code::kGoingDown});
      gateway_.HangUp(session->client());
    }
  }
}

}  // namespace parley::chat
