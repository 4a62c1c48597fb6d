#ifndef CHAT_ROOMS_CHAT_SESSION_H_
#define CHAT_ROOMS_CHAT_SESSION_H_

// One person's presence, from the connection to its end: who they are and which room they are in.
//
//   arrives -> login room -> (chat room)* -> logout room -> gone
//
// In the logout room nothing is carried out any more, so whatever follows `logout` in the same
// segment is ignored, and logging out twice does nothing. Ownership: the ChatServer owns it, from
// the first to the last news of its client. Thread: the main thread. Memory: 96 bytes.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "chat/rooms/outcome.h"
#include "chat/rooms/room_event.h"
#include "chat/transport/order.h"
#include "reactor/base/clock.h"

namespace parley::chat {

class Room;
struct Chat;
struct Profile;

// Names how a session's person sees what happens (rendering.h); to the rooms it is a number.
using RenderingId = uint16_t;

class ChatSession {
 public:
  // `profile` is how this person speaks, for those who show it; it outlives the session.
  ChatSession(Chat& chat, ClientId client, const Profile& profile);
  ChatSession(const ChatSession&) = delete;
  ChatSession& operator=(const ChatSession&) = delete;

  ClientId client() const { return client_; }
  const Profile& profile() const { return profile_; }
  Room& room() const { return *room_; }
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
  void Enter(Room& room);
  // Takes a checked name, unless somebody has it.
  bool TakeName(std::string name);
  void GiveBackName();

  // The chat room's, and the delivery's, own notes about this session.
  uint32_t place_in_room() const { return place_in_room_; }
  void set_place_in_room(uint32_t place) { place_in_room_ = place; }
  RenderingId rendering() const { return rendering_; }
  void set_rendering(RenderingId rendering) { rendering_ = rendering; }
  RenderingId hears_as() const { return hears_as_; }
  void set_hears_as(RenderingId rendering) { hears_as_ = rendering; }

 private:
  // What few sessions have.
  struct Rare {
    std::string folded_name;  // empty when it is the name, as it mostly is
    std::string host;
    std::string first_room;
  };
  Rare& rare() {
    if (rare_ == nullptr) rare_ = std::make_unique<Rare>();
    return *rare_;
  }

  Chat& chat_;
  const ClientId client_;
  const Profile& profile_;
  Room* room_;
  std::string name_;
  std::unique_ptr<Rare> rare_;
  TimePoint last_line_;
  uint32_t place_in_room_ = 0;
  RenderingId rendering_ = 0;
  RenderingId hears_as_ = 0;  // in the room where it is
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_CHAT_SESSION_H_
