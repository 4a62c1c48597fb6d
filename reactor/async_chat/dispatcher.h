#ifndef REACTOR_ASYNC_CHAT_DISPATCHER_H_
#define REACTOR_ASYNC_CHAT_DISPATCHER_H_

// A thin face over one non-blocking socket: what asyncore calls a dispatcher. It listens, or it
// reads and writes by itself.
//
//   class Echo : public Dispatcher {
//    public:
//     using Dispatcher::Dispatcher;
//     void HandleRead() override {
//       std::byte bytes[512];
//       SendAll({bytes, Recv(bytes)});
//     }
//     bool Writable() const override { return false; }
//   };
//   class EchoServer : public Dispatcher {
//    public:
//     using Dispatcher::Dispatcher;
//     void HandleAccepted(UniqueFd socket, const SocketAddress&) override {
//       map().Make<Echo>(std::move(socket));
//     }
//   };
//   map->Make<EchoServer>().Listen("127.0.0.1:7000");
//
// Readable() and Writable() are asked before every turn of the loop, and decide whether HandleRead
// and HandleWrite may be called in it: at a cost that grows with the number of dispatchers. Both
// answer true until they are overridden. HandleRead is called again while it leaves bytes unread.
// HandleWrite is called at most once a turn, while there is room to send; one that sends nothing is
// called again in the next turn, but does not bring that turn about, so it costs no time while
// nothing happens. A listener is not asked: it accepts while it is open.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "reactor/async_chat/channel.h"
#include "reactor/base/bytes.h"
#include "reactor/base/ring_buffer.h"
#include "reactor/base/socket_address.h"
#include "reactor/base/unique_fd.h"
#include "reactor/loop/listening_socket.h"

namespace parley {

struct AcceptedSocket {
  UniqueFd socket;
  SocketAddress peer;
};

class Dispatcher : public Channel {
 public:
  // Bytes that Send takes before it says that there is no room.
  static constexpr size_t kSendRoom = size_t{64} * 1024;

  explicit Dispatcher(ChannelMap& map) : Channel(map) {}
  Dispatcher(ChannelMap& map, UniqueFd socket, const ConnectionOptions& options = {});
  ~Dispatcher() override { Close(); }

  // Binds and listens, with address reuse. The text is one of SocketAddress::Parse's forms.
  absl::Status Listen(const SocketAddress& address, const ListenOptions& options = {});
  absl::Status Listen(absl::string_view address, const ListenOptions& options = {});
  // In HandleAccept: the peer that waits. What is not taken there is closed.
  std::optional<AcceptedSocket> Accept();

  // Takes bytes that arrived. 0: there are none now; that is no error, and no end either.
  virtual size_t Recv(std::span<std::byte> into);
  // Sends as many of the bytes as there is room for, and returns how many those are.
  virtual size_t Send(ByteSpan bytes);
  size_t Send(absl::string_view text) { return Send(AsBytes(text)); }
  // Sends all of them, buffered as far as it must be: a peer that takes nothing for
  // Reactor::SetStallTime, or leaves more than the connection's max_private_bytes untaken, is closed.
  void SendAll(ByteSpan bytes);
  void SendAll(absl::string_view text) { SendAll(AsBytes(text)); }

  virtual bool Readable() const { return true; }
  virtual bool Writable() const { return true; }

 protected:
  // The handlers, besides Channel's. Those that are not overridden log a warning.
  virtual void HandleRead();
  virtual void HandleWrite();
  // A peer waits; accepts it and calls HandleAccepted.
  virtual void HandleAccept();
  virtual void HandleAccepted(UniqueFd socket, const SocketAddress& peer);

 private:
  friend class ChannelMap;
  friend class FileChannel;

  // What Ask found: a handler was called; there is more to do without waiting for the kernel.
  struct Wish {
    bool called = false;
    bool again = false;
  };

  void TakeBytes(ByteSpan bytes) final;
  void TakeEndOfInput() final;
  void TakeDrained() final { awaits_room_ = false; }
  void TakeAccepted(UniqueFd socket, const SocketAddress& peer) final;
  void Opened() final;
  void Closed() final;

  Wish Ask(uint32_t turn);
  bool EndIfOver();
  bool AskReadable();
  bool AskWritable();
  void PauseReading(bool pause);
  void AwaitRoom();

  ByteSpan arriving_;                   // while they are delivered
  RingBuffer unread_;                   // what HandleRead has left
  AcceptedSocket* accepted_ = nullptr;  // while HandleAccept runs
  uint32_t asked_place_ = 0;            // among those that the map asks
  uint32_t read_turn_ = 0;              // the last turn in which it was called to read, to write
  uint32_t write_turn_ = 0;
  int error_ = 0;  // of a file: what ends it
  bool is_asked_ = false;
  bool paused_ = false;
  bool ended_ = false;         // the peer has ended its side
  bool told_end_ = false;      // HandleEndOfInput was told
  bool awaits_room_ = false;   // has sent, and the kernel has not taken everything
  bool always_ready_ = false;  // a file that no kernel queue can watch
};

}  // namespace parley

#endif  // REACTOR_ASYNC_CHAT_DISPATCHER_H_
