#ifndef TESTS_REACTOR_DENIED_CALL_H_
#define TESTS_REACTOR_DENIED_CALL_H_

// Makes a system call fail for the calling thread, from now on and for good, with a filter of its
// own (seccomp(2)): as in a kernel that lacks the call, or in a container that forbids it. Linux.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace parley {

// Any first argument is denied, or only this one. False where filters are not allowed.
inline constexpr uint32_t kAnyArgument = ~uint32_t{0};
inline bool DenyCall(uint32_t call, int error, uint32_t first_argument = kAnyArgument) {
  constexpr uint32_t kCall = offsetof(seccomp_data, nr);
  constexpr uint32_t kFirst = offsetof(seccomp_data, args);  // its lower half, little-endian
  const auto denial = static_cast<uint32_t>(SECCOMP_RET_ERRNO | (error & SECCOMP_RET_DATA));
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kCall),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFirst),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first_argument, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, denial),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  if (first_argument == kAnyArgument) steps[3] = BPF_STMT(BPF_JMP | BPF_JA, 0);
  const sock_fprog program{sizeof(steps) / sizeof(steps[0]), steps};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace parley

#endif  // TESTS_REACTOR_DENIED_CALL_H_
