#ifndef REACTOR_BASE_SLOT_TABLE_H_
#define REACTOR_BASE_SLOT_TABLE_H_

// Slots with generations, in chunks, so that an entry never moves and memory grows with use. Two uses:
//
//   SlotTable<T>   gives out handles: Allocate, Find, Free. A freed slot's generation is raised, so
//                  that old handles find nothing.
//   SlotArray<T>   a companion that keeps another T per slot of somebody else's table.
//
// Not thread-safe. The caller decides when a slot is freed; the engines do it only between turns.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "reactor/base/check.h"
#include "reactor/base/handle.h"

namespace parley {

template <typename T>
class SlotArray {
 public:
  static constexpr uint32_t kChunk = 256;

  // The entry of `slot`, made (value-initialised) with its chunk on first use.
  T& At(uint32_t slot) {
    const uint32_t chunk = slot / kChunk;
    while (chunk >= chunks_.size()) chunks_.push_back(std::make_unique<T[]>(kChunk));
    return chunks_[chunk][slot % kChunk];
  }
  // The entry of `slot`, which At() has made before.
  T& operator[](uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  const T& operator[](uint32_t slot) const { return chunks_[slot / kChunk][slot % kChunk]; }
  uint32_t capacity() const { return static_cast<uint32_t>(chunks_.size()) * kChunk; }

 private:
  std::vector<std::unique_ptr<T[]>> chunks_;
};

// T needs members `uint32_t generation` and must be assignable from T{}.
template <typename T>
class SlotTable {
 public:
  Handle Allocate() {
    uint32_t slot;
    if (free_.empty()) {
      slots_.At(used_).generation = 1;  // what may fail comes first
      slot = used_++;
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    ++live_;
    return {slot, slots_[slot].generation};
  }

  // The entry that `handle` names, or null when it is gone.
  T* Find(Handle handle) {
    if (handle.generation == 0 || handle.slot >= used_) return nullptr;
    T& entry = slots_[handle.slot];
    return entry.generation == handle.generation ? &entry : nullptr;
  }

  void Free(Handle handle) {
    T* entry = Find(handle);
    PARLEY_CHECK(entry != nullptr, handle.slot, handle.generation);
    const uint32_t next = handle.generation + 1 == 0 ? 1 : handle.generation + 1;
    *entry = T{};
    entry->generation = next;
    free_.push_back(handle.slot);
    --live_;
  }

  // Calls visit(handle, entry) for every live entry; `is_live` tells which are.
  template <typename IsLive, typename Visit>
  void ForEach(IsLive is_live, Visit visit) {
    for (uint32_t slot = 0; slot < used_; ++slot) {
      T& entry = slots_[slot];
      if (is_live(entry)) visit(Handle{slot, entry.generation}, entry);
    }
  }

  uint32_t live() const { return live_; }

 private:
  SlotArray<T> slots_;
  std::vector<uint32_t> free_;
  uint32_t used_ = 0;
  uint32_t live_ = 0;
};

}  // namespace parley

#endif  // REACTOR_BASE_SLOT_TABLE_H_
