#ifndef CHAT_DELIVERY_BOUNDED_LOG_H_
#define CHAT_DELIVERY_BOUNDED_LOG_H_

// Lines for the log about single clients: at most kMostASecond a second, so that whoever can make
// thousands be disconnected cannot fill the log as well. The others are counted, and the number is
// logged with the first line of a later second or with TellLeftOut.
//
//   log.Note(gateway.Now(), "\"ann\" from 192.0.2.7:50213 is disconnected: fell too far behind");
//   if (log.left_out() != 0) log.TellLeftOut(gateway.Now());      // at any later event
//
// Thread: one.

#include <cstdint>

#include "absl/strings/string_view.h"
#include "reactor/base/clock.h"

namespace parley::chat {

class BoundedLog {
 public:
  static constexpr uint32_t kMostASecond = 10;

  // `line` is fit to be shown (sanitise.h) and has no end.
  void Note(TimePoint now, absl::string_view line);
  // Logs how many lines were left out, once the second in which they were is over. kNever: at once.
  void TellLeftOut(TimePoint now);
  uint64_t left_out() const { return left_out_; }

 private:
  TimePoint second_began_;
  uint32_t in_second_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace parley::chat

#endif  // CHAT_DELIVERY_BOUNDED_LOG_H_
