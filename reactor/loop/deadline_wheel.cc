#include "reactor/loop/deadline_wheel.h"

#include <algorithm>
#include <bit>

namespace parley {

uint32_t DeadlineWheel::TickAtOrAfter(TimePoint time) const {
  const Duration ahead = time - origin_;
  const int64_t ticks = ahead / kTick + (ahead % kTick > Duration::zero() ? 1 : 0);
  // Beyond the range (eight years) a deadline is as good as none, but is kept.
  return static_cast<uint32_t>(std::clamp<int64_t>(ticks, done_tick_ + int64_t{1}, UINT32_MAX - 1));
}

void DeadlineWheel::Link(uint32_t slot, Node& node) {
  // What lies further ahead than the wheel reaches waits in its last bucket and is linked again
  // there.
  node.bucket_tick = std::min(node.deadline, done_tick_ + kBuckets - 1);
  uint32_t& first = first_[node.bucket_tick % kBuckets];
  node.previous = kNone;
  node.next = first;
  if (first != kNone) nodes_[first].previous = slot;
  first = slot;
  Occupy(node.bucket_tick % kBuckets);
}

void DeadlineWheel::Unlink(uint32_t slot, Node& node) {
  const uint32_t bucket = node.bucket_tick % kBuckets;
  if (node.next != kNone) nodes_[node.next].previous = node.previous;
  if (node.previous != kNone) {
    nodes_[node.previous].next = node.next;
  } else if (first_[bucket] == slot) {
    first_[bucket] = node.next;
  }
  if (first_[bucket] == kNone) Vacate(bucket);
  node.bucket_tick = 0;
}

void DeadlineWheel::Set(uint32_t slot, TimePoint deadline) {
  Node& node = nodes_.At(slot);
  if (deadline == kNever) {
    node.deadline = 0;  // its bucket drops it
    return;
  }
  node.deadline = TickAtOrAfter(deadline);
  if (node.bucket_tick != 0 && node.bucket_tick <= node.deadline) return;
  if (node.bucket_tick != 0) Unlink(slot, node);
  Link(slot, node);
}

void DeadlineWheel::Occupy(uint32_t bucket) {
  occupied_[bucket / 64] |= uint64_t{1} << bucket % 64;
  words_ = static_cast<uint8_t>(words_ | 1U << bucket / 64);
}

void DeadlineWheel::Vacate(uint32_t bucket) {
  uint64_t& word = occupied_[bucket / 64];
  word &= ~(uint64_t{1} << bucket % 64);
  if (word == 0) words_ = static_cast<uint8_t>(words_ & ~(1U << bucket / 64));
}

TimePoint DeadlineWheel::Next() const {
  static_assert(kWords == 8, "words_ has a bit for each");
  if (words_ == 0) return kNever;
  // Every turn asks, so buckets are looked at by the word, and words by the byte. The word that is
  // begun in its middle comes again at the end, for its beginning.
  const uint32_t first_tick = done_tick_ + 1;
  const uint32_t bucket = first_tick % kBuckets;
  const uint32_t word = bucket / 64;
  uint64_t occupied = occupied_[word] >> bucket % 64;
  uint32_t ahead = 0;
  if (occupied == 0) {
    const auto words =
        1 + static_cast<uint32_t>(std::countr_zero(std::rotr(words_, static_cast<int>(word + 1))));
    occupied = occupied_[(word + words) % kWords];
    ahead = words * 64 - bucket % 64;
  }
  ahead += static_cast<uint32_t>(std::countr_zero(occupied));
  return origin_ + (first_tick + ahead) * kTick;
}

const std::vector<uint32_t>& DeadlineWheel::Expire(TimePoint now) {
  expired_.clear();
  const auto now_tick = static_cast<uint32_t>(std::max<int64_t>(0, (now - origin_) / kTick));
  // After a pause longer than the wheel, one round over every bucket looks at everybody.
  if (now_tick > done_tick_ + kBuckets) done_tick_ = now_tick - kBuckets;
  for (uint32_t tick = done_tick_ + 1; tick <= now_tick; ++tick) {
    uint32_t slot = first_[tick % kBuckets];
    first_[tick % kBuckets] = kNone;
    Vacate(tick % kBuckets);
    done_tick_ = tick;
    while (slot != kNone) {
      Node& node = nodes_[slot];
      const uint32_t next = node.next;
      node.bucket_tick = 0;
      if (node.deadline != 0 && node.deadline <= now_tick) {
        node.deadline = 0;
        expired_.push_back(slot);
      } else if (node.deadline != 0) {
        Link(slot, node);
      }
      slot = next;
    }
  }
  return expired_;
}

}  // namespace parley
