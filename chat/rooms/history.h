#ifndef CHAT_ROOMS_HISTORY_H_
#define CHAT_ROOMS_HISTORY_H_

// What happened in the rooms lately, in memory, by (room, epoch, seq): for reviewing, for pages
// that scroll back, for those who come back after a lost connection.
//
//   history.Add(event);
//   history.ForEachSince(room, epoch, seq, [](const RoomEvent& event) { ... });
//
// Limits: kEventsPerRoom events of each room and kMaxBytes in all; over either, the oldest go first
// (of that room, or of all rooms, until a sixty-fourth of the limit is free); an event that is
// larger than the limit is not kept. A room that is closed takes its events along. Units: bytes of
// memory that events are kept in. Views that are handed out are good during the call. Thread: the
// main thread.
//
// Every line of the chat comes by here, so that an event costs no allocation of its own: a room
// keeps its events one behind the other in chunks, and gives back a chunk when its last event goes.

#include <cstddef>
#include <cstdint>
#include <memory>
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
  // What stands before an event's bytes, which are its actor's name and its text.
  struct Record {
    uint64_t serial;  // counts what was added, of all rooms
    TimePoint time;
    const Profile* profile;
    uint32_t name_size;
    uint32_t text_size;
    uint32_t people;
    RoomEvent::Kind kind;

    size_t size() const { return sizeof(Record) + name_size + text_size; }
  };
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    uint32_t capacity = 0;
    uint32_t size = 0;  // of it used

    size_t room() const { return capacity - size; }
    void Append(const void* from, size_t count);
  };
  struct RoomPast {
    std::vector<Chunk> chunks;  // none is empty
    size_t front = 0;           // where the oldest event begins, in the first chunk
    uint64_t first_seq = 0;     // of the oldest event; the others follow without a gap
    uint32_t epoch = 0;
    uint32_t count = 0;
  };

  void StartChunk(RoomPast& past, size_t needed);
  void DropOldest(RoomPast& past);
  void DropOldestOfAll();
  static Record RecordAt(const Chunk& chunk, size_t place);

  const size_t max_bytes_;
  std::vector<RoomPast> rooms_;  // by room id
  uint64_t last_serial_ = 0;
  size_t bytes_ = 0;  // capacity of all chunks
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_HISTORY_H_
