#include "chat/transport/make_gateway.h"

#include "chat/transport/shard.h"
#include "chat/transport/threaded_gateway.h"

namespace parley::chat {

std::unique_ptr<Gateway> MakeGateway(Reactor& reactor, uint32_t threads, const Limits& limits,
                                     Admission& admission) {
  if (threads == 1) return std::make_unique<Shard>(reactor, 0, limits, admission);
  return std::make_unique<ThreadedGateway>(reactor, threads, limits, admission);
}

}  // namespace parley::chat
