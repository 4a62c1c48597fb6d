#ifndef CHAT_TRANSPORT_THREADED_GATEWAY_H_
#define CHAT_TRANSPORT_THREADED_GATEWAY_H_

// The Gateway over several I/O threads. The main thread runs the rooms; each I/O thread has a share of the
// clients, a listener of its own on every address (the kernel spreads connections, SO_REUSEPORT),
// and its own log of every audience that it has members of. An announcement is written once, here,
// and its slice goes to those threads: no byte is copied per thread or per client.
//
// Unix sockets cannot share an address: the main thread accepts there and hands the clients out in
// turn.
//
// Ownership: owns the threads. Thread: the main thread, whose reactor it hooks into.

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "chat/transport/admission.h"
#include "chat/transport/gateway.h"
#include "chat/transport/io_thread.h"
#include "chat/transport/limits.h"
#include "reactor/base/segment.h"
#include "reactor/loop/listening_socket.h"
#include "reactor/loop/reactor.h"

namespace parley::chat {

class ThreadedGateway final : public Gateway, private TurnHook, private AcceptHandler {
 public:
  ThreadedGateway(Reactor& main_reactor, uint32_t threads, const Limits& limits,
                  Admission& admission);
  ~ThreadedGateway() override;

  void SetEvents(Events& events) override { events_ = &events; }
  absl::Status Start(const std::string& engine) override;
  void Obey(const Order& order) override;
  TimePoint Now() override { return main_reactor_.Now(); }
  absl::StatusOr<SocketAddress> Listen(const SocketAddress& address,
                                       const ListenerOptions& options) override;
  void StopListening() override;
  void CloseAll() override;

 private:
  struct Audience {
    std::vector<uint32_t> members;  // by thread
    SegmentWriter writer;
    bool active = false;  // written to since its writer last rested
  };

  void OnTurn() override;
  void OnAccepted(Handle listener, UniqueFd fd, const SocketAddress& peer) override;
  Audience& AudienceOf(const Order& order);
  void Announce(const Order& order);
  void RestWriters();
  void CloseUnixListeners();

  Reactor& main_reactor_;
  Events* events_ = nullptr;
  const ListenOptions listen_options_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::vector<Audience> audiences_;  // by id - 1
  std::vector<AudienceId> active_;
  SegmentWriter replies_;
  absl::flat_hash_map<Handle, ListenerOptions> unix_listeners_;
  size_t next_thread_ = 0;  // gets the next client of a unix socket
  TimerId rest_timer_ = 0;
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_THREADED_GATEWAY_H_
