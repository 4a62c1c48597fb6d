#ifndef REACTOR_BASE_DESCRIPTOR_LIMIT_H_
#define REACTOR_BASE_DESCRIPTOR_LIMIT_H_

#include <cstdint>

namespace parley {

// Raises this process's limit on open files (RLIMIT_NOFILE, getrlimit(2)) to the most that it may have,
// and returns what it is now.
uint64_t RaiseDescriptorLimit();

}  // namespace parley

#endif  // REACTOR_BASE_DESCRIPTOR_LIMIT_H_
