#ifndef BENCH_PROTOCOLS_ALL_H_
#define BENCH_PROTOCOLS_ALL_H_

// One maker for each kind of server that the load generator can speak to.

#include <memory>
#include <string>

#include "bench/protocol.h"

namespace parley::bench {

// The floors: the first line of a client is the number of its room and is answered by one line;
// then every line is relayed as it is.
std::unique_ptr<Protocol> MakeLinesProtocol();

// parleyd's `friendly` profile.
std::unique_ptr<Protocol> MakeFriendlyProtocol(int rooms);

// The chat room on Python's asynchat (bench/peers/asynchat_room.py): `login` and `say`.
std::unique_ptr<Protocol> MakeClassicProtocol();

// Redis: SUBSCRIBE and PUBLISH in RESP2 (redis.io, "Redis serialization protocol").
std::unique_ptr<Protocol> MakeRedisProtocol();

// NATS: SUB and PUB (docs.nats.io, "Client protocol").
std::unique_ptr<Protocol> MakeNatsProtocol();

// IRC: JOIN and PRIVMSG (RFC 1459, RFC 2812). A publisher stands outside the channel, which must
// therefore let outsiders speak (no mode +n).
std::unique_ptr<Protocol> MakeIrcProtocol();

// MQTT 3.1.1 with quality of service 0 (OASIS, 29 October 2014).
std::unique_ptr<Protocol> MakeMqttProtocol();

// "r00017": what a room, channel, subject or topic is called.
std::string RoomName(int room);

}  // namespace parley::bench

#endif  // BENCH_PROTOCOLS_ALL_H_
