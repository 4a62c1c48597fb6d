#include "chat/rooms/listing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "chat/rooms/chat_room.h"
#include "chat/rooms/chat_session.h"

namespace parley::chat {

namespace {

std::string TopicLine(const ChatRoom& room) {
  return room.topic().empty() ? "" : absl::StrCat("Topic: ", room.topic(), "\r\n");
}

}  // namespace

std::string CountOf(size_t count, const char* one, const char* many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

std::string ExactDuration(Duration duration) {
  return absl::FormatDuration(absl::FromChrono(duration));
}

std::string ShortDuration(Duration duration) {
  constexpr int64_t kMinute = 60;
  constexpr int64_t kHour = 60 * kMinute;
  constexpr int64_t kDay = 24 * kHour;
  const int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < kMinute) return absl::StrCat(seconds, "s");
  if (seconds < kHour) return absl::StrCat(seconds / kMinute, "m");
  if (seconds < kDay) return absl::StrCat(seconds / kHour, "h");
  return absl::StrCat(seconds / kDay, "d");
}

std::string NamesOf(std::span<ChatSession* const> people) {
  std::string text;
  const size_t listed = std::min(people.size(), kMaxListedNames);
  for (const ChatSession* session : people.first(listed)) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", session->name());
  }
  if (listed < people.size()) absl::StrAppend(&text, " and ", people.size() - listed, " more");
  return text;
}

std::string DescribeRoom(const ChatRoom& room) {
  std::string text = absl::StrCat("Room ", room.name(), ": ");
  if (room.people().empty()) {
    absl::StrAppend(&text, "nobody is here.\r\n");
  } else {
    absl::StrAppend(&text, CountOf(room.people().size(), "person", "people"), ": ",
                    NamesOf(room.people()), "\r\n");
  }
  return text + TopicLine(room);
}

std::string WelcomeTo(const ChatRoom& room) {
  std::string text = absl::StrCat("You are in ", room.name());
  if (room.people().empty()) {
    absl::StrAppend(&text, ". Nobody else is here.\r\n");
  } else {
    absl::StrAppend(&text, " with ", NamesOf(room.people()), ".\r\n");
  }
  return text + TopicLine(room);
}

}  // namespace parley::chat
