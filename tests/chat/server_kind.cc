#include "tests/chat/server_kind.h"

#include "absl/strings/str_cat.h"
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

}  // namespace parley::chat
