#include "bench/load/worker.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "bench/clock.h"
#include "bench/load/connect.h"

namespace parley::bench {
namespace {

constexpr int64_t kLongestTurn = 10 * kNanosPerMilli;
// Long enough for a double of the very last line to arrive.
constexpr int64_t kLinger = 50 * kNanosPerMilli;
// Small, so that a recipient that stops reading is felt by the server at once and not only when
// megabytes of kernel memory are full.
constexpr int kStalledReceiveBuffer = 4096;
// Rare, so that a look at some thousand sockets costs little; often enough that none of them fills.
constexpr int64_t kCrowdLookInterval = 20 * kNanosPerMilli;

int64_t OwnCpuTime() {
  timespec used = {};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return ToNanos(used);
}

int64_t Nanos(double seconds) { return static_cast<int64_t>(seconds * 1e9); }

}  // namespace

Worker::Worker(const RunPlan& plan, int index, RunControl* control, WorkerRecord* record,
               LineRecord* lines, Histogram* series)
    : plan_(plan),
      config_(*plan.config),
      index_(index),
      is_crowd_(index == plan.workers),
      stamps_(config_.kernel_times && !is_crowd_),
      look_interval_(is_crowd_ ? kCrowdLookInterval : Nanos(config_.look_interval)),
      control_(control),
      record_(record),
      series_(series),
      reader_(plan.protocol, plan.text_size),
      check_(plan.schedule, plan.tells, config_.rooms, plan.text_size, record, lines),
      expected_(plan.schedule, plan.text_size),
      receive_(stamps_ ? ReceiveStamped : ReceiveBytes),
      scratch_(std::make_unique<std::array<char, size_t{64} * 1024>>()) {}

absl::Status Worker::Run() {
  absl::Status status = Prepare();
  if (status.ok()) status = ConnectAll();
  if (status.ok()) status = Hold();
  if (!status.ok()) return status;
  if (control_->command.load() != RunControl::kStart) return absl::OkStatus();
  RunSchedule();
  Drain();
  check_.Settle();
  for (const Client& client : clients_) {
    check_.Finish(client.reception);
    record_->unsent_bytes += client.out.size();
  }
  return status_;
}

absl::Status Worker::Prepare() {
  // Waits end when they should; by default the kernel may add 50 microseconds.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  epoll_.Reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return absl::ErrnoToStatus(errno, "cannot make an epoll");

  std::vector<Client> all = MakeClients(config_, *plan_.protocol);
  const Identity told = all.back().identity;
  if (is_crowd_) {
    clients_ = MakeCrowd(config_, *plan_.protocol, static_cast<int>(all.size()));
  }
  for (Client& client : all) {
    if (client.number % plan_.workers == index_) clients_.push_back(std::move(client));
  }
  events_.resize(std::max<size_t>(1, clients_.size()));
  Client* teller = nullptr;
  for (Client& client : clients_) {
    if (!is_crowd_) check_.Expect(&client.reception);
    if (client.reception.tells) teller = &client;
  }
  PrepareSpeech(teller, told);
  return absl::OkStatus();
}

void Worker::PrepareSpeech(Client* teller, const Identity& told) {
  const Schedule* schedule = is_crowd_ ? plan_.crowd : plan_.schedule;
  std::vector<Client*> speakers(schedule->publishers(), nullptr);
  for (Client& client : clients_) {
    if (client.speaks_as >= 0) speakers[static_cast<size_t>(client.speaks_as)] = &client;
  }
  // In the payload the crowd's speakers come after those of the rooms and the one who tells.
  Speech::Setting setting = {.schedule = schedule,
                             .protocol = plan_.protocol,
                             .text_size = plan_.text_size,
                             .first_publisher = is_crowd_ ? plan_.schedule->publishers() + 1 : 0,
                             .pieces_per_line = is_crowd_ ? 1 : plan_.pieces_per_line,
                             .interval_ns = Nanos(config_.say_interval)};
  rooms_speech_.emplace(setting, std::move(speakers), std::nullopt);
  setting.schedule = plan_.tells;
  setting.first_publisher = plan_.schedule->publishers();
  setting.pieces_per_line = 1;
  setting.interval_ns = 0;
  tell_speech_.emplace(setting, std::vector<Client*>{teller}, told);
}

absl::Status Worker::ConnectAll() {
  const int64_t deadline = Now() + Nanos(config_.connect_deadline);
  record_->first_connect_ns = Now();
  while (ready_ < clients_.size()) {
    StartConnecting();
    Turn(Now() + kLongestTurn);
    if (!status_.ok()) return status_;
    if (Now() < deadline) continue;
    const auto waiting = std::find_if(clients_.begin(), clients_.end(), [](const Client& client) {
      return client.fd && client.admission == Admission::kPending;
    });
    return absl::DeadlineExceededError(
        absl::StrCat("after ", config_.connect_deadline, " s the server had let in ", ready_,
                     " of ", clients_.size(), " clients; ",
                     waiting == clients_.end() ? "" : waiting->identity.name, " was told last: '",
                     waiting == clients_.end() ? "" : absl::CHexEscape(waiting->last_words), "'"));
  }
  return absl::OkStatus();
}

void Worker::StartConnecting() {
  while (on_their_way_ < config_.connect_window && next_to_connect_ < clients_.size()) {
    Client& client = clients_[next_to_connect_++];
    // The targets take turns fastest, so that every pair of a source and a target comes to be.
    const int turn = client.number / static_cast<int>(config_.targets.size());
    const int source = config_.source_addresses == 0 ? 0 : 2 + turn % config_.source_addresses;
    client.connect_ns = Now();
    absl::StatusOr<UniqueFd> fd =
        StartConnect({.target = config_.targets[static_cast<size_t>(client.target)],
                      .source = source,
                      .receive_buffer = client.stalls ? kStalledReceiveBuffer : 0});
    if (!fd.ok()) {
      status_ = fd.status();
      return;
    }
    client.fd = *std::move(fd);
    if (stamps_) status_ = StampArrivals(client.fd.get());
    if (!status_.ok()) return;
    plan_.protocol->AppendHello(client.identity, &client.out);
    epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {}};
    event.data.ptr = &client;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client.fd.get(), &event);
    ++on_their_way_;
  }
}

absl::Status Worker::Hold() {
  phase_ = Phase::kHolding;
  control_->ready_workers.fetch_add(1);
  while (status_.ok() && control_->command.load() == RunControl::kHold) Turn(Now() + kLongestTurn);
  return status_;
}

void Worker::RunSchedule() {
  if (is_crowd_) BeCrowd();
  start_ = control_->start_ns.load();
  expected_.Start(start_);
  check_.Start(start_);
  window_begin_ = start_ + Nanos(config_.warmup);
  window_end_ = window_begin_ + Nanos(config_.seconds);
  int64_t leave_at =
      config_.leavers > 0 ? window_begin_ + Nanos(config_.seconds / 2) : Speech::kOver;
  phase_ = Phase::kRunning;
  for (const Client& client : clients_) DelayAcknowledgements(client.fd.get());
  rooms_speech_->Start(start_);
  tell_speech_->Start(start_);
  while (Now() < window_begin_) Turn(window_begin_);
  const int64_t cpu_before = OwnCpuTime();
  for (int64_t now = Now(); now < window_end_; now = Now()) {
    if (now >= leave_at) {
      LeaveAtOnce();
      leave_at = Speech::kOver;
    }
    ChooseSeries(now);
    Turn(std::min(window_end_, leave_at));
  }
  record_->cpu_in_window_ns = OwnCpuTime() - cpu_before;
  check_.RecordSeriesIn(nullptr);
}

void Worker::BeCrowd() {
  receive_ = DiscardBytes;
  // On a core that all workers share it runs when no other wants to.
  const sched_param no_priority = {};
  if (config_.cpu >= 0 && ::sched_setscheduler(0, SCHED_IDLE, &no_priority) != 0) {
    status_ = absl::ErrnoToStatus(errno, "the crowd cannot be run at idle priority");
  }
}

void Worker::Drain() {
  phase_ = Phase::kDraining;
  // What came while they did not look has no edge of its own any more.
  for (Client& client : clients_) {
    if (client.stalls && client.fd) Receive(&client, true);
  }
  const int64_t deadline = Now() + Nanos(config_.drain_deadline);
  while (!check_.complete() && Now() < deadline) Turn(Now() + kLongestTurn);
  for (const int64_t end = Now() + kLinger; Now() < end;) Turn(end);
  // The crowd's hanging up would be news for the server while others wait for their last lines.
  if (!is_crowd_) control_->drained_workers.fetch_add(1);
  while (is_crowd_ && control_->drained_workers.load() < plan_.workers) Turn(Now() + kLongestTurn);
}

void Worker::Turn(int64_t until) {
  int64_t now = Now();
  if (next_to_say() <= now) {
    SayDue(now);
    now = Now();
  }
  const int64_t wake = std::min(until, next_to_say());
  if (now < next_look_) {
    SleepUntil(std::min(next_look_, wake));
    if (wake < next_look_) return;
    now = Now();
  }
  const timespec timeout = ToTimespec(std::max<int64_t>(0, wake - now));
  const int count = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                   &timeout, nullptr);
  if (count > 0 && phase_ >= Phase::kRunning) next_look_ = Now() + look_interval_;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<size_t>(i)];
    OnEvent(static_cast<Client*>(event.data.ptr), event.events);
  }
}

void Worker::OnEvent(Client* client, uint32_t events) {
  if (!client->fd) return;
  if ((events & EPOLLOUT) != 0 && !client->out.empty()) Flush(client);
  if (!client->fd || IsDeaf(*client)) return;
  const bool hint_of_end = (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0;
  if (hint_of_end || (events & EPOLLIN) != 0) Receive(client, hint_of_end);
}

void Worker::Receive(Client* client, bool to_the_end) {
  char* const begin = scratch_->data();
  while (client->fd) {
    const size_t carried = client->carry.size();
    std::copy(client->carry.begin(), client->carry.end(), begin);
    const size_t room = scratch_->size() - carried;
    int64_t arrived = 0;
    const ssize_t received = receive_(client->fd.get(), begin + carried, room, &arrived);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) {
      OnGone(client, received == 0 ? absl::UnavailableError("the server closed the connection")
                                   : absl::ErrnoToStatus(errno, "the connection broke"));
      return;
    }
    const auto size = static_cast<size_t>(received);
    const uint64_t before = record_->deliveries;
    const absl::string_view bytes(begin, carried + size);
    const size_t used = Check(client, bytes, arrived);
    if (used == Protocol::kMalformed || bytes.size() - used == scratch_->size()) {
      OnGone(client, absl::DataLossError("what the server sent is not of this protocol"));
      return;
    }
    client->carry.assign(begin + used, bytes.size() - used);
    NoteWindow(arrived, record_->deliveries - before, size);
    if (client->fd && !client->out.empty()) Flush(client);
    const int64_t now = stamps_ ? Now() : arrived;
    if (next_to_say() <= now) SayDue(now);
    // A short read has emptied the socket, and what comes later has an edge of its own: nothing
    // interrupts this thread.
    if (size < room && !to_the_end) return;
  }
}

size_t Worker::Check(Client* client, absl::string_view bytes, int64_t now) {
  if (is_crowd_ && phase_ >= Phase::kRunning) return bytes.size();
  Reception& reception = client->reception;
  size_t expected_bytes = 0;
  if (reception.listens && !reception.next.empty()) {
    const size_t lines = expected_.Matching(reception.next[0], bytes);
    if (lines > 0) check_.OnExpectedLines(reception, lines, now);
    expected_bytes = lines * expected_.frame_size();
  }
  const size_t used = reader_.Read(
      bytes.substr(expected_bytes),
      [&](const char* text) {
        check_.OnText(reception, text, now);
        if (!expected_.known() && !reception.next.empty() && reception.next[0] == 1) {
          expected_.Learn({text - reader_.text_at(), reader_.frame_size()}, reader_.text_at());
        }
      },
      [&](absl::string_view frame) { OnFrame(client, frame); });
  return used == Protocol::kMalformed ? used : expected_bytes + used;
}

void Worker::ChooseSeries(int64_t now) {
  if (series_ == nullptr) return;
  check_.RecordSeriesIn(&series_[(now - window_begin_) / kNanosPerSecond]);
}

void Worker::NoteWindow(int64_t now, uint64_t deliveries, size_t bytes) {
  if (phase_ < Phase::kRunning) {
    control_->last_byte_ns.store(now, std::memory_order_relaxed);
    return;
  }
  if (now < window_begin_ || now >= window_end_) return;
  record_->deliveries_in_window += deliveries;
  record_->bytes_in_window += bytes;
  ++record_->receives_in_window;
}

void Worker::OnFrame(Client* client, absl::string_view frame) {
  ++record_->other_frames;
  const Admission before = client->admission;
  client->admission =
      plan_.protocol->OnFrame(frame, client->identity, client->admission, &client->out);
  if (before == Admission::kReady) return;
  client->last_words.assign(frame.data(), frame.size());
  if (client->admission == Admission::kRefused) {
    status_ = absl::PermissionDeniedError(absl::StrCat("the server refused ", client->identity.name,
                                                       ": '", absl::CHexEscape(frame), "'"));
  }
  if (client->admission != Admission::kReady) return;
  --on_their_way_;
  ++ready_;
  const int64_t now = Now();
  record_->admission.Record(now - client->connect_ns);
  record_->last_ready_ns = now;
}

void Worker::OnGone(Client* client, const absl::Status& why) {
  client->fd.Reset();
  if (phase_ < Phase::kRunning) {
    status_ = absl::UnavailableError(absl::StrCat(client->identity.name, ": ", why.message(),
                                                  "; it was told last: '",
                                                  absl::CHexEscape(client->last_words), "'"));
    return;
  }
  if (client->stalls) {
    ++record_->stalled_closed;
  } else {
    ++record_->faults.disconnected;
  }
  check_.Forget(&client->reception);
}

void Worker::Flush(Client* client) {
  while (!client->out.empty()) {
    const ssize_t sent = ::send(client->fd.get(), client->out.data(), client->out.size(),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) {
      OnGone(client, absl::ErrnoToStatus(errno, "the connection broke"));
      return;
    }
    client->out.erase(0, static_cast<size_t>(sent));
  }
}

void Worker::SayDue(int64_t now) {
  for (Speech* speech : {&*rooms_speech_, &*tell_speech_}) {
    while (speech->next_time() <= now) {
      for (Client* client : speech->SayDue(now, &record_->send_delay)) {
        if (client->fd) Flush(client);
      }
    }
  }
}

void Worker::LeaveAtOnce() {
  for (Client& client : clients_) {
    if (!client.leaves || !client.fd) continue;
    client.fd.Reset();
    client.reception.next.clear();
  }
}

}  // namespace parley::bench
