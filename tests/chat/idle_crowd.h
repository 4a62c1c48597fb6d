#ifndef TESTS_CHAT_IDLE_CROWD_H_
#define TESTS_CHAT_IDLE_CROWD_H_

// Thousands of clients in a process of their own, so that their memory and descriptors are not the
// server's: each connects, sends one line, reads whatever comes and says no more.
//
//   IdleCrowd crowd;                       // before the process has threads
//   crowd.Come(port, 10'000, "login u");   // "login u0\n", "login u1\n" ...
//
// The destructor ends the process, and with it every connection.

#include <sys/types.h>

#include <cstdint>

#include "absl/strings/string_view.h"
#include "reactor/base/unique_fd.h"

namespace parley::chat {

class IdleCrowd {
 public:
  IdleCrowd();
  ~IdleCrowd();
  IdleCrowd(const IdleCrowd&) = delete;
  IdleCrowd& operator=(const IdleCrowd&) = delete;

  // Begins so many connections to this port of the loopback. With an empty `line` they send
  // nothing.
  void Come(uint16_t port, uint32_t count, absl::string_view line);

 private:
  UniqueFd orders_;
  pid_t process_ = -1;
};

}  // namespace parley::chat

#endif  // TESTS_CHAT_IDLE_CROWD_H_
