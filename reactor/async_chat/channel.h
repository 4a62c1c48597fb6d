#ifndef REACTOR_ASYNC_CHAT_CHANNEL_H_
#define REACTOR_ASYNC_CHAT_CHANNEL_H_

// What every channel of a ChannelMap has in common: its life, its names, its errors. Derive from
// Dispatcher (reads and writes by itself) or from AsyncChat (messages with ends), not from Channel.
//
// The life of a channel: it is open from Connect, Listen or the socket it was made with, until
// Close, or until it has ended otherwise. Every end but Close is told to HandleClose, once; the
// channel closes by itself afterwards, so HandleClose need not; it may Close and Connect again.
// The peer's end of input ends the channel, unless HandleEndOfInput is overridden: then the channel
// is half open, and what is sent still reaches the peer.
//
// An exception that leaves a handler goes to HandleError of the same channel and no further; an
// ExitNow leaves the loop instead (exit_now.h).
//
// Ownership: a channel that ChannelMap::Make made belongs to the map, which deletes it at the end
// of the turn in which it closed. Any other belongs to whoever made it, ends before its map or with
// it, and is not destroyed from inside one of its own handlers. Thread: the map's.

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "reactor/base/bytes.h"
#include "reactor/base/clock.h"
#include "reactor/base/handle.h"
#include "reactor/base/log.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"
#include "reactor/engine/close_reason.h"
#include "reactor/loop/reactor.h"

namespace parley {

class ChannelMap;

struct ConnectOptions {
  Duration timeout = std::chrono::seconds(30);
  ConnectionOptions connection;
  StreamOptions stream;
};

class Channel {
 public:
  virtual ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Begins an outgoing connection: HandleConnect or HandleClose follows. The text is one of
  // SocketAddress::Parse's forms, where a host name may block. An error is returned when the
  // connection cannot even begin, or when the channel is open already.
  absl::Status Connect(const SocketAddress& address, const ConnectOptions& options = {});
  absl::Status Connect(absl::string_view address, const ConnectOptions& options = {});

  // Ends the channel at once for its owner: no handler is called any more. What was sent before
  // still goes out, within the reactor's limits, and the peer reads it before the end. Closing
  // twice does nothing the second time. The channel may connect again.
  void Close();

  // Has HandleTimeout called: in `after` from now, once; or whenever nothing has come from the peer
  // for `idle`. To within 0.1 s, 24 days at most. A channel has one timeout: each call replaces it,
  // and zero removes it. It is over with the channel, and when AsyncChat::CloseWhenDone is called;
  // before the channel is connected, and on a file, nothing happens.
  void SetTimeout(Duration after);
  void SetIdleTimeout(Duration idle);

  bool is_open() const { return open_; }
  bool connected() const { return connected_; }
  bool accepting() const { return accepting_; }

  SocketAddress Address() const;  // this side's
  SocketAddress Peer() const;
  // For socket options; -1 when there is none. It stays the reactor's.
  int descriptor() const;
  // What the reactor knows it by: for BroadcastGroup and for calls to map().reactor().
  Handle handle() const { return handle_; }
  ChannelMap& map() const { return *map_; }

  // "<chat::Session connected 127.0.0.1:40312>", for logs.
  std::string Describe() const;

  // Where the channel's own messages go: to parley::Log, unless it is overridden.
  virtual void Log(Severity severity, absl::string_view message) const;

 protected:
  explicit Channel(ChannelMap& map) : map_(&map) {}

  // The handlers, for the user to override. Those of the first group log a warning that nobody
  // handles the event.
  virtual void HandleConnect();              // an outgoing connection is established
  virtual void HandleExpt(ByteSpan urgent);  // TCP's out-of-band byte (tcp(7), MSG_OOB)
  // The channel has ended: by its peer, by an error, or because everything is sent that was to be
  // sent before closing.
  virtual void HandleClose(CloseReason reason);
  // The peer has ended its side, and everything before that was delivered. Ends the channel; one
  // that overrides this goes on, and ends when it closes or when the connection breaks. A peer that
  // is gone altogether is noticed only by sending to it: SetTimeout says how long to wait for what is
  // still to be said.
  virtual void HandleEndOfInput() { End({CloseCause::kPeerClosed, 0}); }
  // The time of SetTimeout or SetIdleTimeout has passed. Ends the channel with kDeadline; one that
  // overrides this may do anything else: say goodbye and close when that is sent, or go on, where an
  // idle timeout begins again.
  virtual void HandleTimeout() { End({CloseCause::kDeadline, 0}); }
  // `handler` of this channel threw `error`. Logs it in one line and ends the channel; an override
  // that does not call this one may let the channel go on. A listener goes on in any case: what its
  // HandleAccept or HandleAccepted threw cost one peer.
  virtual void HandleError(const std::exception_ptr& error, absl::string_view handler);

  // Makes the channel the owner of a connected descriptor. A failure is logged and leaves it
  // closed.
  void Adopt(UniqueFd fd, const ConnectionOptions& options);
  // Opens a channel that the map asks, and that the reactor does not know.
  void OpenWithoutSocket();
  Reactor& reactor() const;

  // Calls one of the user's handlers; exceptions end here.
  template <typename Handler>
  void Call(absl::string_view name, Handler handler) {
    try {
      handler();
    } catch (...) {
      Threw(name, std::current_exception());
    }
  }
  // A deadline set on the connection has passed.
  virtual void TakeDeadline();
  // Tells HandleClose, unless it was told, and leaves the channel open.
  void TellClose(CloseReason reason);
  // Tells HandleClose, unless it was told, and closes.
  void End(CloseReason reason);

 private:
  friend class ChannelMap;
  friend class Dispatcher;
  friend class FileChannel;

  // What the map delivers.
  virtual void TakeConnected() {}
  // It is to close when everything is sent, and has a limit of its own for that.
  virtual bool IsClosing() const { return false; }
  virtual void TakeBytes(ByteSpan bytes) = 0;
  virtual void TakeEndOfInput() = 0;
  virtual void TakeDrained() = 0;
  virtual void TakeAccepted(UniqueFd /*socket*/, const SocketAddress& /*peer*/) {}
  // The channel has become open, or is no longer.
  virtual void Opened() {}
  virtual void Closed() {}

  void SetTimeouts(Duration next, Duration idle);
  void Threw(absl::string_view handler, const std::exception_ptr& error);
  bool DropsPeer() const;
  std::string DescribeThrown(absl::string_view handler, const std::exception_ptr& error) const;

  ChannelMap* const map_;
  Handle handle_;
  uint32_t owned_place_ = 0;  // among the map's own channels, when it is one
  bool owned_ : 1 = false;
  bool open_ : 1 = false;
  bool connected_ : 1 = false;
  bool accepting_ : 1 = false;
  bool told_close_ : 1 = false;
  bool to_reap_ : 1 = false;      // over: if it is the map's, it is deleted at the end of the turn
  bool socket_gone_ : 1 = false;  // closed underneath, which HandleClose is being told
};

// "std::runtime_error: no such room", in one line.
std::string DescribeException(const std::exception_ptr& error);

}  // namespace parley

#endif  // REACTOR_ASYNC_CHAT_CHANNEL_H_
