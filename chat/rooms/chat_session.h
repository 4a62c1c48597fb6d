#ifndef CHAT_ROOMS_CHAT_SESSION_H_
#define CHAT_ROOMS_CHAT_SESSION_H_

// One person's presence, from the connection to its end: who they are and which rooms they are in.
//
//   arrives -> login room -> (chat rooms)* -> logout room -> gone
//
// A session may be in several chat rooms at once; one of them is its room(), where its operations go
// that name no room. In the logout room nothing is carried out any more, so whatever follows
// `logout` in the same segment is ignored, and logging out twice does nothing. Ownership: the
// ChatServer owns it, from the first to the last news of its client. Thread: the main thread.
// Memory: 96 bytes.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "chat/rooms/outcome.h"
#include "chat/rooms/room_event.h"
#include "chat/transport/order.h"
#include "reactor/base/clock.h"

namespace parley::chat {

class ChatRoom;
class Room;
struct Chat;
struct Profile;

inline constexpr size_t kMaxRoomsOfOne = 50;

// Names how a session's person sees what happens (rendering.h); to the rooms it is a number.
using RenderingId = uint16_t;

// What a chat room, and the delivery, note about a session that is in the room.
struct Membership {
  uint32_t place = 0;        // among the room's people
  RenderingId hears_as = 0;  // the rendering in which it hears the room
};

class ChatSession {
 public:
  // `profile` is how this person speaks, for those who show it; it outlives the session.
  ChatSession(Chat& chat, ClientId client, const Profile& profile);
  ChatSession(const ChatSession&) = delete;
  ChatSession& operator=(const ChatSession&) = delete;

  ClientId client() const { return client_; }
  const Profile& profile() const { return profile_; }
  // Where its operations go that name no room.
  Room& room() const { return *room_; }
  // The chat rooms that it is in.
  size_t rooms() const;
  void ForEachRoom(absl::FunctionRef<void(RoomId)> visit) const;
  // Empty before login.
  const std::string& name() const { return name_; }
  const std::string& folded_name() const {
    return rare_ == nullptr || rare_->folded_name.empty() ? name_ : rare_->folded_name;
  }
  // Where the client is, for a profile that shows it (Profile::shows_address); else empty.
  absl::string_view host() const { return rare_ == nullptr ? absl::string_view() : rare_->host; }
  void set_host(std::string host) { rare().host = std::move(host); }
  // The name of the room that it comes into after login; empty: the lobby.
  absl::string_view first_room() const {
    return rare_ == nullptr ? absl::string_view() : rare_->first_room;
  }
  void set_first_room(std::string room) { rare().first_room = std::move(room); }
  bool logged_in() const { return !name_.empty(); }
  Actor AsActor() const;
  // When its last line came.
  TimePoint last_line() const { return last_line_; }
  Duration IdleTime(TimePoint now) const { return now - last_line_; }

  Outcome Handle(const Operation& operation);
  // Leaves every room that it is in, and goes to `room`, where it is not, or which is its room().
  void Enter(Room& room);
  // Comes into a further chat room, from one; or only turns to it, where it is there.
  void EnterFurther(ChatRoom& room);
  // Leaves one of its several chat rooms. That is the last mention of the room, which may be gone.
  void Leave(Room& room);
  // Takes a checked name, unless somebody has it.
  bool TakeName(std::string name);
  void GiveBackName();

  // Null when it is not in this room. Of a chat room: not 0.
  Membership* MembershipIn(RoomId room);
  const Membership* MembershipIn(RoomId room) const {
    return const_cast<ChatSession*>(this)->MembershipIn(room);
  }
  // How it sees things; the delivery's.
  RenderingId rendering() const { return rendering_; }
  void set_rendering(RenderingId rendering) { rendering_ = rendering; }

 private:
  // A chat room that it is in and that is not its room().
  struct Further {
    Room* room;
    Membership membership;
  };
  // What few sessions have.
  struct Rare {
    std::string folded_name;  // empty when it is the name, as it mostly is
    std::string host;
    std::string first_room;
    std::vector<Further> further;  // the one that it turned from last is last
  };
  Rare& rare() {
    if (rare_ == nullptr) rare_ = std::make_unique<Rare>();
    return *rare_;
  }
  bool has_further() const { return rare_ != nullptr && !rare_->further.empty(); }
  Further* FindFurther(RoomId room);
  // Makes a further room its room(), and its room() a further one.
  void TurnTo(Further& further);

  Chat& chat_;
  const ClientId client_;
  RenderingId rendering_ = 0;
  const Profile& profile_;
  Room* room_;
  std::string name_;
  std::unique_ptr<Rare> rare_;
  TimePoint last_line_;
  Membership membership_;  // in room(), where that is a chat room
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_CHAT_SESSION_H_
