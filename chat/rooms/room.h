#ifndef CHAT_ROOMS_ROOM_H_
#define CHAT_ROOMS_ROOM_H_

// Where a session is, and therefore what it can do. A session is always in a room, and only of chat
// rooms in more than one; ChatSession pairs Entered and Left.

#include <string>
#include <utility>

#include "chat/rooms/command_handler.h"
#include "chat/rooms/room_event.h"

namespace parley::chat {

class Room : public CommandHandler {
 public:
  // Of a room in which people talk; 0, and empty, of any other.
  RoomId id() const { return id_; }
  const std::string& name() const { return name_; }

  virtual void Entered(Chat& chat, ChatSession& session) = 0;
  virtual void Left(Chat& chat, ChatSession& session) = 0;

 protected:
  Room() = default;
  Room(RoomId id, std::string name) : id_(id), name_(std::move(name)) {}

 private:
  const RoomId id_ = 0;
  const std::string name_;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_ROOM_H_
