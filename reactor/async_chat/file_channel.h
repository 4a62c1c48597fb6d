#ifndef REACTOR_ASYNC_CHAT_FILE_CHANNEL_H_
#define REACTOR_ASYNC_CHAT_FILE_CHANNEL_H_

// Files among the channels: pipes, terminals, standard input, regular files.
//
//   class Keyboard : public FileChannel {
//    public:
//     using FileChannel::FileChannel;
//     void HandleRead() override { ... Recv(bytes) ... }
//     bool Writable() const override { return false; }
//   };
//   map->Make<Keyboard>(STDIN_FILENO);
//
// Both classes work on a descriptor of their own, a duplicate of the one they are given, which
// stays the caller's. FileChannel makes the open file non-blocking, and that both descriptors share
// (dup(2)).

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "reactor/async_chat/dispatcher.h"
#include "reactor/base/bytes.h"
#include "reactor/base/unique_fd.h"

namespace parley {

// A file with a socket's calls. Movable. Closed by its destructor at the latest.
class FileWrapper {
 public:
  // Duplicates `fd`; an invalid one leaves a wrapper that is closed.
  explicit FileWrapper(int fd);

  // Bytes read or written; at the end of the file, 0. Interrupted calls are repeated.
  absl::StatusOr<size_t> Recv(std::span<std::byte> into);
  absl::StatusOr<size_t> Send(ByteSpan bytes);
  // Says what close(2) said. Closing again, even after an error, does nothing.
  absl::Status Close();

  int descriptor() const { return fd_.get(); }
  bool is_open() const { return static_cast<bool>(fd_); }
  UniqueFd Release() { return std::move(fd_); }

 private:
  UniqueFd fd_;
};

// A dispatcher on a file. What no kernel queue can watch, a regular file, counts as always ready,
// as select() has it: such a channel is asked at once again, without a wait, while it is Readable.
class FileChannel : public Dispatcher {
 public:
  FileChannel(ChannelMap& map, int fd);
  ~FileChannel() override { Close(); }

  size_t Recv(std::span<std::byte> into) override;
  size_t Send(ByteSpan bytes) override;
  using Dispatcher::Send;

 private:
  FileWrapper file_;  // open only when it is always ready; otherwise the reactor has it
};

}  // namespace parley

#endif  // REACTOR_ASYNC_CHAT_FILE_CHANNEL_H_
