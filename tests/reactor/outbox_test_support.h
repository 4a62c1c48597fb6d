#ifndef TESTS_REACTOR_OUTBOX_TEST_SUPPORT_H_
#define TESTS_REACTOR_OUTBOX_TEST_SUPPORT_H_

// What tests of logs and outboxes say and look at.

#include <array>
#include <string>

#include "absl/strings/string_view.h"
#include "reactor/broadcast/broadcast_log.h"

namespace parley {

// Everything the outbox owes, as text.
inline std::string Owed(const Outbox& outbox) {
  std::array<iovec, 64> vectors;
  const Outbox::Gathered gathered = outbox.Gather(vectors);
  std::string text;
  for (size_t i = 0; i < gathered.vectors; ++i) {
    text.append(static_cast<const char*>(vectors[i].iov_base), vectors[i].iov_len);
  }
  return text;
}

inline Slice Text(absl::string_view text) { return SegmentWriter().Append(AsBytes(text)); }

// Appends for everybody but this one.
inline void AppendWithout(Outbox& member, BroadcastLog& log, absl::string_view text) {
  const BroadcastLog::Override left_out{&member, {}};
  log.Append({AsBytes(text)}, {&left_out, 1});
}

inline void SendAll(Outbox& outbox) { outbox.Advance(static_cast<size_t>(outbox.pending_bytes())); }

}  // namespace parley

#endif  // TESTS_REACTOR_OUTBOX_TEST_SUPPORT_H_
