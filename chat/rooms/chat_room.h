#ifndef CHAT_ROOMS_CHAT_ROOM_H_
#define CHAT_ROOMS_CHAT_ROOM_H_

// A room in which people talk. What is spoken is announced once and reaches everybody in the room,
// the speaker too, in one order. Ownership: the RoomDirectory owns it. Thread: the main thread.

#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "chat/rooms/room.h"
#include "chat/wire/gateway.h"

namespace parley::chat {

inline constexpr size_t kMaxTopicBytes = 200;

class ChatRoom final : public Room {
 public:
  // `name` is checked.
  ChatRoom(Gateway& gateway, std::string name);
  ~ChatRoom() override;

  const std::string& name() const { return name_; }
  const std::string& folded_name() const { return folded_name_; }
  const std::string& topic() const { return topic_; }
  void set_topic(std::string topic) { topic_ = std::move(topic); }
  // In the order in which they came.
  std::span<ChatSession* const> people() const { return people_; }

  // To everybody in the room; `text` ends its lines with CR LF.
  void Announce(absl::string_view text);

  std::span<const Command> commands() const override;
  bool has_ears() const override { return true; }
  void Entered(House& house, ChatSession& session) override;
  void Left(House& house, ChatSession& session) override;

 protected:
  void HandleSpeech(House& house, ChatSession& session, absl::string_view text) override;

 private:
  Gateway& gateway_;
  const AudienceId audience_;
  const std::string name_;
  const std::string folded_name_;
  std::string topic_;
  std::vector<ChatSession*> people_;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_CHAT_ROOM_H_
