#ifndef BENCH_COUNTS_STILL_CLOCK_H_
#define BENCH_COUNTS_STILL_CLOCK_H_

// Time for a program whose instructions are counted: it stands still until it is told to go on, so
// that how long a run took decides nothing in it. The program's clock_gettime(2) takes the place of
// the C library's, so std::chrono's clocks show this time too. Thread: one.

#include "reactor/base/clock.h"

namespace parley::bench {

void LetTimePass(Duration duration);

}  // namespace parley::bench

#endif  // BENCH_COUNTS_STILL_CLOCK_H_
