#ifndef BENCH_PROGRAM_HELP_H_
#define BENCH_PROGRAM_HELP_H_

// What a program of this folder says to --help: `usage`, then the flags that its own source
// defines. Abseil looks for those in a source with the name of the program, and ours have other
// names.
//
//   DescribeProgram("Loads a line server ...", __FILE__);
//
// To be called once, before absl::ParseCommandLine.

#include "absl/strings/string_view.h"

namespace parley::bench {

// `source` is the file with the ABSL_FLAG lines; the text must stay.
void DescribeProgram(absl::string_view usage, absl::string_view source);

}  // namespace parley::bench

#endif  // BENCH_PROGRAM_HELP_H_
