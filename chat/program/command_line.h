#ifndef CHAT_PROGRAM_COMMAND_LINE_H_
#define CHAT_PROGRAM_COMMAND_LINE_H_

// What the programs of this folder do alike with their command line. --help (or -h) lists the
// program's own flags and --version says which this is; both print to standard output, and the
// process ends with 0. Everything else is Abseil's: a flag that is unknown or has a bad value is a
// sentence on standard error that names it, and exit code 1.
//
//   const std::vector<char*> rest = ParseCommandLine(
//       {.name = "parley", .usage = "...", .source = __FILE__}, argc, argv);
//
// Thread: the main thread, before others are started.

#include <vector>

#include "absl/strings/string_view.h"

namespace parley::chat {

// Flags that --help lists together, in this order.
struct FlagGroup {
  absl::string_view title;
  std::vector<absl::string_view> flags;
};

struct ProgramDescription {
  absl::string_view name;
  absl::string_view usage;   // how it is called, and what it is
  absl::string_view source;  // the file with its ABSL_FLAG lines: __FILE__
  // Flags that stand in none are listed last.
  std::vector<FlagGroup> groups = {};
};

// The arguments that are no flags, with the program's name in front.
std::vector<char*> ParseCommandLine(const ProgramDescription& program, int argc, char** argv);

}  // namespace parley::chat

#endif  // CHAT_PROGRAM_COMMAND_LINE_H_
