#include "reactor/engine/engine_list.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "reactor/base/log.h"

namespace parley {

absl::StatusOr<std::unique_ptr<Engine>> MakeEngine(absl::string_view name) {
  absl::string_view blamed;  // in an error, where the caller did not choose the name
  if (name.empty() || name == "auto") {
    const char* forced = std::getenv("PARLEY_ENGINE");
    const bool is_forced = forced != nullptr && *forced != '\0';
    name = is_forced ? absl::string_view(forced) : "auto";
    if (is_forced) blamed = "PARLEY_ENGINE: ";
  }
  const std::span<const EngineEntry> engines = BuiltEngines();
  if (name == "auto") return engines.front().make();
  for (const EngineEntry& engine : engines) {
    if (name != engine.name) continue;
    absl::StatusOr<std::unique_ptr<Engine>> made = engine.make();
    if (made.ok() || &engine == &engines.front()) return made;
    Log(Severity::kWarning,
        absl::StrCat("engine ", name, " cannot be used here (", made.status().message(),
                     "); using ", engines.front().name));
    return engines.front().make();
  }
  const auto name_of = [](std::string* out, const EngineEntry& engine) {
    absl::StrAppend(out, engine.name);
  };
  return absl::InvalidArgumentError(
      absl::StrCat(blamed, "unknown engine \"", name, "\"; this build has auto, ",
                   absl::StrJoin(engines.begin(), engines.end(), ", ", name_of)));
}

}  // namespace parley
