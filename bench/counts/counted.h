#ifndef BENCH_COUNTS_COUNTED_H_
#define BENCH_COUNTS_COUNTED_H_

// What of a run is counted: the server's work in user space, and not that of the people around it.
// counts.py tells callgrind the names of these two functions. It counts what is executed inside
// Counted; when EndPhase returns it writes down what it has counted and begins anew. Without
// callgrind they are plain calls.

#include "absl/functional/function_ref.h"

namespace parley::bench {

void Counted(absl::FunctionRef<void()> work);
void EndPhase();

}  // namespace parley::bench

#endif  // BENCH_COUNTS_COUNTED_H_
