#ifndef REACTOR_LOOP_SPSC_QUEUE_H_
#define REACTOR_LOOP_SPSC_QUEUE_H_

// Messages from one thread to one other, without a lock: a queue of chunks that the writer appends
// to and the reader empties. The reader is woken once per batch: by the first message after it has
// looked.
//
//   writer:  if (queue.Push(message)) reader_reactor.Wake();
//   reader:  queue.TakeAll([](Message& message) { ... });      // each turn (TurnHook)
//
// What is pushed while the reader takes is left for its next look, so that a writer that never stops
// cannot keep the reader from everything else.
//
// It never refuses a message; depth() tells the writer how many are waiting, so that it can stop
// taking in what produces them. Message must be default-constructible and movable. Thread: one
// writer, one reader; made and destroyed while neither runs.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace parley {

template <typename Message>
class SpscQueue {
 public:
  SpscQueue() : write_(new Chunk), read_(write_) {}
  SpscQueue(const SpscQueue&) = delete;
  SpscQueue& operator=(const SpscQueue&) = delete;
  ~SpscQueue() {
    while (read_ != nullptr) {
      const std::unique_ptr<Chunk> done(read_);
      read_ = done->next.load(std::memory_order_relaxed);
    }
  }

  // The writer. Returns whether the reader has to be woken.
  bool Push(Message message) {
    if (write_count_ == kChunk) {
      auto* next = new Chunk;
      write_->next.store(next, std::memory_order_release);
      write_ = next;
      write_count_ = 0;
    }
    write_->messages[write_count_++] = std::move(message);
    CountOne(pushed_);
    return !signalled_.exchange(true, std::memory_order_acq_rel);
  }

  // The reader. Calls take(Message&) for every message that is there at the call, in order; returns
  // how many.
  template <typename Take>
  size_t TakeAll(Take take) {
    if (!signalled_.load(std::memory_order_relaxed)) return 0;
    // Before counting: a message that this count misses wakes the reader again.
    signalled_.exchange(false, std::memory_order_acq_rel);
    const size_t there = depth();
    for (size_t left = there; left > 0; --left) {
      if (read_count_ == kChunk) {
        delete std::exchange(read_, read_->next.load(std::memory_order_acquire));
        read_count_ = 0;
      }
      Message message = std::move(read_->messages[read_count_++]);
      CountOne(taken_);
      take(message);
    }
    return there;
  }

  // Messages pushed and not yet taken, about. Either thread.
  size_t depth() const {
    const uint64_t taken = taken_.load(std::memory_order_relaxed);
    // What is counted can be read: see CountOne.
    return static_cast<size_t>(pushed_.load(std::memory_order_acquire) - taken);
  }

 private:
  static constexpr uint32_t kChunk = 256;
  struct Chunk {
    std::array<Message, kChunk> messages;
    std::atomic<Chunk*> next{nullptr};
  };

  // For a counter that only the calling thread changes. What was written before is there for whoever
  // sees the new count.
  static void CountOne(std::atomic<uint64_t>& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  // What each side changes has a cache line of its own.
  alignas(64) Chunk* write_;
  uint32_t write_count_ = 0;
  std::atomic<uint64_t> pushed_{0};
  alignas(64) Chunk* read_;
  uint32_t read_count_ = 0;
  std::atomic<uint64_t> taken_{0};
  alignas(64) std::atomic<bool> signalled_{false};
};

}  // namespace parley

#endif  // REACTOR_LOOP_SPSC_QUEUE_H_
