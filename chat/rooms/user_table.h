#ifndef CHAT_ROOMS_USER_TABLE_H_
#define CHAT_ROOMS_USER_TABLE_H_

// Who is logged in, by name. Names are unique when folded (FoldName): "Dave" and "dave" are one
// name, shown as its owner typed it. Not thread-safe. Does not own sessions.

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace parley::chat {

class ChatSession;

class UserTable {
 public:
  // Puts in a session under its name. False when the name is taken.
  bool Add(ChatSession& session);
  // Harmless for a session that is not in.
  void Remove(const ChatSession& session);
  // The session of this name in any case; null when nobody has it.
  ChatSession* Find(absl::string_view name) const;

  size_t size() const { return by_name_.size(); }
  // In the order of their folded names, at most `most`.
  std::vector<const ChatSession*> Sorted(size_t most) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(absl::string_view folded) const;
    size_t operator()(const ChatSession* session) const;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const ChatSession* a, const ChatSession* b) const;
    bool operator()(const ChatSession* a, absl::string_view folded) const;
    bool operator()(absl::string_view folded, const ChatSession* b) const {
      return (*this)(b, folded);
    }
  };
  absl::flat_hash_set<ChatSession*, Hash, Equal> by_name_;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_USER_TABLE_H_
