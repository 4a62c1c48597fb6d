#ifndef CHAT_ROOMS_LISTING_H_
#define CHAT_ROOMS_LISTING_H_

// Lists as people read them. Long ones are cut, and say so: one command must not cost a megabyte.

#include <span>
#include <string>

#include "reactor/base/clock.h"

namespace parley::chat {

class ChatRoom;
class ChatSession;

inline constexpr size_t kMaxListedNames = 100;

// "1 person", "3 people".
std::string CountOf(size_t count, const char* one, const char* many);
// "1m30s", "300ms": exactly, as a limit is said.
std::string ExactDuration(Duration duration);
// "5s", "12m", "3h", "2d".
std::string ShortDuration(Duration duration);
// "ann, bob, dave and 17 more".
std::string NamesOf(std::span<ChatSession* const> people);
// Name, people and topic of a room, as `look` shows it; lines end CR LF.
std::string DescribeRoom(const ChatRoom& room);
// The same for somebody who is about to enter it.
std::string WelcomeTo(const ChatRoom& room);

}  // namespace parley::chat

#endif  // CHAT_ROOMS_LISTING_H_
