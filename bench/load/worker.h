#ifndef BENCH_LOAD_WORKER_H_
#define BENCH_LOAD_WORKER_H_

// Worker is one process of the load generator: one thread, one epoll, its share of the clients. It
// connects them, waits for the coordinator's word, then speaks on schedule and checks what comes
// back. It stands directly on the kernel's interfaces, below the reactor that it measures.
//
//   Worker worker(config, index, &shared...);
//   absl::Status status = worker.Run();
//
// A delivery's time is taken once for everything that one recv() brings. Between two recv() calls
// it looks whether a line has become due, so a flood of input does not hold up the schedule. Who
// has just looked at his sockets sleeps for RunConfig::look_interval before he looks again:
// otherwise every send() of the server would have to wake this core, and that is dearer than the
// send itself.
//
// The crowd (RunConfig::crowd) has a worker of its own, the last one. While the schedule runs it
// throws away what comes without reading it, looks for that fifty times a second, and with
// RunConfig::cpu gets the core only when no other worker wants it (SCHED_IDLE): they must not speak
// late because of it.

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "bench/load/arrival.h"
#include "bench/load/client.h"
#include "bench/load/delivery_check.h"
#include "bench/load/expected_stream.h"
#include "bench/load/frame_reader.h"
#include "bench/load/run_config.h"
#include "bench/load/schedule.h"
#include "bench/load/speech.h"
#include "bench/load/worker_record.h"
#include "bench/protocol.h"
#include "reactor/base/unique_fd.h"

namespace parley::bench {

// What all workers of a run have in common. Everything outlives the workers.
struct RunPlan {
  const RunConfig* config = nullptr;
  const Protocol* protocol = nullptr;
  const Schedule* schedule = nullptr;
  const Schedule* tells = nullptr;
  const Schedule* crowd = nullptr;
  size_t text_size = 0;
  size_t pieces_per_line = 1;
  int workers = 1;  // who check; the crowd's comes after them and has their number as its index
};

class Worker {
 public:
  // `lines` is this worker's row, null for the crowd's; and so is `series`: a histogram for each
  // second of measured time, or null. The plan and all shared memory must outlive the worker.
  Worker(const RunPlan& plan, int index, RunControl* control, WorkerRecord* record,
         LineRecord* lines, Histogram* series);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Connects, holds, runs, and fills in the record. Not OK when the run could not take place;
  // faults in deliveries are in the record.
  absl::Status Run();

 private:
  enum class Phase { kConnecting, kHolding, kRunning, kDraining };

  absl::Status Prepare();
  void PrepareSpeech(Client* teller, const Identity& told);
  absl::Status ConnectAll();
  void StartConnecting();
  absl::Status Hold();
  void RunSchedule();
  void BeCrowd();
  void Drain();

  // Waits for events until `until` at the latest and deals with them; says what is due.
  void Turn(int64_t until);
  void OnEvent(Client* client, uint32_t events);
  void Receive(Client* client, bool to_the_end);
  // Checks what was received and returns how much of it was whole frames.
  size_t Check(Client* client, absl::string_view bytes, int64_t now);
  void OnFrame(Client* client, absl::string_view frame);
  void OnGone(Client* client, const absl::Status& why);
  void Flush(Client* client);
  void SayDue(int64_t now);
  void LeaveAtOnce();
  void ChooseSeries(int64_t now);
  void NoteWindow(int64_t now, uint64_t deliveries, size_t bytes);
  int64_t next_to_say() const {
    return std::min(rooms_speech_->next_time(), tell_speech_->next_time());
  }
  bool IsDeaf(const Client& client) const { return client.stalls && phase_ == Phase::kRunning; }

  const RunPlan plan_;
  const RunConfig& config_;
  const int index_;
  const bool is_crowd_;
  const bool stamps_;
  const int64_t look_interval_;
  RunControl* control_;
  WorkerRecord* record_;
  Histogram* series_;

  UniqueFd epoll_;
  Phase phase_ = Phase::kConnecting;
  absl::Status status_;
  std::vector<Client> clients_;
  std::vector<epoll_event> events_;  // room for everybody: one look finds all that is there
  size_t next_to_connect_ = 0;
  int on_their_way_ = 0;
  size_t ready_ = 0;

  FrameReader reader_;
  DeliveryCheck check_;
  ExpectedStream expected_;
  ReceiveFunction* receive_;
  std::optional<Speech> rooms_speech_;
  std::optional<Speech> tell_speech_;

  int64_t start_ = 0;
  int64_t next_look_ = 0;
  int64_t window_begin_ = 0;
  int64_t window_end_ = 0;
  std::unique_ptr<std::array<char, size_t{64} * 1024>> scratch_;
};

}  // namespace parley::bench

#endif  // BENCH_LOAD_WORKER_H_
