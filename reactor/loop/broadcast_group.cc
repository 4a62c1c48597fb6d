#include "reactor/loop/broadcast_group.h"

#include "absl/container/inlined_vector.h"
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

template <typename What>
void BroadcastGroup::AppendFor(const What& what, std::span<const Override> overrides) {
  if (overrides.empty()) {
    log_.Append(what);
  } else {
    absl::InlinedVector<BroadcastLog::Override, 2> members;
    for (const Override& each : overrides) {
      members.push_back({reactor_.Find(each.connection), each.instead});
    }
    log_.Append(what, members);
  }
  if (log_.needs_sweep()) reactor_.Schedule(*this);
}

void BroadcastGroup::Append(std::initializer_list<ByteSpan> parts,
                            std::span<const Override> overrides) {
  AppendFor(parts, overrides);
}

void BroadcastGroup::Append(const Slice& slice, std::span<const Override> overrides) {
  AppendFor(slice, overrides);
}

void BroadcastGroup::Append(ByteSpan bytes, Handle except) { Append({bytes}, except); }

void BroadcastGroup::Append(std::initializer_list<ByteSpan> parts, Handle except) {
  const Override left_out{except, {}};
  AppendFor(parts, {&left_out, except ? size_t{1} : size_t{0}});
}

}  // namespace parley
