#ifndef REACTOR_ENGINE_ENGINE_LIST_H_
#define REACTOR_ENGINE_ENGINE_LIST_H_

// The engines that this build has, by name. The list is written by the build (parley_add_engine in
// reactor/CMakeLists.txt), so that no source file has to know which platform it is on.

#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reactor/engine/engine.h"

namespace parley {

struct EngineEntry {
  const char* name;
  absl::StatusOr<std::unique_ptr<Engine>> (*make)();
};

// In order of preference: the first is what "auto" takes.
std::span<const EngineEntry> BuiltEngines();

// Makes the engine called `name`, or the preferred one for "auto" or "". The environment variable
// PARLEY_ENGINE, where it is set, decides instead of "auto". An engine that this build lacks is an error
// that names those it has, and the variable if that asked for it; one that the kernel forbids is
// replaced, with a line in the log, by the preferred one.
absl::StatusOr<std::unique_ptr<Engine>> MakeEngine(absl::string_view name);

}  // namespace parley

#endif  // REACTOR_ENGINE_ENGINE_LIST_H_
