#ifndef CHAT_ROOMS_ROOM_EVENT_H_
#define CHAT_ROOMS_ROOM_EVENT_H_

// What happened in a room, without a byte format: a renderer makes bytes of it for those who are
// there (renderer.h), and the history keeps it (history.h).
//
// A room numbers its events from 1 on. Numbers start again when a room is made again under the same
// name; the epoch tells the two apart. A person who is left out of an event sees a gap in the
// numbers, which is no loss. Lifetime: the views are good during the call. Thread: the main thread.

#include <cstdint>

#include "absl/strings/string_view.h"
#include "reactor/base/clock.h"

namespace parley::chat {

// Names a room for as long as it is there; small, and used again. 0 names none.
using RoomId = uint32_t;

struct Profile;

// Who did it, as others may show them.
struct Actor {
  absl::string_view name;
  const Profile* profile = nullptr;  // how this person speaks; outlives every event
  // The address without a port, of people of a profile that shows it (Profile::shows_address) to its
  // own people; the history does not keep it.
  absl::string_view host;
};

struct RoomEvent {
  enum class Kind : uint8_t {
    kSaid,      // text
    kActed,     // text: what the actor does
    kEntered,   //
    kLeft,      //
    kTopicSet,  // text; empty: removed
  };

  Kind kind = Kind::kSaid;
  RoomId room = 0;
  uint32_t epoch = 0;
  uint64_t seq = 0;
  TimePoint time;
  Actor actor;
  absl::string_view text;
  uint32_t people = 0;  // in the room, once it has happened
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_ROOM_EVENT_H_
