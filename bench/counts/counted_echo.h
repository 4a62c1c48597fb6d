#ifndef BENCH_COUNTS_COUNTED_ECHO_H_
#define BENCH_COUNTS_COUNTED_ECHO_H_

// The reactor library without a chat, for counting its instructions: an AsyncChat that sends every
// line back, and the other end of its socket pair.

#include <memory>

#include "absl/strings/string_view.h"
#include "reactor/async_chat/channel_map.h"
#include "reactor/base/unique_fd.h"

namespace parley::bench {

class CountedEcho {
 public:
  CountedEcho();

  // Sends a line, turns the reactor until it has come back (counted), and reads it.
  void SayAndHear(absl::string_view line);

 private:
  const std::unique_ptr<ChannelMap> map_;
  UniqueFd person_;
};

}  // namespace parley::bench

#endif  // BENCH_COUNTS_COUNTED_ECHO_H_
