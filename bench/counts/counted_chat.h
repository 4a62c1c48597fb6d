#ifndef BENCH_COUNTS_COUNTED_CHAT_H_
#define BENCH_COUNTS_COUNTED_CHAT_H_

// A chat server of one thread and its people in one process and one thread, for counting the
// server's instructions: the epoll engine, the reactor, the rooms, all but the listener. A person
// is the other end of a socket pair.
//
//   CountedChat chat;
//   const size_t ann = chat.Connect();
//   chat.Send(ann, "login ann\n");
//   chat.Serve();               // counted, until everybody has been sent what they are owed
//   chat.TakeLinesHeard();
//
// What people do is not counted, and happens while the server stands still. Reading from a socket
// pair makes its other end writable, which epoll tells; a TCP socket that was never full does not.
// The turn that takes in those events is not counted either.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "chat/delivery/chat_server.h"
#include "chat/profiles/friendly/friendly.h"
#include "chat/transport/admission.h"
#include "chat/transport/shard.h"
#include "reactor/base/unique_fd.h"
#include "reactor/loop/reactor.h"

namespace parley::bench {

class CountedChat {
 public:
  CountedChat();
  ~CountedChat();

  // Somebody new of this profile, who is greeted by the next Serve. Numbers count from 0.
  size_t Connect(const chat::Profile& profile = chat::FriendlyProfile());
  void Send(size_t person, absl::string_view bytes);
  void HangUp(size_t person) { people_[person].Reset(); }

  // Turns the server until `done`, and nobody is owed anything; then everybody reads.
  void Serve(absl::FunctionRef<bool()> done = [] { return true; });

  size_t sessions() const { return server_.sessions(); }
  // Line ends that all people together have heard since the last call.
  uint64_t TakeLinesHeard() { return std::exchange(lines_heard_, 0); }

 private:
  bool NothingIsOwed();
  void EverybodyReads();

  const chat::Limits limits_;
  const std::unique_ptr<Reactor> reactor_;
  chat::Admission admission_;
  chat::Shard shard_;
  chat::ChatServer server_;
  std::vector<UniqueFd> people_;  // their ends
  uint64_t lines_heard_ = 0;
};

}  // namespace parley::bench

#endif  // BENCH_COUNTS_COUNTED_CHAT_H_
