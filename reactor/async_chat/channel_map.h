#ifndef REACTOR_ASYNC_CHAT_CHANNEL_MAP_H_
#define REACTOR_ASYNC_CHAT_CHANNEL_MAP_H_

// A reactor and the channels on it: what asyncore calls the socket map.
//
//   auto map = *ChannelMap::Create();
//   map->Serve<Session>("127.0.0.1:5267", room);   // a Session(map, socket, room) for each peer
//   map->Loop();                                   // until the last channel is closed
//
// A process may have several maps; each belongs to one thread. Listeners, conversations and files
// may share one. Plain dispatchers are asked Readable() and Writable() before every turn, which
// costs O(n) for n of them; an AsyncChat is never asked, because Push tells.
//
// Errors: what a handler throws stays with its channel, but for ExitNow: the turn is ended in
// order, and then Loop throws it. The channels stay open; Loop may be called again. The same goes
// for an ExitNow out of a timer, a task or any other callback of the map's reactor. A session whose
// constructor throws costs its peer the connection and nobody else anything.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reactor/async_chat/channel.h"
#include "reactor/async_chat/dispatcher.h"
#include "reactor/async_chat/exit_now.h"
#include "reactor/base/bytes.h"
#include "reactor/base/ring_buffer.h"
#include "reactor/loop/reactor.h"

namespace parley {

class AsyncChat;

template <typename T, typename... Args>
inline constexpr bool kFirstIs = false;
template <typename T, typename First, typename... Rest>
inline constexpr bool kFirstIs<T, First, Rest...> = std::is_same_v<T, std::remove_cvref_t<First>>;

class ChannelMap final : private ConnectionHandler, private AcceptHandler {
 public:
  // `engine`: "auto" or a name of engine_list.h.
  static absl::StatusOr<std::unique_ptr<ChannelMap>> Create(absl::string_view engine = "auto");
  // Takes the reactor's exception hook.
  explicit ChannelMap(std::unique_ptr<Reactor> reactor);
  // The calling thread's map for those who need only one; made at its first use.
  static ChannelMap& Default();
  // Closes every channel that is left, without telling it, and deletes those that are its own.
  ~ChannelMap() override;

  // Makes a channel that belongs to the map: T(*this, args...). The reference is good until the end
  // of the turn in which the channel closes.
  template <typename T, typename... Args>
  T& Make(Args&&... args) {
    auto channel = std::make_unique<T>(*this, std::forward<Args>(args)...);
    T& made = *channel;
    Own(std::move(channel));
    return made;
  }

  // Listens (SocketAddress::Parse has the forms) and makes a T(*this, socket, args...) for each
  // peer. While the listener, which is returned, is open, it refers to those arguments that are
  // lvalues, and keeps the others; each T is given them as lvalues. A T that lives longer than the
  // listener does not refer to what that has kept.
  template <typename T, typename... Args>
  absl::StatusOr<Dispatcher*> Serve(absl::string_view address, const ListenOptions& options,
                                    Args&&... args) {
    auto listener = std::make_unique<Acceptor<T, Args...>>(*this, std::forward<Args>(args)...);
    const absl::Status listening = listener->Listen(address, options);
    if (!listening.ok()) return listening;
    Dispatcher* made = listener.get();
    Own(std::move(listener));
    return made;
  }
  template <typename T, typename... Args>
  requires(!kFirstIs<ListenOptions, Args...>) absl::StatusOr<Dispatcher*> Serve(
      absl::string_view address, Args&&... args) {
    return Serve<T>(address, ListenOptions{}, std::forward<Args>(args)...);
  }

  // Turns until the last channel is closed and what it had sent is on its way, and the reactor has
  // no work either (Reactor::HasWork: timers, tasks that were posted, work guards); or until Stop.
  // Not from inside a handler.
  void Loop();
  // The same, but for at most `turns` turns of at most `longest_wait`.
  void Loop(Duration longest_wait, size_t turns);
  // In place of Loop, in a loop of somebody else's (Reactor::PollableDescriptor): before each wait
  // PrepareToPoll, which asks the dispatchers and says how long it may be; and then RunOnce, a turn
  // that waits for nothing, also where there is no channel. Not from inside a handler.
  TimePoint PrepareToPoll();
  void RunOnce();
  // Any thread: ends Loop behind the turn that is running; outside of Loop, the next one at once.
  void Stop() { reactor_->Stop(); }

  // Closes every channel, as Channel::Close does.
  void CloseAll();

  size_t size() const { return open_; }  // open channels
  bool empty() const { return open_ == 0; }
  Reactor& reactor() { return *reactor_; }

 private:
  friend class AsyncChat;
  friend class Channel;
  friend class Dispatcher;

  // The end of a message where it was received, while an AsyncChat is told of it.
  struct InPlace {
    ByteSpan piece;
    const AsyncChat* channel = nullptr;  // that has collected it, and nothing before it
  };
  void DropInPlace(const AsyncChat& channel) {
    if (in_place_.channel == &channel) in_place_.channel = nullptr;
  }

  template <typename T, typename... Args>
  class Acceptor;

  // ConnectionHandler and AcceptHandler, for every channel: the map finds the channel by its slot,
  // so that a channel can end before its socket does.
  void OnConnected(Handle handle) override;
  void OnBytes(Handle handle, ByteSpan bytes) override;
  void OnUrgent(Handle handle, ByteSpan bytes) override;
  void OnEndOfInput(Handle handle) override;
  void OnDrained(Handle handle) override;
  bool OnDeadline(Handle handle) override;
  void OnClosed(Handle handle, CloseReason reason) override;
  void OnAccepted(Handle listener, UniqueFd fd, const SocketAddress& peer) override;
  void OnListenerClosed(Handle listener, CloseReason reason) override;

  // Null when the channel is gone from the map.
  Channel* Find(Handle handle) const;
  void Add(Channel& channel, Handle handle);
  void MakePlace(Handle handle);
  struct Idle {
    uint32_t limit_ms : 31 = 0;  // 0: none
    uint32_t waited : 1 = 0;     // for bytes in the socket, when the limit had passed
  };
  void SetIdleTimeout(Handle handle, Duration limit);
  Idle* IdleOf(Handle handle);  // null when there is none
  // Takes the channel out; its socket closes when what it owes is sent.
  void Remove(Channel& channel);
  void Forget(Channel& channel);
  void Own(std::unique_ptr<Channel> channel);
  // Whether it is an ExitNow, which Loop throws at the end of the turn. The first one counts.
  bool TakeExit(const std::exception_ptr& error);

  bool Turn(Duration longest_wait);
  void EndTurn();
  bool AskDispatchers();
  void Reap();
  bool HasNothingToDo() const { return open_ == 0 && closing_ == 0 && !reactor_->HasWork(); }

  std::unique_ptr<Reactor> reactor_;
  std::vector<Channel*> by_slot_;                // the reactor's slots; null: not a channel's
  std::vector<Idle> idle_;                       // likewise, as far as somebody has set one
  std::vector<std::unique_ptr<Channel>> owned_;  // in no order; each knows its place
  std::vector<Channel*> finished_;               // owned, to be deleted at the end of the turn
  std::vector<Dispatcher*> asked_;               // open, and asked before each turn
  InPlace in_place_;
  RingBuffer taken_;  // what AsyncChat::TakeMessage gave last, when that came in pieces
  size_t open_ = 0;
  size_t closing_ = 0;  // sockets whose channel is gone
  uint32_t turn_ = 0;
  bool in_turn_ = false;
  std::exception_ptr exit_;
};

template <typename T, typename... Args>
class ChannelMap::Acceptor : public Dispatcher {
 public:
  explicit Acceptor(ChannelMap& map, Args&&... args)
      : Dispatcher(map), args_(std::forward<Args>(args)...) {}
  ~Acceptor() override { Close(); }

 private:
  void HandleAccepted(UniqueFd socket, const SocketAddress&) override {
    std::apply([&](auto&... args) { map().template Make<T>(std::move(socket), args...); }, args_);
  }
  std::tuple<Args...> args_;  // Args: X& of an lvalue, X of another
};

}  // namespace parley

#endif  // REACTOR_ASYNC_CHAT_CHANNEL_MAP_H_
