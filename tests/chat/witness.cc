#include "tests/chat/witness.h"

#include <algorithm>

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

void Witness::CloseAudience(AudienceId audience) {
  for (const auto& [id, client] : by_id_) {
    if (client->audience == audience) client->audience = 0;
  }
  transport_->CloseAudience(audience);
}

void Witness::Join(ClientId client, AudienceId audience) {
  PARLEY_CHECK(Named(client).audience == 0, "in two audiences");
  Named(client).audience = audience;
  transport_->Join(client, audience);
}

void Witness::Leave(ClientId client, AudienceId audience) {
  PARLEY_CHECK(Named(client).audience == audience, "left where it was not");
  Named(client).audience = 0;
  transport_->Leave(client, audience);
}

void Witness::Announce(AudienceId audience, absl::string_view text, ClientId except) {
  for (const auto& [id, client] : by_id_) {
    if (client->audience != audience || client->hung_up || client->id == except) continue;
    client->model.SpeakInRoom(text);
  }
  transport_->Announce(audience, text, except);
}

void Witness::Reply(ClientId client, absl::string_view text) {
  if (Client& named = Named(client); !named.hung_up) named.model.SpeakAlone(text);
  transport_->Reply(client, text);
}

void Witness::HangUp(ClientId client) {
  Named(client).hung_up = true;
  transport_->HangUp(client);
}

void Witness::ClientArrived(ClientId client, EntranceId entrance, absl::string_view address) {
  const absl::StatusOr<SocketAddress> from = SocketAddress::Parse(address);
  PARLEY_CHECK(from.ok());
  Client& arrived = From(from->port());
  PARLEY_CHECK(!arrived.arrived, "arrived twice");
  arrived.arrived = true;
  arrived.id = client;
  by_id_[client.connection] = &arrived;
  server_->ClientArrived(client, entrance, address);
}

void Witness::ClientGone(ClientId client, absl::string_view reason) {
  server_->ClientGone(client, reason);
  Client& gone = Named(client);
  gone.gone = true;
  gone.audience = 0;
  gone.reason = std::string(reason);
  by_id_.erase(client.connection);
}

}  // namespace parley::chat
