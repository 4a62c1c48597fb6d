#include "chat/program/command_line.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace parley::chat {
namespace {

constexpr size_t kColumns = 80;
constexpr absl::string_view kIndentation = "      ";

using Flags = std::map<absl::string_view, absl::CommandLineFlag*>;  // by name

// Those that are defined in `source`, and not by a library.
Flags FlagsOf(absl::string_view source) {
  Flags own;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (!flag->IsRetired() && absl::EndsWith(source, flag->Filename())) own.emplace(name, flag);
  }
  return own;
}

std::string Wrapped(absl::string_view text) {
  std::string wrapped;
  size_t column = kColumns;
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    if (column + 1 + word.size() > kColumns) {
      absl::StrAppend(&wrapped, wrapped.empty() ? "" : "\n", kIndentation, word);
      column = kIndentation.size() + word.size();
    } else {
      absl::StrAppend(&wrapped, " ", word);
      column += 1 + word.size();
    }
  }
  return wrapped;
}

std::string Described(const absl::CommandLineFlag& flag) {
  const std::string standard = flag.DefaultValue();
  return absl::StrCat("  --", flag.Name(), standard.empty() ? "" : "=", standard, "\n",
                      Wrapped(flag.Help()), "\n");
}

std::string Help(const ProgramDescription& program) {
  std::string help = absl::StrCat(program.usage, "\n");
  Flags left = FlagsOf(program.source);
  for (const FlagGroup& group : program.groups) {
    absl::StrAppend(&help, "\n", group.title, ":\n");
    for (absl::string_view name : group.flags) {
      const auto found = left.find(name);
      if (found == left.end()) continue;
      help += Described(*found->second);
      left.erase(found);
    }
  }
  if (left.empty()) return help;
  absl::StrAppend(&help, program.groups.empty() ? "\nFlags:\n" : "\nOther flags:\n");
  for (const auto& [name, flag] : left) help += Described(*flag);
  return help;
}

[[noreturn]] void PrintAndExit(absl::string_view text) {
  const bool printed = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  std::exit(printed && std::fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

}  // namespace

std::vector<char*> ParseCommandLine(const ProgramDescription& program, int argc, char** argv) {
  for (int i = 1; i < argc && absl::string_view(argv[i]) != "--"; ++i) {
    const absl::string_view argument = argv[i];
    if (argument == "--help" || argument == "-help" || argument == "-h") {
      PrintAndExit(Help(program));
    }
    if (argument == "--version" || argument == "-version") {
      PrintAndExit(absl::StrCat(program.name, " ", PARLEY_VERSION, "\n"));
    }
  }
  absl::SetProgramUsageMessage(program.usage);
  return absl::ParseCommandLine(argc, argv);
}

}  // namespace parley::chat
