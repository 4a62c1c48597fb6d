#ifndef CHAT_ROOMS_OUTCOME_H_
#define CHAT_ROOMS_OUTCOME_H_

// What became of a person's own operation, or what the server has to say to one person: a code and
// its values, no sentence. A renderer makes bytes of it (renderer.h).
//
// Lifetime: the views point into the operation, the rooms and `kept`, and are good until either
// changes: an outcome is rendered at once. Thread: the main thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "chat/rooms/operation.h"
#include "chat/rooms/room_event.h"
#include "chat/text/names.h"
#include "reactor/base/clock.h"

namespace parley::chat {

// A list names at most so many and counts the rest: one command must not cost a megabyte. Two
// profiles list a whole room (Operation::names_all).
inline constexpr size_t kMaxListed = 100;

struct Outcome {
  enum class Code : uint8_t {
    kNone,             // nothing to say
    kGreeting,         // to whom has just connected
    kLogInFirst,       // word: what was tried before login
    kMissing,          // wanted: the operation that lacks something
    kNameIllegal,      // name, problem
    kRoomNameIllegal,  // name, problem
    kNameTaken,        // name
    kLoggedIn,         // name, host; word: the one wanted, of kLoginAs; the rest as kJoined
    kLoggedInAlready,  // name
    kJoined,           // room; names of the others, count of them; text: its topic
    kInRoomAlready,    // room
    kInLobbyAlready,   //
    kLeftRoom,         // room: one of several
    kNotInRoom,        // name: as the operation has it
    kTooManyRooms,     // limit
    kRoom,             // room; names of all, count; text: its topic
    kNoRoom,           // name
    kPeople,           // people, count: on the server
    kRooms,            // rooms, count
    kTopic,            // text; empty: there is none
    kTopicTooLong,     // number: bytes of it, limit
    kYouTold,          // name, text
    kToldBy,           // name, text: to the other one
    kNobody,           // name: nobody is called so
    kHelp,             // word
    kUnknownCommand,   // word
    kMayBeSpeech,      // word
    kGoodbye,          //
    kLineTooLong,      // limit: bytes; the line is dropped
    kBrokeProtocol,    // text: what is wrong with what was sent, a sentence of the transport
    kLoginTooLate,     // duration: the limit
    kIdleTooLong,      // duration: the limit
    kGoingDown,        // the server ends
    kServerFull,       // limit: connections; to whom may not come in
    kAddressFull,      // limit: connections of one address; likewise
  };

  struct Person {
    absl::string_view name;
    absl::string_view room;
    Duration idle;
  };
  struct RoomLine {
    absl::string_view name;
    absl::string_view topic;
    size_t people;
  };

  Code code = Code::kNone;
  OperationKind wanted = OperationKind::kNone;
  // To everybody in this room who has the same profile; 0: to the person alone.
  RoomId aloud_in = 0;
  bool before_login = false;  // it was asked in the login room
  absl::string_view word;
  absl::string_view name;
  absl::string_view text;
  absl::string_view room;
  absl::string_view host;  // ChatSession::host
  uint64_t number = 0;
  uint64_t limit = 0;
  Duration duration = Duration::zero();
  NameProblem problem;
  size_t count = 0;  // of names, people or rooms, those that are not listed included
  std::vector<absl::string_view> names;
  std::vector<Person> people;
  std::vector<RoomLine> rooms;
  std::unique_ptr<const std::string> kept;  // what a view of this outcome points into, if need be
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_OUTCOME_H_
