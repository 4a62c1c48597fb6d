#include "tests/chat/witness.h"

#include <algorithm>
#include <vector>

#include "reactor/base/check.h"

namespace parley::chat {

Witness::Client& Witness::From(uint16_t port) {
  return by_port_.try_emplace(port, Client{.model = StreamModel(notices_)}).first->second;
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
    case Order::Kind::kAnnounce:
      return Announce(order);
    case Order::Kind::kReply:
      if (Client& named = Named(order.client); !named.hung_up) named.model.SpeakAlone(order.text);
      break;
    case Order::Kind::kHangUp:
      Named(order.client).hung_up = true;
      break;
    case Order::Kind::kSetIdlePolicy:
    case Order::Kind::kCharge:
      break;
  }
  transport_->Obey(order);
}

void Witness::Announce(const Order& order) {
  std::vector<Override> overrides(order.overrides.begin(), order.overrides.end());
  for (const auto& [id, client] : by_id_) {
    if (client->audience != order.audience) continue;
    const auto named = [&, client = client](const Override& each) {
      return each.client == client->id;
    };
    auto override = std::find_if(overrides.begin(), overrides.end(), named);
    if (override == overrides.end()) {
      if (std::optional<std::string> instead = draw_()) {
        override = overrides.insert(overrides.end(), {client->id, *std::move(instead)});
      }
    }
    if (client->hung_up) continue;
    client->model.SpeakInRoom(override == overrides.end() ? order.text : override->instead);
  }
  Order passed = order;
  passed.overrides = overrides;
  transport_->Obey(passed);
}

void Witness::OnNews(const News& news) {
  if (news.kind == News::Kind::kArrived) Arrived(news);
  server_->OnNews(news);
  if (news.kind == News::Kind::kGone) Gone(news);
}

void Witness::Arrived(const News& news) {
  const absl::StatusOr<SocketAddress> from = SocketAddress::Parse(news.text);
  PARLEY_CHECK(from.ok());
  Client& arrived = From(from->port());
  PARLEY_CHECK(!arrived.arrived, "arrived twice");
  arrived.arrived = true;
  arrived.id = news.client;
  by_id_[news.client.connection] = &arrived;
}

void Witness::Gone(const News& news) {
  Client& gone = Named(news.client);
  gone.gone = true;
  gone.audience = 0;
  gone.reason = std::string(news.text);
  by_id_.erase(news.client.connection);
}

}  // namespace parley::chat
