#ifndef REACTOR_ASYNC_CHAT_EXIT_NOW_H_
#define REACTOR_ASYNC_CHAT_EXIT_NOW_H_

// The one exception that a channel's handler may throw to end the loop: it does not reach
// HandleError but ends the turn in order and comes out of ChannelMap::Loop, with its own type where
// that is derived from ExitNow. A timer, a task that was posted, a turn hook and a signal callback
// of the map's reactor may throw it too. Every other exception belongs to the channel that threw it,
// or is logged.

#include <exception>

namespace parley {

class ExitNow : public std::exception {
 public:
  const char* what() const noexcept override { return "exit from the loop"; }
};

}  // namespace parley

#endif  // REACTOR_ASYNC_CHAT_EXIT_NOW_H_
