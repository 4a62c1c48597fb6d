#ifndef CHAT_WIRE_ADMISSION_H_
#define CHAT_WIRE_ADMISSION_H_

// Counts connections, in all and by address, and says who may come in. Any thread.

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "chat/wire/limits.h"

namespace parley::chat {

class Admission {
 public:
  explicit Admission(const Limits& limits)
      : max_connections_(limits.max_connections),
        max_per_address_(limits.max_connections_per_address) {}

  bool counts_addresses() const { return max_per_address_ != 0; }

  // Lets a connection from `address` (a SocketAddress::LimitKey) in and returns "", or returns the
  // sentence that refuses it. Who was let in calls Leave once.
  std::string Enter(const std::string& address);
  void Leave(const std::string& address);

 private:
  const uint32_t max_connections_;
  const uint32_t max_per_address_;
  std::mutex mutex_;
  uint32_t connections_ = 0;
  absl::flat_hash_map<std::string, uint32_t> by_address_;
};

}  // namespace parley::chat

#endif  // CHAT_WIRE_ADMISSION_H_
