#ifndef CHAT_DELIVERY_PROFILE_H_
#define CHAT_DELIVERY_PROFILE_H_

// A way of speaking: how a client's messages are read, and how what happens looks to it. A listener
// has one profile, and so has every session that comes from it. Profiles are constants of the
// program (profiles/), and never destroyed.

#include "absl/strings/string_view.h"
#include "chat/delivery/grammar.h"
#include "chat/delivery/renderer.h"
#include "chat/transport/framing_kind.h"

namespace parley::chat {

struct Profile {
  absl::string_view name;  // as --listen has it
  const Grammar& grammar;
  const Renderer& renderer;
  FramingKind framing = FramingKind::kAnyLineEnd;
  // Who connects is logged in at once, under the name of a guest.
  bool admits_guests = false;
  // Its people see each other's addresses, as its original shows them.
  bool shows_address = false;
};

}  // namespace parley::chat

#endif  // CHAT_DELIVERY_PROFILE_H_
