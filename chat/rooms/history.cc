#include "chat/rooms/history.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "reactor/base/check.h"

namespace parley::chat {
namespace {

// Bytes of a chunk: few for a room in which little has happened. An event that is larger has a
// chunk of its own size.
constexpr size_t kSmallestChunk = 256;
constexpr size_t kLargestChunk = 4096;

// This part of the limit is made free at once, so that looking for the oldest of all is rare.
constexpr size_t kFreedPart = 64;

}  // namespace

void History::Chunk::Append(const void* from, size_t count) {
  if (count > 0) std::memcpy(bytes.get() + size, from, count);
  size += static_cast<uint32_t>(count);
}

History::Record History::RecordAt(const Chunk& chunk, size_t place) {
  Record record;
  std::memcpy(&record, chunk.bytes.get() + place, sizeof record);
  return record;
}

void History::Add(const RoomEvent& event) {
  if (event.room >= rooms_.size()) rooms_.resize(event.room + 1);
  RoomPast& past = rooms_[event.room];
  if (past.count == 0) {
    past.first_seq = event.seq;
    past.epoch = event.epoch;
  }
  PARLEY_CHECK(event.seq == past.first_seq + past.count, event.seq, past.first_seq, past.count);
  PARLEY_CHECK(event.epoch == past.epoch, event.epoch, past.epoch);
  if (past.count == kEventsPerRoom) DropOldest(past);
  const Record record{.serial = ++last_serial_,
                      .time = event.time,
                      .profile = event.actor.profile,
                      .name_size = static_cast<uint32_t>(event.actor.name.size()),
                      .text_size = static_cast<uint32_t>(event.text.size()),
                      .people = event.people,
                      .kind = event.kind};
  if (past.chunks.empty() || past.chunks.back().room() < record.size()) {
    StartChunk(past, record.size());
  }
  Chunk& chunk = past.chunks.back();
  chunk.Append(&record, sizeof record);
  chunk.Append(event.actor.name.data(), record.name_size);
  chunk.Append(event.text.data(), record.text_size);
  ++past.count;
  if (bytes_ > max_bytes_) DropOldestOfAll();
}

void History::StartChunk(RoomPast& past, size_t needed) {
  size_t capacity = kSmallestChunk;
  if (!past.chunks.empty()) {
    capacity = std::min<size_t>(2 * size_t{past.chunks.back().capacity}, kLargestChunk);
  }
  capacity = std::max(capacity, needed);
  past.chunks.push_back({.bytes = std::make_unique_for_overwrite<char[]>(capacity),
                         .capacity = static_cast<uint32_t>(capacity)});
  bytes_ += capacity;
}

void History::DropOldest(RoomPast& past) {
  const Chunk& first = past.chunks.front();
  past.front += RecordAt(first, past.front).size();
  ++past.first_seq;
  --past.count;
  if (past.front < first.size) return;
  bytes_ -= first.capacity;
  past.chunks.erase(past.chunks.begin());
  past.front = 0;
}

void History::DropOldestOfAll() {
  // Each room that has events, the one with the oldest of all on top.
  using SerialAndRoom = std::pair<uint64_t, RoomPast*>;
  std::priority_queue<SerialAndRoom, std::vector<SerialAndRoom>, std::greater<>> by_age;
  const auto enqueue = [&by_age](RoomPast& past) {
    if (past.count > 0) by_age.emplace(RecordAt(past.chunks[0], past.front).serial, &past);
  };
  for (RoomPast& past : rooms_) enqueue(past);
  while (bytes_ > max_bytes_ - max_bytes_ / kFreedPart && !by_age.empty()) {
    RoomPast& past = *by_age.top().second;
    by_age.pop();
    DropOldest(past);
    enqueue(past);
  }
}

void History::Forget(RoomId room) {
  if (room >= rooms_.size()) return;
  for (const Chunk& chunk : rooms_[room].chunks) bytes_ -= chunk.capacity;
  rooms_[room] = RoomPast();
}

void History::ForEachSince(RoomId room, uint32_t epoch, uint64_t seq,
                           absl::FunctionRef<void(const RoomEvent&)> visit) const {
  if (room >= rooms_.size() || rooms_[room].epoch != epoch) return;
  const RoomPast& past = rooms_[room];
  uint64_t at_seq = past.first_seq;
  size_t place = past.front;
  for (const Chunk& chunk : past.chunks) {
    while (place < chunk.size) {
      const Record record = RecordAt(chunk, place);
      const char* const name = chunk.bytes.get() + place + sizeof record;
      if (at_seq > seq) {
        visit({.kind = record.kind,
               .room = room,
               .epoch = epoch,
               .seq = at_seq,
               .time = record.time,
               .actor = {.name = {name, record.name_size}, .profile = record.profile},
               .text = {name + record.name_size, record.text_size},
               .people = record.people});
      }
      ++at_seq;
      place += record.size();
    }
    place = 0;
  }
}

uint64_t History::OldestSeq(RoomId room) const {
  if (room >= rooms_.size() || rooms_[room].count == 0) return 0;
  return rooms_[room].first_seq;
}

}  // namespace parley::chat
