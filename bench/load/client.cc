#include "bench/load/client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"

namespace parley::bench {
namespace {

// Whether the `i`-th of `total` is one of `chosen` that are spread evenly over them.
bool IsChosen(int i, int chosen, int total) {
  const auto share = [&](int n) { return int64_t{n} * chosen / total; };
  return total > 0 && share(i + 1) > share(i);
}

Client MakeClient(int number, char kind, int room) {
  Client client;
  client.number = number;
  client.identity.name = absl::StrFormat("%c%05d", kind, number);
  client.identity.room = room;
  client.reception.room = room;
  return client;
}

void StopListening(Client* client) {
  client->identity.listens = false;
  client->reception.listens = false;
}

}  // namespace

std::vector<Client> MakeClients(const RunConfig& config, const Protocol& protocol) {
  std::vector<Client> clients;
  const int listening_publishers = protocol.publisher_listens() ? config.publishers : 0;
  const int silent = config.recipients - listening_publishers;
  const auto targets = static_cast<int>(config.targets.size());
  for (int i = 0; i < config.recipients; ++i) {
    Client client = MakeClient(i, 'p', i % config.rooms);
    client.target = i % targets;
    if (i < listening_publishers) {
      client.speaks_as = i;
    } else {
      // Leavers are chosen first, and those who stall from the ones who stay.
      const int place = i - listening_publishers;
      client.leaves = IsChosen(place, config.leavers, silent);
      if (!client.leaves) {
        const int left_before = static_cast<int>(int64_t{place} * config.leavers / silent);
        client.stalls = IsChosen(place - left_before, config.stalled, silent - config.leavers);
      }
      client.reception.recorded = client.reception.strict = !client.leaves && !client.stalls;
    }
    clients.push_back(std::move(client));
  }
  if (!protocol.publisher_listens()) {
    for (int i = 0; i < config.publishers; ++i) {
      Client client = MakeClient(config.recipients + i, 'q', i % config.rooms);
      client.target = i % targets;
      client.speaks_as = i;
      StopListening(&client);
      clients.push_back(std::move(client));
    }
  }
  if (config.tells_per_second > 0) {
    const int number = static_cast<int>(clients.size());
    Client teller = MakeClient(number, 't', 0);
    teller.reception.tells = true;
    if (!protocol.publisher_listens()) StopListening(&teller);
    teller.reception.recorded = false;
    clients.push_back(std::move(teller));
    Client told = MakeClient(number + 1, 't', 0);
    told.identity.hears_tells = told.reception.hears_tells = true;
    told.reception.recorded = false;
    clients.push_back(std::move(told));
  }
  return clients;
}

int CrowdSpeakers(const RunConfig& config) { return std::min(config.crowd, 10); }

std::vector<Client> MakeCrowd(const RunConfig& config, const Protocol& protocol, int first_number) {
  std::vector<Client> crowd;
  const int speakers = CrowdSpeakers(config);
  const bool speakers_listen = protocol.publisher_listens();
  const int size = config.crowd + (speakers_listen ? 0 : speakers);
  for (int i = 0; i < size; ++i) {
    Client client = MakeClient(first_number + i, 'c', config.rooms);
    if (i < speakers) client.speaks_as = i;
    if (i < speakers && !speakers_listen) StopListening(&client);
    client.reception.recorded = client.reception.strict = false;
    crowd.push_back(std::move(client));
  }
  return crowd;
}

std::vector<uint32_t> RecordedByRoom(const RunConfig& config, const std::vector<Client>& clients) {
  std::vector<uint32_t> recorded(static_cast<size_t>(config.rooms), 0);
  for (const Client& client : clients) {
    const Reception& reception = client.reception;
    if (reception.listens && reception.recorded) ++recorded[static_cast<size_t>(reception.room)];
  }
  return recorded;
}

}  // namespace parley::bench
