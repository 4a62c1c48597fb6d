#include "chat/rooms/user_table.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "chat/rooms/chat_session.h"
#include "chat/text/names.h"

namespace parley::chat {

size_t UserTable::Hash::operator()(absl::string_view folded) const {
  return absl::Hash<absl::string_view>()(folded);
}
size_t UserTable::Hash::operator()(const ChatSession* session) const {
  return (*this)(session->folded_name());
}
bool UserTable::Equal::operator()(const ChatSession* a, const ChatSession* b) const {
  return a->folded_name() == b->folded_name();
}
bool UserTable::Equal::operator()(const ChatSession* a, absl::string_view folded) const {
  return a->folded_name() == folded;
}

bool UserTable::Add(ChatSession& session) { return by_name_.insert(&session).second; }

void UserTable::Remove(const ChatSession& session) {
  const auto found = by_name_.find(session.folded_name());
  // Another session may have the same name by now only if this one was removed before.
  if (found != by_name_.end() && *found == &session) by_name_.erase(found);
}

ChatSession* UserTable::Find(absl::string_view name) const {
  const auto found = by_name_.find(absl::string_view(FoldName(name)));
  return found == by_name_.end() ? nullptr : *found;
}

std::vector<const ChatSession*> UserTable::Sorted(size_t most) const {
  std::vector<const ChatSession*> users(by_name_.begin(), by_name_.end());
  const size_t count = std::min(most, users.size());
  std::partial_sort(users.begin(), users.begin() + static_cast<std::ptrdiff_t>(count), users.end(),
                    [](const ChatSession* a, const ChatSession* b) {
                      return a->folded_name() < b->folded_name();
                    });
  users.resize(count);
  return users;
}

}  // namespace parley::chat
