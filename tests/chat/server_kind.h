#ifndef TESTS_CHAT_SERVER_KIND_H_
#define TESTS_CHAT_SERVER_KIND_H_

// The kinds of server that the tests talk to: an engine, and one thread or more. A server is made
// of the parts that are made here, as parleyd makes them.
//
//   EngineUnderTest engine(kind.engine);
//   std::unique_ptr<Reactor> reactor = MakeReactor(engine);
//   std::unique_ptr<Gateway> gateway = MakeGateway(*reactor, kind.threads, limits, admission);

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "reactor/loop/reactor.h"
#include "tests/simulated/engine_under_test.h"

namespace parley::chat {

struct ServerKind {
  std::string engine;
  uint32_t threads = 1;

  std::string Name() const;
  friend void PrintTo(const ServerKind& kind, std::ostream* out) { *out << kind.Name(); }
};

// On the machine's own sockets, for a test that has to do with another process or thread.
std::vector<ServerKind> ServerKinds();
// Those and the simulated one.
std::vector<ServerKind> EveryServerKind();

// With as many descriptors as the process may have. Does not outlive the engine.
std::unique_ptr<Reactor> MakeReactor(EngineUnderTest& engine);

}  // namespace parley::chat

#endif  // TESTS_CHAT_SERVER_KIND_H_
