#include "chat/delivery/chat_server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chat/text/sanitise.h"
#include "reactor/base/check.h"

namespace parley::chat {

using Code = Outcome::Code;

ChatServer::ChatServer(Gateway& gateway, const Limits& limits)
    : gateway_(gateway),
      limits_(limits),
      delivery_(gateway),
      chat_(delivery_, [this] { return gateway_.Now(); }) {}

ListenerOptions ChatServer::ListenerFor(const Entrance& entrance, LagPolicy lag_policy) {
  const auto found = std::find(entrances_.begin(), entrances_.end(), entrance);
  const auto id = static_cast<EntranceId>(found - entrances_.begin());
  if (found == entrances_.end()) entrances_.push_back(entrance);
  return {.lag_policy = lag_policy, .entrance = id, .framing = entrance.profile->framing};
}

ChatSession* ChatServer::Find(ClientId client) {
  if (client.thread >= sessions_.size()) return nullptr;
  std::optional<ChatSession>& session = sessions_[client.thread].At(client.connection.slot);
  return session && session->client() == client ? &*session : nullptr;
}

void ChatServer::ClientArrived(ClientId client, EntranceId id, absl::string_view address) {
  PARLEY_CHECK(id < entrances_.size(), id);
  const Entrance& entrance = entrances_[id];
  const Profile& profile = *entrance.profile;
  if (client.thread >= sessions_.size()) sessions_.resize(client.thread + 1);
  std::optional<ChatSession>& place = sessions_[client.thread].At(client.connection.slot);
  PARLEY_CHECK(!place, client.connection.slot);
  place.emplace(chat_, client, profile);
  if (profile.shows_address) place->set_host(std::string(HostOf(address)));
  if (!entrance.room.empty()) place->set_first_room(entrance.room);
  ++session_count_;
  if (log_.left_out() != 0) log_.TellLeftOut(gateway_.Now());
  delivery_.SetRendering(*place, {.profile = &profile});
  delivery_.Tell(*place, {.code = Code::kGreeting});
  if (profile.admits_guests) {
    delivery_.Answer(*place, place->Handle({.kind = OperationKind::kLoginAs}));
  }
}

void ChatServer::ClientSpoke(ClientId client, absl::string_view message) {
  ChatSession* session = Find(client);
  if (session == nullptr) return;
  const Operation operation =
      session->profile().grammar.Parse(message, !session->logged_in(), buffer_);
  if (operation.learned != 0) Learn(*session, operation.learned);
  delivery_.Answer(*session, session->Handle(operation));
  HangUpIfEnded(*session);
}

void ChatServer::Learn(ChatSession& session, uint32_t capabilities) {
  Rendering rendering = delivery_.RenderingOf(session);
  rendering.capabilities |= capabilities;
  delivery_.SetRendering(session, rendering);
}

void ChatServer::ClientSpokeTooLong(ClientId client) {
  if (ChatSession* session = Find(client)) {
    delivery_.Tell(*session, {.code = Code::kLineTooLong, .limit = limits_.longest_line_bytes()});
  }
}

void ChatServer::ClientLearned(ClientId client, const Capability& capability) {
  ChatSession* session = Find(client);
  if (session == nullptr) return;
  Rendering rendering = delivery_.RenderingOf(*session);
  rendering.length_prefix = std::get<LengthPrefix>(capability);
  delivery_.SetRendering(*session, rendering);
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

void ChatServer::ClientIdleTooLong(ClientId client, IdlePolicy policy) {
  ChatSession* session = Find(client);
  if (session == nullptr) return;
  if (policy == IdlePolicy::kLogin) {
    // An I/O thread's clock may run out while the login waits for this thread.
    if (session->logged_in()) return;
    delivery_.Tell(*session, {.code = Code::kLoginTooLate, .duration = limits_.login_deadline});
  } else {
    // Its last line has only just come here, because it waited for this thread or for its rate.
    if (session->IdleTime(gateway_.Now()) < limits_.idle_time) {
      return gateway_.SetIdlePolicy(client, IdlePolicy::kIdle);
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
