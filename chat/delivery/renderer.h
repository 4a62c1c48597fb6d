#ifndef CHAT_DELIVERY_RENDERER_H_
#define CHAT_DELIVERY_RENDERER_H_

// Makes the bytes of one profile out of events and outcomes. Without state: the same event and
// rendering give the same bytes, so an event is rendered once for each rendering that is present in
// its room, however many people there are.
//
// What is appended is whole messages of the profile's framing; nothing appended means that this
// rendering shows nothing. Thread: the main thread, but for Skipped, which is called on I/O
// threads. Errors: none.

#include <cstdint>
#include <string>

#include "chat/delivery/rendering.h"
#include "chat/rooms/outcome.h"
#include "chat/rooms/room_event.h"

namespace parley::chat {

class Renderer {
 public:
  virtual ~Renderer() = default;

  virtual void Render(const RoomEvent& event, const Rendering& rendering,
                      std::string& out) const = 0;
  virtual void Render(const Outcome& outcome, const Rendering& rendering,
                      std::string& out) const = 0;
  // What somebody reads in place of so many messages of a room, who reads too slowly.
  virtual void Skipped(uint64_t messages, const Rendering& rendering, std::string& out) const = 0;
  // Whether a person reads what they did themselves.
  virtual bool ActorHears(RoomEvent::Kind kind) const = 0;
};

}  // namespace parley::chat

#endif  // CHAT_DELIVERY_RENDERER_H_
