#include "reactor/loop/broadcast_group.h"

#include "reactor/loop/reactor.h"

namespace parley {

BroadcastGroup::~BroadcastGroup() {
  Unlink();  // from the reactor's queues
  // What the members are still owed becomes private when the log goes, and no sweep will send it.
  log_.Sweep(log_.members(),
             [this](Outbox& outbox) { reactor_.MarkDirty(static_cast<Connection&>(outbox)); });
}

void BroadcastGroup::Join(Handle connection) {
  Connection* member = reactor_.FindSendable(connection);
  if (member == nullptr) return;
  member->Join(log_);
  // What another log still owed it is private now, and no sweep will send it.
  if (!member->empty()) reactor_.MarkDirty(*member);
}

void BroadcastGroup::Leave(Handle connection) {
  Connection* member = reactor_.Find(connection);
  if (member == nullptr || member->log() != &log_) return;
  member->Leave();
  // What the log still owed it is private now, and no sweep of this log will send it.
  if (!member->empty()) reactor_.MarkDirty(*member);
}

void BroadcastGroup::Append(std::initializer_list<ByteSpan> parts, Handle except) {
  log_.Append(parts, except ? reactor_.Find(except) : nullptr);
  ScheduleIfBehind();
}

void BroadcastGroup::Append(const Slice& slice, Handle except) {
  log_.Append(slice, except ? reactor_.Find(except) : nullptr);
  ScheduleIfBehind();
}

void BroadcastGroup::ScheduleIfBehind() {
  if (log_.needs_sweep()) reactor_.Schedule(*this);
}

}  // namespace parley
