#ifndef REACTOR_LOOP_SWEEP_QUEUE_H_
#define REACTOR_LOOP_SWEEP_QUEUE_H_

// Broadcasts that wait to be swept, first come first served. Adding, taking the first and removing
// from the middle cost O(1) and no memory: the links lie in the broadcasts, each of which is in at
// most one queue. Ownership: none; a broadcast is removed before it ends. Thread: the reactor's.

namespace parley {

// What can stand in a SweepQueue: the base of BroadcastGroup.
class SweepLink {
 public:
  SweepLink() = default;
  SweepLink(const SweepLink&) = delete;
  SweepLink& operator=(const SweepLink&) = delete;

  bool is_queued() const { return next_ != nullptr; }
  void Unlink() {
    if (!is_queued()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  friend class SweepQueue;
  SweepLink* previous_ = nullptr;
  SweepLink* next_ = nullptr;
};

class SweepQueue {
 public:
  SweepQueue() { ends_.next_ = ends_.previous_ = &ends_; }

  bool empty() const { return ends_.next_ == &ends_; }
  // Behind all others. `link` is in no queue.
  void Add(SweepLink& link) {
    link.previous_ = ends_.previous_;
    link.next_ = &ends_;
    ends_.previous_->next_ = &link;
    ends_.previous_ = &link;
  }
  // Takes the first out. The queue is not empty.
  SweepLink& TakeFirst() {
    SweepLink& first = *ends_.next_;
    first.Unlink();
    return first;
  }

 private:
  SweepLink ends_;  // of the ring: its next is the first, its previous the last
};

}  // namespace parley

#endif  // REACTOR_LOOP_SWEEP_QUEUE_H_
