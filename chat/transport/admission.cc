#include "chat/transport/admission.h"

#include <algorithm>

#include "chat/transport/rate.h"

namespace parley::chat {
namespace {

// Accounts that are looked at whenever somebody comes or goes. More than one, so that they are
// forgotten faster than new ones can come.
constexpr int kLooks = 2;

}  // namespace

TimePoint AddressAccount::Charge(TimePoint now, size_t bytes) {
  if (bytes_per_second_ == 0) return now;
  const Duration cost = CostOf(bytes, bytes_per_second_);
  Duration::rep seen = next_turn_.load(std::memory_order_relaxed);
  TimePoint next;
  TimePoint due;
  do {
    next = TimePoint(Duration(seen));
    due = TakeTurn(next, now, cost);
  } while (!next_turn_.compare_exchange_weak(seen, next.time_since_epoch().count(),
                                             std::memory_order_relaxed));
  return due;
}

void AddressAccount::Refund(size_t bytes) {
  if (bytes_per_second_ == 0) return;
  next_turn_.fetch_sub(CostOf(bytes, bytes_per_second_).count(), std::memory_order_relaxed);
}

Admission::Entrance Admission::Enter(const SocketAddress& peer, TimePoint now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ForgetThePaid(now);
  if (max_connections_ != 0 && connections_ >= max_connections_) {
    return {Refusal::kServerFull};
  }
  AddressAccount* account = AccountOf(peer);
  if (account != nullptr) {
    if (max_per_address_ != 0 && account->connections_ >= max_per_address_) {
      return {Refusal::kAddressFull};
    }
    ++account->connections_;
  }
  ++connections_;
  return {Refusal::kNone, account};
}

void Admission::Leave(AddressAccount* account, TimePoint now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ForgetThePaid(now);
  --connections_;
  if (account == nullptr || --account->connections_ > 0 || account->owing_) return;
  if (account->next_turn() <= now) {
    accounts_.erase(account->key_);
  } else {
    account->owing_ = true;
    owing_.push_back(account);
  }
}

size_t Admission::accounts() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return accounts_.size();
}

AddressAccount* Admission::AccountOf(const SocketAddress& peer) {
  // Everybody behind a unix socket has the same address: no rate can be meant for it.
  const uint32_t rate = peer.is_unix() ? 0 : bytes_per_second_per_address_;
  if (rate == 0 && max_per_address_ == 0) return nullptr;
  std::string key = peer.LimitKey();
  if (const auto found = accounts_.find(key); found != accounts_.end()) return found->second.get();
  auto account = std::make_unique<AddressAccount>(std::move(key), rate);
  AddressAccount* const made = account.get();
  accounts_.emplace(made->key_, std::move(account));
  return made;
}

void Admission::ForgetThePaid(TimePoint now) {
  for (int looks = 0; looks < kLooks && !owing_.empty(); ++looks) {
    AddressAccount* const account = owing_.front();
    owing_.pop_front();
    if (account->connections_ > 0) {
      account->owing_ = false;
    } else if (account->next_turn() <= now) {
      accounts_.erase(account->key_);
    } else {
      owing_.push_back(account);
    }
  }
}

}  // namespace parley::chat
