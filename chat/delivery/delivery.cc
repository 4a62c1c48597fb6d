#include "chat/delivery/delivery.h"

#include <algorithm>

#include "chat/delivery/profile.h"
#include "chat/rooms/chat_room.h"
#include "reactor/base/check.h"

namespace parley::chat {

void Delivery::SetRendering(ChatSession& session, const Rendering& rendering) {
  const RenderingId id = renderings_.Intern(rendering);
  if (id == session.rendering()) return;
  // What was said before goes out as it was rendered, and in its order.
  session.ForEachRoom([&](RoomId room) { Left(room, session); });
  session.set_rendering(id);
  session.ForEachRoom([&](RoomId room) { Joined(room, session); });
}

void Delivery::RoomOpened(RoomId room) {
  if (room >= rooms_.size()) rooms_.resize(room + 1);
  PARLEY_CHECK(rooms_[room].empty(), room);
}

void Delivery::RoomClosed(RoomId room) { PARLEY_CHECK(rooms_[room].empty(), room); }

Delivery::Listeners& Delivery::ListenersFor(RoomListeners& room, RenderingId rendering) {
  const auto with = [&](RenderingId id) {
    return std::find_if(room.begin(), room.end(),
                        [id](const Listeners& each) { return each.rendering == id; });
  };
  auto found = with(rendering);
  if (found == room.end() && room.size() >= kMaxRenderings) {
    rendering = renderings_.BaseOf(rendering);
    found = with(rendering);
  }
  if (found != room.end()) return *found;
  return room.emplace_back(
      Listeners{rendering, gateway_.OpenAudience(renderings_.NoticeOf(rendering)), 0});
}

void Delivery::Joined(RoomId room, ChatSession& session) {
  Listeners& listeners = ListenersFor(rooms_[room], session.rendering());
  ++listeners.members;
  session.MembershipIn(room)->hears_as = listeners.rendering;
  gateway_.Join(session.client(), listeners.audience);
}

void Delivery::Left(RoomId room, ChatSession& session) {
  RoomListeners& all = rooms_[room];
  const RenderingId hears_as = session.MembershipIn(room)->hears_as;
  const auto listeners = std::find_if(
      all.begin(), all.end(), [&](const Listeners& each) { return each.rendering == hears_as; });
  PARLEY_CHECK(listeners != all.end(), room, hears_as);
  gateway_.Leave(session.client(), listeners->audience);
  if (--listeners->members > 0) return;
  gateway_.CloseAudience(listeners->audience);
  *listeners = all.back();
  all.pop_back();
}

void Delivery::Happened(const RoomEvent& event, const ChatSession& actor,
                        std::span<const EventOverride> overrides) {
  for (const Listeners& listeners : rooms_[event.room]) {
    const Rendering& rendering = renderings_.At(listeners.rendering);
    const Renderer& renderer = rendering.profile->renderer;
    text_.clear();
    renderer.Render(event, rendering, text_);
    if (text_.empty() && overrides.empty()) continue;
    const bool leaves_out_actor = !renderer.ActorHears(event.kind) &&
                                  actor.MembershipIn(event.room)->hears_as == listeners.rendering;
    if (overrides.empty() && !leaves_out_actor) {
      gateway_.Announce(listeners.audience, text_);
      continue;
    }
    RenderOverrides(event.room, listeners.rendering, overrides);
    if (leaves_out_actor && !HasOverride(actor.client()))
      overrides_.push_back({actor.client(), {}});
    if (!text_.empty() || !overrides_.empty()) {
      gateway_.Announce(listeners.audience, text_, overrides_);
    }
  }
}

void Delivery::RenderOverrides(RoomId room, RenderingId rendering,
                               std::span<const EventOverride> overrides) {
  overrides_.clear();
  for (const EventOverride& each : overrides) {
    const Membership* const membership = each.person->MembershipIn(room);
    if (membership == nullptr || membership->hears_as != rendering) continue;
    overrides_.push_back({each.person->client(), {}});
    if (each.instead != nullptr) Render(*each.person, *each.instead, overrides_.back().instead);
  }
}

bool Delivery::HasOverride(ClientId client) const {
  return std::any_of(overrides_.begin(), overrides_.end(),
                     [client](const Override& each) { return each.client == client; });
}

void Delivery::Render(const ChatSession& session, const Outcome& outcome, std::string& out) const {
  const Rendering& rendering = RenderingOf(session);
  rendering.profile->renderer.Render(outcome, rendering, out);
}

void Delivery::Answer(ChatSession& session, const Outcome& outcome) {
  if (outcome.code == Outcome::Code::kNone) return;
  if (outcome.aloud_in != 0) return SayAloud(session, outcome);
  Tell(session, outcome);
}

void Delivery::Tell(ChatSession& session, const Outcome& outcome) {
  text_.clear();
  Render(session, outcome, text_);
  if (!text_.empty()) gateway_.Reply(session.client(), text_);
}

void Delivery::SayAloud(const ChatSession& session, const Outcome& outcome) {
  for (const Listeners& listeners : rooms_[outcome.aloud_in]) {
    const Rendering& rendering = renderings_.At(listeners.rendering);
    if (rendering.profile != &session.profile()) continue;
    text_.clear();
    rendering.profile->renderer.Render(outcome, rendering, text_);
    if (text_.empty()) continue;
    gateway_.Charge(session.client(), text_.size() * listeners.members);
    gateway_.Announce(listeners.audience, text_);
  }
}

void Delivery::LoggedIn(ChatSession& session) {
  gateway_.SetIdlePolicy(session.client(), IdlePolicy::kIdle);
}

}  // namespace parley::chat
