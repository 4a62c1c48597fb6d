#ifndef CHAT_TRANSPORT_ADMISSION_H_
#define CHAT_TRANSPORT_ADMISSION_H_

// Counts connections, in all and by address, says who may come in, and keeps the account of what
// each address has sent.
//
//   Admission::Entrance entrance = admission.Enter(peer, now);
//   if (entrance.refusal != Refusal::kNone) ...         // say it, and close
//   entrance.account->Charge(now, bytes);               // for each line, unless account is null
//   admission.Leave(entrance.account, now);
//
// Ownership: owns the accounts; one lives until its last connection has left and what it owes is
// paid, so that coming again does not clear it. Thread: any, with one time for all (now).

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "chat/transport/limits.h"
#include "reactor/base/clock.h"
#include "reactor/base/socket_address.h"

namespace parley::chat {

// What the connections of one address (SocketAddress::LimitKey) share.
class AddressAccount {
 public:
  AddressAccount(std::string key, uint32_t bytes_per_second)
      : key_(std::move(key)), bytes_per_second_(bytes_per_second) {}

  // Charges a line of so many bytes and returns when it may pass (rate.h). Lines pass in the order
  // in which they were charged, whichever connection and thread they are of: nobody is passed over.
  // No lock.
  TimePoint Charge(TimePoint now, size_t bytes);
  // Takes a charge back: the line was dropped before it was due.
  void Refund(size_t bytes);

 private:
  friend class Admission;
  TimePoint next_turn() const {
    return TimePoint(Duration(next_turn_.load(std::memory_order_relaxed)));
  }

  const std::string key_;
  const uint32_t bytes_per_second_;  // 0: no limit
  // Under the admission's lock:
  uint32_t connections_ = 0;
  bool owing_ = false;  // in the queue of those that were left with something to pay

  std::atomic<Duration::rep> next_turn_{0};  // nanoseconds of Now()
};

// Why somebody may not come in.
enum class Refusal : uint8_t {
  kNone,
  kServerFull,   // Limits::max_connections
  kAddressFull,  // Limits::max_connections_per_address
};

class Admission {
 public:
  explicit Admission(const Limits& limits)
      : max_connections_(limits.max_connections),
        max_per_address_(limits.max_connections_per_address),
        bytes_per_second_per_address_(limits.max_bytes_per_second_per_address) {}

  struct Entrance {
    Refusal refusal = Refusal::kNone;
    AddressAccount* account = nullptr;  // null when no limit needs one
  };
  // Lets a connection from `peer` in, or refuses it. Pair each that is let in with one Leave.
  Entrance Enter(const SocketAddress& peer, TimePoint now);
  void Leave(AddressAccount* account, TimePoint now);

  // Addresses that have an account.
  size_t accounts();

 private:
  AddressAccount* AccountOf(const SocketAddress& peer);
  void ForgetThePaid(TimePoint now);

  const uint32_t max_connections_;
  const uint32_t max_per_address_;
  const uint32_t bytes_per_second_per_address_;
  std::mutex mutex_;
  uint32_t connections_ = 0;
  // By the account's own key.
  absl::flat_hash_map<absl::string_view, std::unique_ptr<AddressAccount>> accounts_;
  std::deque<AddressAccount*> owing_;  // those that had no connection when they came in here
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_ADMISSION_H_
