#ifndef CHAT_PROFILES_FRIENDLY_PHRASES_H_
#define CHAT_PROFILES_FRIENDLY_PHRASES_H_

// Parts of the English sentences of the friendly profile. Thread: any.

#include <string>

#include "absl/strings/string_view.h"
#include "chat/rooms/outcome.h"
#include "chat/text/names.h"
#include "reactor/base/clock.h"

namespace parley::chat {

// "1 person", "3 people".
std::string CountOf(size_t count, const char* one, const char* many);
// "1m30s", "300ms": exactly, as a limit is said.
std::string ExactDuration(Duration duration);
// "5s", "12m", "3h", "2d".
std::string ShortDuration(Duration duration);
// "ann, bob, dave and 17 more".
std::string NamesOf(const Outcome& outcome);
// Padded with spaces to so many terminal columns; one space at least.
std::string Padded(absl::string_view text, int columns);

// Why `typed` is no name, in one sentence that is safe to show. `what` is what is being named:
// "name", "room name".
std::string NameSentence(absl::string_view what, absl::string_view typed,
                         const NameProblem& problem);
// The rules for names in one sentence.
absl::string_view NameRules();

}  // namespace parley::chat

#endif  // CHAT_PROFILES_FRIENDLY_PHRASES_H_
