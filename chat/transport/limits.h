#ifndef CHAT_TRANSPORT_LIMITS_H_
#define CHAT_TRANSPORT_LIMITS_H_

// What a client may ask of the server. 0 means no limit, for each of them.

#include <algorithm>
#include <cstdint>

#include "reactor/base/clock.h"
#include "reactor/loop/listening_socket.h"

namespace parley::chat {

// What happens to a reader that is too slow: each listener says which.
enum class LagPolicy : uint8_t {
  kDisconnect,  // at max_lag_bytes
  kSkip,        // at soft_lag_bytes messages are skipped, and the reader is told how many
};

// What max_line_bytes means by "no limit": a line must fit into a buffer.
inline constexpr uint32_t kLongestLineBytes = 16 * 1024 * 1024;

// What goes out with every line that is spoken, however short: the name, the line end, the headers
// of packets.
inline constexpr uint32_t kLineOverheadBytes = 64;

struct Limits {
  uint32_t max_line_bytes = 4096;            // a longer line is dropped, and its sender told
  uint32_t max_connections = 0;              // more are refused with a sentence
  uint32_t max_connections_per_address = 0;  // IPv6 counts by /64
  uint32_t max_lines_per_second = 20;  // more wait, nothing is lost; bursts of two seconds pass
  // The same in bytes, kLineOverheadBytes more a line than it has. Of one connection, where a line
  // costs what the dearer of the two rates asks for it; and of all connections of one address
  // together, but not of unix sockets.
  uint32_t max_bytes_per_second = 16 * 1024;
  uint32_t max_bytes_per_second_per_address = 64 * 1024;
  // A reader further behind is disconnected; where messages are skipped, one that is so far behind
  // with what is not skipped: what is meant for it alone.
  uint32_t max_lag_bytes = 1024 * 1024;
  uint32_t soft_lag_bytes = 256 * 1024;  // where messages are skipped: a reader further behind
  // How long it may take to read the notice of that, before it is disconnected after all.
  Duration longest_lag = std::chrono::seconds(60);
  Duration login_deadline = std::chrono::seconds(60);
  Duration idle_time = Duration::zero();
  Duration peer_timeout = StreamOptions().peer_timeout;  // a peer that has vanished

  uint32_t longest_line_bytes() const {
    return max_line_bytes == 0 ? kLongestLineBytes : std::min(max_line_bytes, kLongestLineBytes);
  }
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_LIMITS_H_
