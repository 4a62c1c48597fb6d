#include "chat/rooms/room_directory.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "chat/text/names.h"

namespace parley::chat {

RoomDirectory::RoomDirectory(EventSink& sink, History& history)
    : sink_(sink), history_(history), lobby_(&Make("lobby")) {}

ChatRoom& RoomDirectory::Make(std::string name) {
  if (free_ids_.empty()) free_ids_.push_back(++last_id_);
  const RoomId id = free_ids_.back();
  free_ids_.pop_back();
  auto room = std::make_unique<ChatRoom>(id, ++last_epoch_, std::move(name));
  ChatRoom& made = *room;
  rooms_.emplace(made.folded_name(), std::move(room));
  sink_.RoomOpened(id);
  return made;
}

ChatRoom* RoomDirectory::Find(absl::string_view name) {
  const auto found = rooms_.find(FoldName(name));
  return found == rooms_.end() ? nullptr : found->second.get();
}

ChatRoom& RoomDirectory::FindOrMake(std::string name) {
  if (ChatRoom* room = Find(name)) return *room;
  return Make(std::move(name));
}

void RoomDirectory::RemoveIfEmpty(ChatRoom& room) {
  if (&room == lobby_ || room.people() > 0) return;
  const RoomId id = room.id();
  // By iterator: the key must not be a reference into what is being destroyed.
  const auto found = rooms_.find(room.folded_name());
  rooms_.erase(found);
  history_.Forget(id);
  sink_.RoomClosed(id);
  free_ids_.push_back(id);
}

std::vector<const ChatRoom*> RoomDirectory::Sorted() const {
  std::vector<const ChatRoom*> rooms;
  for (const auto& [name, room] : rooms_) rooms.push_back(room.get());
  std::sort(rooms.begin(), rooms.end(), [this](const ChatRoom* a, const ChatRoom* b) {
    const auto key = [this](const ChatRoom* room) {
      return std::make_tuple(room != lobby_, -static_cast<int64_t>(room->people()));
    };
    return key(a) != key(b) ? key(a) < key(b) : a->folded_name() < b->folded_name();
  });
  return rooms;
}

}  // namespace parley::chat
