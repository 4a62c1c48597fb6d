#ifndef BENCH_NO_LIMITS_H_
#define BENCH_NO_LIMITS_H_

// The limits of a chat server that is measured: none that its load could run into.

#include "chat/transport/limits.h"

namespace parley::bench {

inline chat::Limits NoLimits() {
  chat::Limits limits;
  limits.max_lines_per_second = 0;
  limits.max_bytes_per_second = 0;
  limits.max_bytes_per_second_per_address = 0;
  limits.login_deadline = Duration::zero();
  return limits;
}

}  // namespace parley::bench

#endif  // BENCH_NO_LIMITS_H_
