#ifndef BENCH_SOCKET_PAIR_H_
#define BENCH_SOCKET_PAIR_H_

// Two ends of a unix stream that do not block: a person's, and that of a server in the same process.

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "reactor/base/check.h"
#include "reactor/base/unique_fd.h"

namespace parley::bench {

inline std::pair<UniqueFd, UniqueFd> MakeSocketPair() {
  int ends[2] = {-1, -1};
  PARLEY_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0,
               errno);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace parley::bench

#endif  // BENCH_SOCKET_PAIR_H_
