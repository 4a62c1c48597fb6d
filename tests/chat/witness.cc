#include "tests/chat/witness.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "chat/delivery/profile.h"
#include "chat/rooms/chat_room.h"
#include "chat/rooms/chat_session.h"
#include "reactor/base/check.h"

namespace parley::chat {
namespace {

using Kind = RoomEvent::Kind;

// An event or an outcome as this client reads it.
template <typename What>
std::string RenderedFor(const Witness::Client& client, const What& what) {
  const Rendering& rendering = client.renderings.back();
  std::string text;
  rendering.profile->renderer.Render(what, rendering, text);
  return text;
}

const Profile& ProfileOf(const Witness::Client& client) {
  return *client.renderings.back().profile;
}

}  // namespace

Witness::Client& Witness::From(uint16_t port) {
  const auto found = by_port_.find(port);
  if (found != by_port_.end()) return found->second;
  NoticeParser own;
  if (notices_) {
    own = [this, port](absl::string_view heard) { return NoticeTo(by_port_.at(port), heard); };
  }
  return by_port_.try_emplace(port, Client{.model = StreamModel(std::move(own))}).first->second;
}

Witness::Client& Witness::Named(ClientId client) {
  const auto found = by_id_.find(client.connection);
  PARLEY_CHECK(found != by_id_.end(), client.connection.slot);
  return *found->second;
}

size_t Witness::members() const {
  return static_cast<size_t>(std::count_if(
      by_id_.begin(), by_id_.end(), [](const auto& each) { return each.second->audience != 0; }));
}

std::optional<HeardNotice> Witness::NoticeTo(const Client& client, absl::string_view heard) const {
  std::optional<HeardNotice> notice = notices_(heard);
  if (!notice || notice->size == 0) return notice;
  const auto is_of = [&](const Rendering& rendering) {
    std::string text;
    rendering.profile->renderer.Skipped(notice->messages, rendering, text);
    return text == heard.substr(0, notice->size);
  };
  if (std::none_of(client.renderings.begin(), client.renderings.end(), is_of)) notice.reset();
  return notice;
}

void Witness::Obey(const Order& order) {
  switch (order.kind) {
    case Order::Kind::kJoin:
      PARLEY_CHECK(Named(order.client).audience == 0, "in two audiences");
      Named(order.client).audience = order.audience;
      break;
    case Order::Kind::kLeave:
      PARLEY_CHECK(Named(order.client).audience == order.audience, "left where it was not");
      Named(order.client).audience = 0;
      break;
    case Order::Kind::kCloseAudience:
      for (const auto& [id, client] : by_id_) {
        if (client->audience == order.audience) client->audience = 0;
      }
      break;
    case Order::Kind::kReply:
      if (is_telling_) break;
      EXPECT_TRUE(!asked_ || *asked_ == order.client) << "a reply to another: " << order.text;
      if (Client& named = Named(order.client); !named.hung_up) named.model.SpeakAlone(order.text);
      break;
    case Order::Kind::kHangUp:
      Named(order.client).hung_up = true;
      break;
    case Order::Kind::kAnnounce:
    case Order::Kind::kSetIdlePolicy:
    case Order::Kind::kCharge:
      break;
  }
  transport_->Obey(order);
}

void Witness::OnNews(const News& news) {
  if (news.kind == News::Kind::kArrived) Arrived(news);
  if (news.kind == News::Kind::kSpoke) Spoke(Named(news.client), news.text);
  if (news.kind == News::Kind::kLearned) {
    Rendering rendering = Named(news.client).renderings.back();
    rendering.length_prefix = std::get<LengthPrefix>(news.capability);
    SetRendering(Named(news.client), rendering);
  }
  asked_ = news.client;
  server_->OnNews(news);
  asked_.reset();
  EXPECT_TRUE(due_.empty()) << "no event came of: " << news.text;
  due_.clear();
  if (news.kind == News::Kind::kGone) Gone(news);
}

void Witness::Arrived(const News& news) {
  const absl::StatusOr<SocketAddress> from = SocketAddress::Parse(news.text);
  PARLEY_CHECK(from.ok());
  Client& arrived = From(from->port());
  PARLEY_CHECK(!arrived.arrived, "arrived twice");
  arrived.arrived = true;
  arrived.id = news.client;
  arrived.renderings = {{.profile = &server_->ProfileOf(news.entrance)}};
  by_id_[news.client.connection] = &arrived;
}

void Witness::Spoke(Client& client, absl::string_view message) {
  std::string buffer;
  const bool before_login = client.session == nullptr;
  const Operation operation = ProfileOf(client).grammar.Parse(message, before_login, buffer);
  Rendering rendering = client.renderings.back();
  rendering.capabilities |= operation.learned;
  SetRendering(client, rendering);
  if (client.room == 0) return;
  const auto is_due = [&](Kind kind) {
    due_.push_back({kind, client.room, client.session, std::string(operation.text)});
  };
  if (operation.kind == OperationKind::kSpeak) is_due(Kind::kSaid);
  if (operation.kind == OperationKind::kAct) is_due(Kind::kActed);
  if (operation.kind == OperationKind::kSetTopic && operation.text.size() <= kMaxTopicBytes) {
    is_due(Kind::kTopicSet);
  }
  if (operation.kind == OperationKind::kLookAloud) LookAloud(client);
}

void Witness::Gone(const News& news) {
  Client& gone = Named(news.client);
  EXPECT_EQ(gone.room, 0U) << "it is in a room still";
  gone.gone = true;
  gone.audience = 0;
  gone.session = nullptr;
  gone.reason = std::string(news.text);
  by_id_.erase(news.client.connection);
}

void Witness::SetRendering(Client& client, const Rendering& rendering) {
  if (rendering == client.renderings.back()) return;
  if (client.room == 0) client.renderings.clear();
  client.renderings.push_back(rendering);
  if (client.room == 0 || !client.is_behind) return;
  client.skipped_before_rendering = client.model.skipped_messages();
  ++tally_["changed rendering while behind"];
}

void Witness::LookAloud(const Client& client) {
  Outcome outcome{.code = Outcome::Code::kRoom, .room = client.session->room().name()};
  for (const Client* each : rooms_[client.room]) {
    outcome.names.push_back(each->session->name());
  }
  outcome.count = outcome.names.size();
  for (Client* each : rooms_[client.room]) {
    if (each->hung_up || &ProfileOf(*each) != &ProfileOf(client)) continue;
    each->model.SpeakInRoom(RenderedFor(*each, outcome));
  }
}

void Witness::LoggedIn(ChatSession& session) {
  Named(session.client()).session = &session;
  delivery_->LoggedIn(session);
}

void Witness::Joined(RoomId room, ChatSession& session) {
  Client& client = Named(session.client());
  EXPECT_EQ(client.room, 0U) << "in two rooms";
  client.room = room;
  rooms_[room].push_back(&client);
  if (client.rooms_joined++ > 0 && client.is_behind) {
    client.skipped_before_room = client.model.skipped_messages();
    ++tally_["changed room while behind"];
  }
  due_.push_back({Kind::kEntered, room, &session, ""});
  delivery_->Joined(room, session);
}

void Witness::Left(RoomId room, ChatSession& session) {
  Client& client = Named(session.client());
  EXPECT_EQ(client.room, room) << "left where it was not";
  client.room = 0;
  std::erase(rooms_[room], &client);
  due_.push_back({Kind::kLeft, room, &session, ""});
  delivery_->Left(room, session);
}

void Witness::Happened(const RoomEvent& event, const ChatSession& actor,
                       std::span<const EventOverride> overrides) {
  const Due happened{event.kind, event.room, &actor, std::string(event.text)};
  EXPECT_TRUE(!due_.empty() && due_.front() == happened) << "why: " << event.text;
  if (!due_.empty()) due_.pop_front();
  EXPECT_EQ(event.actor.name, actor.name());
  EXPECT_EQ(event.people, rooms_[event.room].size());
  CountProfiles(event.room);
  Drawn drawn{.overrides = {overrides.begin(), overrides.end()}};
  DrawOverrides(event, drawn);
  for (Client* client : rooms_[event.room]) {
    if (client->hung_up) continue;
    const auto override = std::find_if(
        drawn.overrides.begin(), drawn.overrides.end(),
        [client](const EventOverride& each) { return each.person == client->session; });
    if (override != drawn.overrides.end()) {
      if (override->instead == nullptr) continue;
      client->model.SpeakInRoom(RenderedFor(*client, *override->instead));
    } else if (client->session != &actor || ProfileOf(*client).renderer.ActorHears(event.kind)) {
      client->model.SpeakInRoom(RenderedFor(*client, event));
    }
  }
  delivery_->Happened(event, actor, drawn.overrides);
}

void Witness::DrawOverrides(const RoomEvent& event, Drawn& drawn) {
  uint64_t here = 0;
  for (const auto& [id, client] : by_id_) {
    if (client->session == nullptr) continue;
    std::optional<std::string> instead = draw_();
    if (!instead) continue;
    const bool hears = !instead->empty();
    if (hears) {
      drawn.texts.push_back(*std::move(instead));
      drawn.outcomes.push_back(
          {.code = Outcome::Code::kToldBy, .name = event.actor.name, .text = drawn.texts.back()});
    }
    drawn.overrides.push_back({client->session, hears ? &drawn.outcomes.back() : nullptr});
    if (client->room != event.room || client->hung_up) continue;
    ++here;
    ++tally_[hears ? "heard something else" : "left out"];
  }
  if (here > 1) ++tally_["events that are something else for several"];
}

void Witness::CountProfiles(RoomId room) {
  const std::vector<Client*>& people = rooms_[room];
  const bool several = std::any_of(people.begin(), people.end(), [&](const Client* each) {
    return &ProfileOf(*each) != &ProfileOf(*people.front());
  });
  if (several) ++tally_["events in a room of several profiles"];
}

void Witness::Tell(ChatSession& session, const Outcome& outcome) {
  Client& told = Named(session.client());
  if (!told.hung_up) told.model.SpeakAlone(RenderedFor(told, outcome));
  is_telling_ = true;
  delivery_->Tell(session, outcome);
  is_telling_ = false;
}

}  // namespace parley::chat
