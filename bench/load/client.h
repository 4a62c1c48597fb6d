#ifndef BENCH_LOAD_CLIENT_H_
#define BENCH_LOAD_CLIENT_H_

// One client of the server under load, and the list of all that a run has. Recipients come first
// and are numbered as they are listed; where publishers listen they are the first recipients,
// otherwise they follow; the two that tell each other something come last. Worker w of n owns the
// clients whose number leaves w when divided by n.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/delivery_check.h"
#include "bench/load/run_config.h"
#include "bench/protocol.h"
#include "reactor/base/unique_fd.h"

namespace parley::bench {

struct Client {
  static constexpr int kNobody = -1;

  int number = 0;
  int target = 0;  // to which of the run's targets it connects
  Identity identity;
  Reception reception;
  int speaks_as = kNobody;  // its number as a publisher
  bool stalls = false;
  bool leaves = false;

  UniqueFd fd;
  Admission admission = Admission::kPending;
  int64_t connect_ns = 0;
  std::string carry;       // a frame that is not complete yet
  std::string out;         // what the kernel did not take yet
  std::string trickled;    // the line that goes out byte by byte
  std::string last_words;  // what the server said last before it let the client in
};

// All clients of the run, not connected.
std::vector<Client> MakeClients(const RunConfig& config, const Protocol& protocol);

// The people of the crowd's room (RunConfig::crowd), and who speaks there where speakers do not
// listen. None when the run has no crowd. They are numbered from `first_number` on.
std::vector<Client> MakeCrowd(const RunConfig& config, const Protocol& protocol, int first_number);

// How many of the crowd speak.
int CrowdSpeakers(const RunConfig& config);

// Recipients whose latencies count, by room: how often each line of a room must be recorded.
std::vector<uint32_t> RecordedByRoom(const RunConfig& config, const std::vector<Client>& clients);

}  // namespace parley::bench

#endif  // BENCH_LOAD_CLIENT_H_
