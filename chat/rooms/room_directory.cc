#include "chat/rooms/room_directory.h"

#include <algorithm>
#include <tuple>

#include "chat/text/names.h"

namespace parley::chat {

RoomDirectory::RoomDirectory(Gateway& gateway) : gateway_(gateway) {
  auto lobby = std::make_unique<ChatRoom>(gateway_, "lobby");
  lobby_ = lobby.get();
  rooms_.emplace(lobby_->folded_name(), std::move(lobby));
}

ChatRoom* RoomDirectory::Find(absl::string_view name) {
  const auto found = rooms_.find(FoldName(name));
  return found == rooms_.end() ? nullptr : found->second.get();
}

absl::StatusOr<ChatRoom*> RoomDirectory::FindOrMake(absl::string_view name) {
  absl::StatusOr<std::string> checked = CheckName(name, "room name");
  if (!checked.ok()) return checked.status();
  if (ChatRoom* room = Find(*checked)) return room;
  auto room = std::make_unique<ChatRoom>(gateway_, *std::move(checked));
  ChatRoom* made = room.get();
  rooms_.emplace(made->folded_name(), std::move(room));
  return made;
}

void RoomDirectory::RemoveIfEmpty(ChatRoom& room) {
  if (&room == lobby_ || !room.people().empty()) return;
  // By iterator: the key must not be a reference into what is being destroyed.
  const auto found = rooms_.find(room.folded_name());
  rooms_.erase(found);
}

std::vector<const ChatRoom*> RoomDirectory::Sorted() const {
  std::vector<const ChatRoom*> rooms;
  for (const auto& [name, room] : rooms_) rooms.push_back(room.get());
  std::sort(rooms.begin(), rooms.end(), [this](const ChatRoom* a, const ChatRoom* b) {
    const auto key = [this](const ChatRoom* room) {
      return std::make_tuple(room != lobby_, -static_cast<int64_t>(room->people().size()));
    };
    return key(a) != key(b) ? key(a) < key(b) : a->folded_name() < b->folded_name();
  });
  return rooms;
}

}  // namespace parley::chat
