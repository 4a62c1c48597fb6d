#ifndef CHAT_ROOMS_CHAT_ROOM_H_
#define CHAT_ROOMS_CHAT_ROOM_H_

// A room in which people talk. What happens in it is numbered, kept in the history and published
// once, and reaches everybody in the room in one order. Ownership: the RoomDirectory owns it.
// Thread: the main thread.

#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "chat/rooms/event_sink.h"
#include "chat/rooms/room.h"
#include "chat/rooms/room_event.h"

namespace parley::chat {

inline constexpr size_t kMaxTopicBytes = 200;

class ChatRoom final : public Room {
 public:
  // `name` is checked.
  ChatRoom(RoomId id, uint32_t epoch, std::string name);

  uint32_t epoch() const { return epoch_; }
  // The number of the event that happened last; 0: none has.
  uint64_t last_seq() const { return last_seq_; }
  const std::string& folded_name() const { return folded_name_; }
  const std::string& topic() const { return topic_; }

  size_t people() const { return people_.size() - holes_; }
  // Calls visit(ChatSession&) for everybody, in the order in which they came, until it returns
  // false.
  template <typename Visit>
  void ForEachPerson(Visit visit) const {
    for (ChatSession* person : people_) {
      if (person != nullptr && !visit(*person)) return;
    }
  }
  // Numbers what has happened, keeps it in the history and tells it to everybody in the room; who has
  // an override is told that instead, or nothing.
  void Publish(Chat& chat, RoomEvent::Kind kind, TimePoint time, const ChatSession& actor,
               absl::string_view text, std::span<const EventOverride> overrides = {});
  // The room's name, topic and people, as values of kRoom and kJoined.
  void Describe(Outcome& outcome, size_t most = kMaxListed) const;

  bool accepts_speech() const override { return true; }
  void Entered(Chat& chat, ChatSession& session) override;
  void Left(Chat& chat, ChatSession& session) override;

 protected:
  Outcome Login(const Call& call) override;
  Outcome Logout(const Call& call) override;
  Outcome Speak(const Call& call) override;
  Outcome Act(const Call& call) override;
  Outcome Tell(const Call& call) override;
  Outcome Look(const Call& call) override;
  Outcome LookAloud(const Call& call) override;
  Outcome Who(const Call& call) override;
  Outcome ListRooms(const Call& call) override;
  Outcome Join(const Call& call) override;
  Outcome Leave(const Call& call) override;
  Outcome ShowTopic(const Call& call) override;
  Outcome SetTopic(const Call& call) override;
  Outcome Help(const Call& call) override;
  Outcome Incomplete(const Call& call) override;
  Outcome MayBeSpeech(const Call& call) override;
  Outcome Unknown(const Call& call) override;

 private:
  void CloseHoles();

  const uint32_t epoch_;
  uint64_t last_seq_ = 0;
  const std::string folded_name_;
  std::string topic_;
  // In the order in which they came; null where somebody has left. Each knows its place, so that
  // leaving costs O(1) on average: holes are closed when they are more than half.
  std::vector<ChatSession*> people_;
  size_t holes_ = 0;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_CHAT_ROOM_H_
