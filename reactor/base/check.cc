#include "reactor/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace parley {

void CheckFailed(const char* file, int line, absl::string_view condition,
                 absl::string_view values) {
  std::fprintf(stderr, "%s:%d: invariant does not hold: %.*s", file, line,
               static_cast<int>(condition.size()), condition.data());
  if (!values.empty()) {
    std::fprintf(stderr, " [%.*s]", static_cast<int>(values.size()), values.data());
  }
  std::fputc('\n', stderr);
  std::abort();
}

}  // namespace parley
