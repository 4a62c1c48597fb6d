#ifndef BENCH_LOAD_SPEECH_H_
#define BENCH_LOAD_SPEECH_H_

// Speech puts the lines of a schedule into the hands of the clients that say them, when they are
// due. It appends to Client::out and tells which clients have something to send; it does not send.
// A worker has one for what is said in rooms and one for tells. One thread.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/client.h"
#include "bench/load/schedule.h"
#include "bench/load/worker_record.h"
#include "bench/protocol.h"

namespace parley::bench {

class Speech {
 public:
  static constexpr int64_t kOver = std::numeric_limits<int64_t>::max();

  struct Setting {
    const Schedule* schedule = nullptr;
    const Protocol* protocol = nullptr;
    size_t text_size = 0;
    uint32_t first_publisher = 0;  // what publisher 0 of the schedule is called in the payload
    size_t pieces_per_line = 1;
    int64_t interval_ns = 0;  // what is due is said at multiples of it, counted from the start
  };

  // `speakers` has one client for each publisher of the schedule, null for another worker's. `told`
  // is whom they tell it; without, they speak in their rooms.
  Speech(const Setting& setting, std::vector<Client*> speakers, std::optional<Identity> told);

  // When the schedule begins, CLOCK_MONOTONIC.
  void Start(int64_t start_ns);

  // When the next piece is to be said, or kOver.
  int64_t next_time() const { return next_time_; }

  // Says what is to be said by `now` and returns the clients that now have something to send. How
  // long after it was due each line is said goes into `delay`. When lines go out byte by byte it
  // stops after one byte, which is to be sent before the next call.
  std::vector<Client*> SayDue(int64_t now, Histogram* delay);

 private:
  // Passes over what other workers say.
  void FindNext();
  void Say(const Schedule::Piece& piece, Client* client);

  Setting setting_;
  std::vector<Client*> speakers_;
  std::optional<Identity> told_;
  bool has_speakers_ = false;
  int64_t start_ns_ = 0;
  int64_t next_time_ = kOver;
  uint64_t next_piece_ = 0;
  std::string text_;
};

}  // namespace parley::bench

#endif  // BENCH_LOAD_SPEECH_H_
