#ifndef CHAT_ROOMS_HISTORY_H_
#define CHAT_ROOMS_HISTORY_H_

// What happened in the rooms lately, in memory, by (room, epoch, seq): for reviewing, for pages
// that scroll back, for those who come back after a lost connection.
//
//   history.Add(event);
//   history.ForEachSince(room, epoch, seq, [](const RoomEvent& event) { ... });
//
// Limits: kEventsPerRoom events of each room and kMaxBytes in all; over either, the oldest go first
// (of that room, or of all rooms). A room that is closed takes its events along. Units: bytes of
// text and names, with what keeping an event costs. Views that are handed out are good during the
// call. Thread: the main thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "chat/rooms/room_event.h"

namespace parley::chat {

class History {
 public:
  static constexpr size_t kEventsPerRoom = 200;
  static constexpr size_t kMaxBytes = size_t{16} * 1024 * 1024;

  explicit History(size_t max_bytes = kMaxBytes) : max_bytes_(max_bytes) {}

  // Events of a room come in the order of their numbers, without a gap.
  void Add(const RoomEvent& event);
  void Forget(RoomId room);

  // The events behind `seq` that are still held, oldest first. Nothing where the room's epoch is
  // another one.
  void ForEachSince(RoomId room, uint32_t epoch, uint64_t seq,
                    absl::FunctionRef<void(const RoomEvent&)> visit) const;
  // The number of the oldest event that is held; 0 where none is.
  uint64_t OldestSeq(RoomId room) const;
  size_t bytes() const { return bytes_; }

 private:
  // An event with its views' bytes: name and text, one behind the other.
  struct Stored {
    RoomEvent event;
    std::string bytes;
    size_t name_size = 0;

    void Assign(const RoomEvent& from);
    RoomEvent View() const;
    size_t cost() const { return sizeof(Stored) + bytes.capacity(); }
  };
  // A ring of at most kEventsPerRoom; it grows to that as events come.
  struct RoomPast {
    std::vector<Stored> ring;
    size_t first = 0;  // place of the oldest
    size_t count = 0;
    const Stored& At(size_t index) const { return ring[(first + index) % ring.size()]; }
  };
  struct Place {
    RoomId room;
    uint32_t epoch;
    uint64_t seq;
  };

  void DropOldest(RoomPast& past);
  void DropOldestOfAll();

  const size_t max_bytes_;
  std::vector<RoomPast> rooms_;  // by room id
  // Every event in the order of adding, those that are gone already included: whose turn it is when
  // there are too many bytes.
  std::deque<Place> order_;
  size_t events_ = 0;
  size_t bytes_ = 0;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_HISTORY_H_
