#ifndef CHAT_DAEMON_DURATION_FLAG_H_
#define CHAT_DAEMON_DURATION_FLAG_H_

// A flag that is a length of time: "5s", "1m30s", "50ms"; 0 needs no unit. At most a year, never
// negative. What is wrong with a value is said where the flag is read:
//
//   ABSL_FLAG(DurationFlag, login_deadline, {std::chrono::minutes(1)}, "...");
//   parleyd --login_deadline=5      "Illegal value '5' ...; give a unit, as in 5s"

#include <string>

#include "absl/strings/string_view.h"
#include "reactor/base/clock.h"

namespace parley::chat {

struct DurationFlag {
  Duration value;
};

// What Abseil's flags call (absl/flags/marshalling.h).
bool AbslParseFlag(absl::string_view text, DurationFlag* flag, std::string* error);
std::string AbslUnparseFlag(const DurationFlag& flag);

}  // namespace parley::chat

#endif  // CHAT_DAEMON_DURATION_FLAG_H_
