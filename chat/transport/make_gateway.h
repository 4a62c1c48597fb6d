#ifndef CHAT_TRANSPORT_MAKE_GATEWAY_H_
#define CHAT_TRANSPORT_MAKE_GATEWAY_H_

// The gateway for so many I/O threads: with 1 the reactor's own thread does everything, with more
// there are so many beside it. Everything that is given outlives it. Thread: the reactor's.

#include <cstdint>
#include <memory>

#include "chat/transport/admission.h"
#include "chat/transport/gateway.h"
#include "chat/transport/limits.h"
#include "reactor/loop/reactor.h"

namespace parley::chat {

std::unique_ptr<Gateway> MakeGateway(Reactor& reactor, uint32_t threads, const Limits& limits,
                                     Admission& admission);

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_MAKE_GATEWAY_H_
