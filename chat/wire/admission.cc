#include "chat/wire/admission.h"

#include "absl/strings/str_cat.h"

namespace parley::chat {

std::string Admission::Enter(const std::string& address) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (max_connections_ != 0 && connections_ >= max_connections_) {
    return absl::StrCat("The server is full (", max_connections_,
                        max_connections_ == 1 ? " connection" : " connections",
                        "). Please try again later.");
  }
  if (max_per_address_ != 0) {
    uint32_t& count = by_address_[address];
    if (count >= max_per_address_) {
      return absl::StrCat("Too many connections from your address (at most ", max_per_address_,
                          ").");
    }
    ++count;
  }
  ++connections_;
  return "";
}

void Admission::Leave(const std::string& address) {
  const std::lock_guard<std::mutex> lock(mutex_);
  --connections_;
  if (max_per_address_ == 0) return;
  const auto found = by_address_.find(address);
  if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
}

}  // namespace parley::chat
