#include "chat/delivery/chat_server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chat/text/sanitise.h"
#include "reactor/base/check.h"

namespace parley::chat {

using Code = Outcome::Code;

ChatServer::ChatServer(Gateway& gateway, const Limits& limits,
                       absl::FunctionRef<EventSink&(EventSink& delivery)> between)
    : gateway_(gateway),
      limits_(limits),
      delivery_(gateway),
      chat_(between(delivery_), [this] { return gateway_.Now(); }) {}

ListenerOptions ChatServer::ListenerFor(const Entrance& entrance, LagPolicy lag_policy) {
  const auto found =
      std::find_if(entrances_.begin(), entrances_.end(),
                   [&](const OpenEntrance& each) { return each.entrance == entrance; });
  const auto id = static_cast<EntranceId>(found - entrances_.begin());
  const Profile& profile = *entrance.profile;
  if (found == entrances_.end()) {
    const Outcome full{.code = Code::kServerFull, .limit = limits_.max_connections};
    const Outcome address_full{.code = Code::kAddressFull,
                               .limit = limits_.max_connections_per_address};
    entrances_.push_back(
        {entrance, {RefusalText(profile, full), RefusalText(profile, address_full)}});
  }
  return {.lag_policy = lag_policy,
          .entrance = id,
          .framing = profile.framing,
          .refusals = &entrances_[id].refusals};
}

std::string ChatServer::RefusalText(const Profile& profile, const Outcome& outcome) const {
  std::string text;
  profile.renderer.Render(outcome, {.profile = &profile}, text);
  return text;
}

ChatSession* ChatServer::Find(ClientId client) {
  if (client.thread >= sessions_.size()) return nullptr;
  std::optional<ChatSession>& session = sessions_[client.thread].At(client.connection.slot);
  return session && session->client() == client ? &*session : nullptr;
}

void ChatServer::OnNews(const News& news) {
  if (news.kind == News::Kind::kArrived) return Arrived(news);
  ChatSession* const session = Find(news.client);
  PARLEY_CHECK(session != nullptr, static_cast<int>(news.kind), news.client.connection.slot);
  switch (news.kind) {
    case News::Kind::kArrived:
      return;
    case News::Kind::kSpoke:
      return Spoke(*session, news.text);
    case News::Kind::kSpokeTooLong:
      return delivery_.Tell(*session,
                            {.code = Code::kLineTooLong, .limit = limits_.longest_line_bytes()});
    case News::Kind::kLearned:
      return Learned(*session, news.capability);
    case News::Kind::kBrokeProtocol:
      delivery_.Tell(*session, {.code = Code::kBrokeProtocol, .text = news.text});
      return End(*session);
    case News::Kind::kFinished:
      return End(*session);
    case News::Kind::kIdleTooLong:
      return IdleTooLong(*session, news.policy);
    case News::Kind::kFellBehind:
      return FellBehind(*session, news.text);
    case News::Kind::kGone:
      return Gone(*session);
  }
}

void ChatServer::Arrived(const News& news) {
  const ClientId client = news.client;
  PARLEY_CHECK(news.entrance < entrances_.size(), news.entrance);
  const Entrance& entrance = entrances_[news.entrance].entrance;
  const Profile& profile = *entrance.profile;
  if (client.thread >= sessions_.size()) sessions_.resize(client.thread + 1);
  std::optional<ChatSession>& place = sessions_[client.thread].At(client.connection.slot);
  PARLEY_CHECK(!place, client.connection.slot);
  place.emplace(chat_, client, profile);
  if (profile.shows_address) place->set_host(std::string(HostOf(news.text)));
  if (!entrance.room.empty()) place->set_first_room(entrance.room);
  ++session_count_;
  if (log_.left_out() != 0) log_.TellLeftOut(gateway_.Now());
  delivery_.SetRendering(*place, {.profile = &profile});
  delivery_.Tell(*place, {.code = Code::kGreeting});
  if (profile.admits_guests) {
    delivery_.Answer(*place, place->Handle({.kind = OperationKind::kLoginAs}));
  }
}

void ChatServer::Spoke(ChatSession& session, absl::string_view message) {
  const Operation operation =
      session.profile().grammar.Parse(message, !session.logged_in(), buffer_);
  if (operation.learned != 0) Learned(session, operation.learned);
  delivery_.Answer(session, session.Handle(operation));
  HangUpIfEnded(session);
}

void ChatServer::Learned(ChatSession& session, uint32_t capabilities) {
  Rendering rendering = delivery_.RenderingOf(session);
  rendering.capabilities |= capabilities;
  delivery_.SetRendering(session, rendering);
}

void ChatServer::Learned(ChatSession& session, const Capability& capability) {
  Rendering rendering = delivery_.RenderingOf(session);
  rendering.length_prefix = std::get<LengthPrefix>(capability);
  delivery_.SetRendering(session, rendering);
}

void ChatServer::IdleTooLong(ChatSession& session, IdlePolicy policy) {
  if (policy == IdlePolicy::kLogin) {
    // An I/O thread's clock may run out while the login waits for this thread.
    if (session.logged_in()) return;
    delivery_.Tell(session, {.code = Code::kLoginTooLate, .duration = limits_.login_deadline});
  } else {
    // Its last line has only just come here, because it waited for this thread or for its rate.
    if (session.IdleTime(gateway_.Now()) < limits_.idle_time) {
      return gateway_.SetIdlePolicy(session.client(), IdlePolicy::kIdle);
    }
    delivery_.Tell(session, {.code = Code::kIdleTooLong, .duration = limits_.idle_time});
  }
  End(session);
}

void ChatServer::FellBehind(const ChatSession& session, absl::string_view how) {
  const std::string who = session.logged_in() ? absl::StrCat("\"", session.name(), "\"")
                                              : std::string("somebody without a name");
  log_.Note(gateway_.Now(), Sanitise(absl::StrCat(who, " ", how)));
}

void ChatServer::Gone(ChatSession& session) {
  session.Enter(chat_.logout_room);
  const ClientId client = session.client();
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
