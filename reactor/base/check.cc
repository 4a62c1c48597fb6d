#include "reactor/base/check.h"

#include <cstdlib>

#include "reactor/base/log_writer.h"

namespace parley {

void CheckFailed(const char* file, int line, absl::string_view condition,
                 absl::string_view values) {
  LogWriter::WriteLastWords(absl::StrCat(file, ":", line, ": invariant does not hold: ", condition,
                                         values.empty() ? "" : " [", values,
                                         values.empty() ? "" : "]"));
  std::abort();
}

}  // namespace parley
