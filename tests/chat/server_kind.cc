#include "tests/chat/server_kind.h"

#include "absl/strings/str_cat.h"
#include "chat/transport/shard.h"
#include "chat/transport/threaded_gateway.h"
#include "reactor/base/check.h"
#include "reactor/base/descriptor_limit.h"

namespace parley::chat {

std::string ServerKind::Name() const {
  return threads == 1 ? engine : absl::StrCat(engine, "_", threads, "_threads");
}

std::vector<ServerKind> ServerKinds() {
  std::vector<ServerKind> kinds;
  for (const std::string& engine : EngineNames()) {
    kinds.push_back({engine, 1});
    kinds.push_back({engine, 2});
  }
  return kinds;
}

std::vector<ServerKind> EveryServerKind() {
  std::vector<ServerKind> kinds = ServerKinds();
  kinds.push_back({kSimulated, 1});
  return kinds;
}

std::unique_ptr<Reactor> MakeReactor(EngineUnderTest& engine) {
  RaiseDescriptorLimit();
  return engine.MakeReactor();
}

std::unique_ptr<Gateway> MakeGateway(const ServerKind& kind, Reactor& reactor, const Limits& limits,
                                     Admission& admission) {
  if (kind.threads == 1) return std::make_unique<Shard>(reactor, 0, limits, admission);
  return std::make_unique<ThreadedGateway>(reactor, kind.threads, limits, admission);
}

}  // namespace parley::chat
