#include "chat/rooms/history.h"

#include <algorithm>

#include "reactor/base/check.h"

namespace parley::chat {
namespace {

constexpr size_t kSmallText = 256;  // bytes that are not worth giving back

}  // namespace

void History::Stored::Assign(const RoomEvent& from) {
  event = from;
  // Its memory is used again, unless that is far more than is needed: what is held is bounded.
  const size_t needed = from.actor.name.size() + from.text.size();
  if (bytes.capacity() > 2 * needed + kSmallText) std::string().swap(bytes);
  bytes.clear();
  bytes.append(from.actor.name.data(), from.actor.name.size());
  bytes.append(from.text.data(), from.text.size());
  name_size = from.actor.name.size();
}

RoomEvent History::Stored::View() const {
  const absl::string_view all = bytes;
  RoomEvent view = event;
  view.actor.name = all.substr(0, name_size);
  view.actor.host = {};
  view.text = all.substr(name_size);
  return view;
}

void History::Add(const RoomEvent& event) {
  if (event.room >= rooms_.size()) rooms_.resize(event.room + 1);
  RoomPast& past = rooms_[event.room];
  if (past.count > 0) {
    const uint64_t last = past.At(past.count - 1).event.seq;
    PARLEY_CHECK(event.seq == last + 1, event.seq, last);
  }
  if (past.count == kEventsPerRoom) DropOldest(past);
  if (past.count == past.ring.size()) {
    // The ring is full and may grow: its oldest is brought to its beginning first.
    std::rotate(past.ring.begin(), past.ring.begin() + static_cast<std::ptrdiff_t>(past.first),
                past.ring.end());
    past.first = 0;
    past.ring.emplace_back();
  }
  Stored& stored = past.ring[(past.first + past.count) % past.ring.size()];
  stored.Assign(event);
  ++past.count;
  ++events_;
  bytes_ += stored.cost();
  order_.push_back({event.room, event.epoch, event.seq});
  while (bytes_ > max_bytes_) DropOldestOfAll();
  // Places of events that are gone are left behind by rooms that drop their own oldest.
  while (order_.size() > 2 * events_ + kEventsPerRoom) {
    std::erase_if(order_, [this](const Place& place) {
      const RoomPast& of = rooms_[place.room];
      return of.count == 0 || of.At(0).event.epoch != place.epoch || of.At(0).event.seq > place.seq;
    });
  }
}

void History::DropOldest(RoomPast& past) {
  bytes_ -= past.At(0).cost();
  --events_;
  --past.count;
  past.first = (past.first + 1) % past.ring.size();
}

void History::DropOldestOfAll() {
  PARLEY_CHECK(!order_.empty(), bytes_, max_bytes_);
  const Place oldest = order_.front();
  order_.pop_front();
  RoomPast& past = rooms_[oldest.room];
  if (past.count == 0) return;
  const RoomEvent& first = past.At(0).event;
  if (first.epoch == oldest.epoch && first.seq == oldest.seq) {
    Stored& dropped = past.ring[past.first];
    DropOldest(past);
    std::string().swap(dropped.bytes);  // its memory is what is short
  }
}

void History::Forget(RoomId room) {
  if (room >= rooms_.size()) return;
  RoomPast& past = rooms_[room];
  while (past.count > 0) DropOldest(past);
  past = RoomPast();
}

void History::ForEachSince(RoomId room, uint32_t epoch, uint64_t seq,
                           absl::FunctionRef<void(const RoomEvent&)> visit) const {
  if (room >= rooms_.size()) return;
  const RoomPast& past = rooms_[room];
  for (size_t index = 0; index < past.count; ++index) {
    const Stored& stored = past.At(index);
    if (stored.event.epoch == epoch && stored.event.seq > seq) visit(stored.View());
  }
}

uint64_t History::OldestSeq(RoomId room) const {
  if (room >= rooms_.size() || rooms_[room].count == 0) return 0;
  return rooms_[room].At(0).event.seq;
}

}  // namespace parley::chat
