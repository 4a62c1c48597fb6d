#ifndef CHAT_ROOMS_ROOM_DIRECTORY_H_
#define CHAT_ROOMS_ROOM_DIRECTORY_H_

// The rooms there are, by folded name. The lobby is always there; any other room comes with the
// first person who joins it and goes with the last who leaves. Not thread-safe.

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "chat/rooms/chat_room.h"
#include "chat/rooms/event_sink.h"
#include "chat/rooms/history.h"

namespace parley::chat {

class RoomDirectory {
 public:
  RoomDirectory(EventSink& sink, History& history);

  ChatRoom& lobby() { return *lobby_; }
  // The room of this name in any case; null when there is none.
  ChatRoom* Find(absl::string_view name);
  // The room of this name, which is checked; made if need be.
  ChatRoom& FindOrMake(std::string name);
  void RemoveIfEmpty(ChatRoom& room);

  size_t size() const { return rooms_.size(); }
  // The lobby first, then the others with the most people first.
  std::vector<const ChatRoom*> Sorted() const;

 private:
  ChatRoom& Make(std::string name);

  EventSink& sink_;
  History& history_;
  absl::flat_hash_map<std::string, std::unique_ptr<ChatRoom>> rooms_;
  RoomId last_id_ = 0;
  std::vector<RoomId> free_ids_;
  uint32_t last_epoch_ = 0;
  ChatRoom* lobby_;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_ROOM_DIRECTORY_H_
