#include "chat/rooms/chat_room.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chat/rooms/chat_session.h"
#include "chat/rooms/house.h"
#include "chat/rooms/listing.h"
#include "chat/text/names.h"

namespace parley::chat {

ChatRoom::ChatRoom(Gateway& gateway, std::string name)
    : gateway_(gateway),
      audience_(gateway.OpenAudience()),
      name_(std::move(name)),
      folded_name_(FoldName(name_)) {}

ChatRoom::~ChatRoom() { gateway_.CloseAudience(audience_); }

void ChatRoom::Announce(absl::string_view text) { gateway_.Announce(audience_, text); }

void ChatRoom::Entered(House&, ChatSession& session) {
  // The others are told before the newcomer listens, and the newcomer is told who they are.
  Announce(absl::StrCat(session.name(), " has entered the room.\r\n"));
  session.Reply(WelcomeTo(*this));
  people_.push_back(&session);
  gateway_.Join(session.client(), audience_);
}

void ChatRoom::Left(House& house, ChatSession& session) {
  std::erase(people_, &session);
  gateway_.Leave(session.client(), audience_);
  Announce(absl::StrCat(session.name(), " has left the room.\r\n"));
  house.rooms.RemoveIfEmpty(*this);  // destroys this room
}

void ChatRoom::HandleSpeech(House&, ChatSession& session, absl::string_view text) {
  Announce(absl::StrCat(session.name(), ": ", text, "\r\n"));
}

}  // namespace parley::chat
