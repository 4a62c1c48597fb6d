#include "bench/counts/counted.h"

namespace parley::bench {

// In a file of their own, so that no compiler puts them into their callers.

void Counted(absl::FunctionRef<void()> work) { work(); }
void EndPhase() {}

}  // namespace parley::bench
