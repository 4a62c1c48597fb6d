#include "bench/program_help.h"

#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"

namespace parley::bench {

void DescribeProgram(absl::string_view usage, absl::string_view source) {
  absl::SetProgramUsageMessage(usage);
  absl::FlagsUsageConfig config;
  // Abseil leaves the slash at the beginning of a file's name away.
  config.contains_help_flags = [source](absl::string_view file) {
    return absl::EndsWith(source, file);
  };
  absl::SetFlagsUsageConfig(config);
}

}  // namespace parley::bench
